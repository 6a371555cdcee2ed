"""Findings and blocks as the JSON that Squall takes."""

import json
import unittest
from typing import Any, Dict

from tests.engine import WithEngine, needs_pydantic, pod

PLAIN = {"hidden": False, "html_class": None}


@needs_pydantic
class NeutralTest(WithEngine):
    def written(self, block: Any) -> Dict[str, Any]:
        from robusta.core.reporting import neutral

        found = neutral.block(block)
        self.assertEqual(found, json.loads(json.dumps(found)), "it is JSON")
        for name, value in PLAIN.items():
            self.assertEqual(value, found.pop(name, value))
        return found

    def test_texts_and_files(self) -> None:
        from robusta.api import DividerBlock, EmptyFileBlock, FileBlock, HeaderBlock, JsonBlock, ListBlock, MarkdownBlock

        for block, expected in (
            (MarkdownBlock("a"), {"text": "a"}),
            (HeaderBlock("a"), {"text": "a"}),
            (DividerBlock(), {}),
            (ListBlock(["a"]), {"items": ["a"]}),
            (JsonBlock("{}"), {"json_str": "{}"}),
            (FileBlock("f", b"\xff"), {"filename": "f", "contents": "/w=="}),
            (EmptyFileBlock("f", "r"), {"filename": "f", "metadata": {"is_empty": True, "remarks": "r"}}),
        ):
            self.assertEqual({"block": type(block).__name__, **expected}, self.written(block))

    def test_tables(self) -> None:
        from hikaru.model.rel_1_26 import ObjectReference
        from robusta.api import RendererType, TableBlock
        from robusta.core.reporting.blocks import TableBlockFormat

        rows = [[0, True, None, ObjectReference(name="a")]]
        table = TableBlock(rows, ["time", "b", "c", "d"], {"time": RendererType.DATETIME}, table_format=TableBlockFormat.vertical)
        found = self.written(table)
        self.assertEqual(["Jan 01, 1970, 12:00:00 AM", "True", "None"], found["rows"][0][:3])
        self.assertTrue(found["rows"][0][3].startswith("ObjectReference(apiVersion='v1'"))
        self.assertEqual([0, True, None], found["values"][0][:3])
        self.assertEqual({"format": "vertical"}, found["metadata"])
        self.assertEqual(["time", "b", "c", "d"], found["headers"])

    def test_differences(self) -> None:
        import hikaru
        from robusta.api import KubernetesDiffBlock

        new = hikaru.from_dict(pod())
        old = new.dup()
        old.spec.containers[0].image = "web:0"
        found = self.written(KubernetesDiffBlock(new.diff(old), old, new, "web-1", "Pod", "shop"))
        self.assertEqual("web:0", found["old"]["spec"]["containers"][0]["image"])
        self.assertEqual(
            {
                "type": "VALUE_CHANGED",
                "path": ["spec", "containers", "0", "image"],
                "formatted_path": "RobustaPod.spec.containers[0].image",
                "value": "web:1",
                "other_value": "web:0",
            },
            found["diffs"][0],
        )
        self.assertEqual((0, 0, 1), tuple(found["num_" + name] for name in ("additions", "deletions", "modifications")))

    def test_graphs(self) -> None:
        from robusta.api import ChartValuesFormat, GraphBlock, PrometheusBlock
        from robusta.core.reporting.blocks import PrometheusBlockLineData
        from robusta.integrations.prometheus.result import PrometheusQueryResult

        result = PrometheusQueryResult({"resultType": "scalar", "result": [1, "2"]})
        line = PrometheusBlockLineData(legend="Limit", value=5)
        data = PrometheusBlock(result, "up", horizontal_lines=[line], y_axis_type=ChartValuesFormat.Bytes, graph_name="g")
        found = self.written(GraphBlock("g.svg", b"<svg/>", data))
        self.assertEqual(("g.svg", "PHN2Zy8+"), (found["filename"], found["contents"]))
        graph = found["graph_data"]
        self.assertEqual(("scalar", {"timestamp": 1.0, "value": "2"}), (graph["data"]["result_type"], graph["data"]["scalar_result"]))
        self.assertEqual(("Bytes", "Limit"), (graph["y_axis_type"], graph["horizontal_lines"][0]["legend"]))

    def test_reports(self) -> None:
        from robusta.api import PopeyeScanReportBlock, ScanReportRow

        row = ScanReportRow(scan_id="s", scan_type="popeye", kind="pod", content=[{"level": 1, "message": "m"}], priority=1)
        times = {"start_time": "2024-01-01T00:00:00Z", "end_time": "2024-01-01T00:00:00Z"}
        block = PopeyeScanReportBlock(title="t", scan_id="s", type="popeye", score="90", results=[row], config="", **times)
        found = self.written(block)
        self.assertEqual(("popeye", "2024-01-01T00:00:00+00:00"), (found["type"], found["start_time"]))
        self.assertEqual([{"level": 1, "message": "m"}], found["results"][0]["content"])

    def test_events_and_links(self) -> None:
        from robusta.core.reporting import EventRow, EventsBlock, EventsRef
        from robusta.core.reporting.blocks import LinkProp, LinksBlock

        events = self.written(EventsBlock([EventRow(kind="pod", name="n", reason="r")], [["r"]], ["reason"]))
        self.assertEqual(("r", [["r"]]), (events["events"][0]["reason"], events["rows"]))
        self.assertEqual({"block": "EventsRef", "namespace": None, "name": "n", "kind": "k"}, self.written(EventsRef(name="n", kind="k")))
        links = self.written(LinksBlock(links=[LinkProp(text="a", url="b")]))
        self.assertEqual([{"text": "a", "url": "b"}], links["links"])

    def test_a_finding_comes_back_as_it_was(self) -> None:
        from robusta.api import Enrichment, EnrichmentType, Finding, FindingSeverity, FindingSource, Link, MarkdownBlock
        from robusta.api import PodFindingSubject
        from robusta.core.reporting import given, neutral
        from robusta.integrations.kubernetes.custom_models import RobustaPod

        import hikaru

        subject = PodFindingSubject(hikaru.from_dict(pod(), RobustaPod))
        finding = Finding("t", "k", FindingSeverity.HIGH, FindingSource.PROMETHEUS, "d", subject, silence_labels={"a": "b"})
        finding.add_link(Link(url="u", type="video"))
        finding.enrichments.append(Enrichment([MarkdownBlock("x")], {"unfurl": False}, EnrichmentType.graph, "T"))
        told = neutral.finding(finding)
        self.assertEqual(told, json.loads(json.dumps(told)))
        self.assertEqual(told, neutral.finding(given.finding(told)))
        self.assertEqual({"url": "u", "name": "See more", "text": "🎬 See more", "type": "video"}, told["links"][0])
        self.assertEqual(("graph", "T", {"unfurl": False}), tuple(told["enrichments"][0][n] for n in ("type", "title", "annotations")))

    def test_what_json_cannot_say(self) -> None:
        from robusta.core.reporting.neutral import plain

        loop: Dict[str, Any] = {}
        loop["self"] = loop
        found = plain({1: float("nan"), "b": [b"\xff", {2, 2}], "c": "\ud800", "d": object, "e": 2**80})
        self.assertEqual({"1": "nan", "b": ["/w==", [2]], "c": "?", "d": "<class 'object'>", "e": 2**80}, found)
        self.assertLess(len(json.dumps(plain(loop))), 10000)

    def test_the_workload_is_asked_for_when_it_is_wanted(self) -> None:
        from robusta.api import Finding, FindingSubject, FindingSubjectType

        self.engine.services["shop", "web-1"] = {"resource_type": "Deployment", "name": "web", "namespace": "shop"}
        finding = Finding("t", "k", subject=FindingSubject("web-1", FindingSubjectType.TYPE_POD, "shop"))
        self.assertEqual([], self.engine.asked)
        self.assertEqual("shop/Deployment/web", finding.service_key)
        self.assertTrue(finding.investigate_uri.endswith("services/shop/Deployment/web?tab=grouped"))
        self.assertEqual(1, len(self.engine.asked_for("service_of")))

    def test_copies_ask_for_the_workload_themselves(self) -> None:
        import copy

        from robusta.api import Finding, FindingSubject

        finding = copy.deepcopy(Finding("t", "k", subject=FindingSubject("web-1", namespace="shop")))
        self.assertEqual("", finding.service_key)


if __name__ == "__main__":
    unittest.main()

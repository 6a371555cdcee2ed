"""Playbooks: how their actions run one after the other, what comes of it, and what is told of repositories."""

import json
import os
import tempfile
import textwrap
import unittest
from typing import Any, Dict, List
from unittest import mock

from squall_worker import frames
from tests.engine import Engine, WithEngine, needs_pydantic, pod, pod_change, run
from tests.test_server import WithServer

HEAD = "from robusta.api import *\n"


class WithRepository(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        super().setUp()

    def write(self, name: str, text: str) -> None:
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))

    def repositories(self) -> List[Dict[str, str]]:
        return [{"name": "tests_" + os.path.basename(self.folder), "folder": self.folder}]


@needs_pydantic
class RunTest(WithRepository, WithEngine):
    def actions(self, text: str) -> None:
        """Makes these the actions of the repository."""
        self.write("module_%s.py" % os.path.basename(self.folder), HEAD + textwrap.dedent(text))

    def run_playbooks(self, *playbooks: Dict[str, Any], **more: Any) -> Dict[str, Any]:
        request = {"repositories": self.repositories(), "event": pod_change(), "playbooks": list(playbooks)}
        return run({**request, **more})

    def test_what_fails_does_not_stop_what_follows(self) -> None:
        self.actions(
            """
            class Params(ActionParams):
                n: int

            @action
            def fails(event: PodEvent):
                raise ValueError("so")

            @action
            def refuses(event: PodEvent):
                raise ActionException(ErrorCodes.RESOURCE_NOT_FOUND, "no pod")

            @action
            def wants_a_node(event: NodeEvent):
                pass

            @action
            def counts(event: PodChangeEvent, params: Params):
                event.add_enrichment([MarkdownBlock(str(params.n))])
            """
        )
        told = [
            *({"name": name, "params": None} for name in ("fails", "refuses", "wants_a_node", "nobody")),
            *({"name": "counts", "params": params} for params in (None, {"n": "x"}, {"n": "3"})),
        ]
        result = self.run_playbooks({"sinks": ["out"], "actions": told}, global_config={"n": "7", "cluster_name": "c"})
        codes = [action["error_code"] for action in result["actions"]]
        self.assertEqual([4700, 4702, 4601, 4600, None, 4602, None], codes)
        self.assertEqual("ACTION_UNEXPECTED_ERROR: ValueError: so", result["actions"][0]["message"])
        self.assertEqual("no pod", result["actions"][1]["message"])
        texts = [one["blocks"][0]["text"] for one in result["findings"]["out"][0]["enrichments"]]
        self.assertEqual(["7", "3"], texts, "the global configuration comes first, the action's own parameters win")
        self.assertEqual(4602, result["response"]["error_code"], "the last failure is the response")

    def test_playbooks_share_findings_and_objects(self) -> None:
        self.actions(
            """
            @action
            def first(event: PodChangeEvent):
                event.add_enrichment([MarkdownBlock("one")])
                event.obj.metadata.labels["seen"] = "yes"

            @action
            def second(event: PodChangeEvent):
                event.add_finding(Finding(title="own", aggregation_key="k", severity=FindingSeverity.HIGH))
                event.add_enrichment([MarkdownBlock(event.obj.metadata.labels["seen"])])

            @action
            def third(event: PodChangeEvent):
                event.override_finding_attributes(title="renamed")
                event.inject_finding_labels({"a": "b"})
                event.extend_description("more")
            """
        )
        result = self.run_playbooks(
            {"sinks": ["a", "b"], "actions": [{"name": "first", "params": {}}]},
            {"sinks": ["b", "c"], "actions": [{"name": "second", "params": {}}]},
            {"sinks": ["b"], "actions": [{"name": "third", "params": {}}]},
        )
        titles = {sink: [finding["title"] for finding in found] for sink, found in result["findings"].items()}
        default = "Update to pod web-1"
        self.assertEqual({"a": [default], "b": ["renamed", "renamed"], "c": ["own"]}, titles)
        newest = result["findings"]["b"][0]
        self.assertEqual("yes", newest["enrichments"][0]["blocks"][0]["text"])
        self.assertEqual(("more", {"a": "b"}), (newest["description"], newest["subject"]["labels"]))
        self.assertEqual(newest["id"], result["findings"]["c"][0]["id"])
        self.assertEqual({}, result["findings"]["c"][0]["subject"]["labels"], "each sink has its own copy")

    def test_a_finding_that_cannot_be_told_does_not_hide_others(self) -> None:
        self.actions(
            """
            @action
            def tells(event: PodEvent):
                event.add_finding(Finding(title="good", aggregation_key="k"))
                event.add_finding(Finding(title="bad", aggregation_key="k"))
                event.add_enrichment([object()])
            """
        )
        result = self.run_playbooks({"sinks": ["out"], "actions": [{"name": "tells", "params": {}}]})
        bad, good = result["findings"]["out"]
        self.assertEqual(("bad", "good"), (bad["title"], good["title"]))
        self.assertIn("cannot be told", bad["enrichments"][0]["blocks"][0]["text"])

    def test_annotations_may_be_texts(self) -> None:
        self.write("texts_%s.py" % os.path.basename(self.folder), "from __future__ import annotations\n" + HEAD + textwrap.dedent("""
            @action
            def tells(event: PodEvent, params: BashParams):
                event.add_enrichment([MarkdownBlock(params.bash_command)])
            """))
        told = {"name": "tells", "params": {"bash_command": "x"}}
        self.assertTrue(self.run_playbooks({"sinks": ["out"], "actions": [told]})["actions"][0]["success"])

    def test_kubernetes_objects_are_types_of_fields(self) -> None:
        self.actions(
            """
            from hikaru.model.rel_1_26 import Container, Pod
            from pydantic import BaseModel

            class Holder(BaseModel):
                pod: Pod
                containers: List[Container] = []
                more: Dict[str, Optional[Pod]] = {}

            @action
            def holds(event: PodEvent):
                pod = event.get_pod()
                held = Holder(pod=pod, containers=[{"name": "a"}, pod.spec.containers[0]], more={"x": None, "y": pod})
                names = [held.pod is pod, held.containers[0].env, held.containers[1].name, held.more["y"] is pod]
                try:
                    Holder(pod=5)
                except ValueError as error:
                    names.append(str(error))
                event.add_enrichment([ListBlock([str(name) for name in names])])
            """
        )
        result = self.run_playbooks({"sinks": ["out"], "actions": [{"name": "holds", "params": {}}]})
        items = result["findings"]["out"][0]["enrichments"][0]["blocks"][0]["items"]
        self.assertEqual(["True", "[]", "web", "True"], items[:4])
        self.assertIn("instance of Pod, tuple or dict expected", items[4])

    def test_threads_of_an_action_may_ask(self) -> None:
        self.actions(
            """
            from concurrent.futures import ThreadPoolExecutor

            @action
            def asks(event: PodEvent):
                with ThreadPoolExecutor(4) as pool:
                    logs = list(pool.map(lambda n: event.get_pod().get_logs(tail_lines=n), range(20)))
                event.add_enrichment([MarkdownBlock("".join(logs))])
            """
        )
        self.engine.texts["/api/v1/namespaces/shop/pods/web-1/log"] = "x"
        result = self.run_playbooks({"sinks": ["out"], "actions": [{"name": "asks", "params": {}}]})
        self.assertEqual("x" * 20, result["findings"]["out"][0]["enrichments"][0]["blocks"][0]["text"])

    def test_stopping(self) -> None:
        self.actions(
            """
            @action
            def stops(event: ExecutionBaseEvent):
                event.stop_processing = True

            @action
            def goes_on(event: ExecutionBaseEvent):
                pass
            """
        )
        stops, goes_on = {"name": "stops", "params": {}}, {"name": "goes_on", "params": {}}
        for playbooks, expected in (
            ([{"actions": [goes_on, stops, goes_on]}, {"actions": [goes_on]}], ["goes_on", "stops"]),
            ([{"actions": [goes_on], "stop": True}, {"actions": [goes_on]}], ["goes_on"]),
            ([{"actions": [goes_on]}, {"actions": [goes_on]}], ["goes_on", "goes_on"]),
        ):
            result = self.run_playbooks(*({"sinks": [], **playbook} for playbook in playbooks))
            self.assertEqual(expected, [action["name"] for action in result["actions"]])

    def test_squall_runs_actions_in_between(self) -> None:
        self.actions(
            """
            @action
            def one(event: PodEvent):
                event.add_enrichment([MarkdownBlock("first")])

            @action
            def other(event: PodEvent):
                event.add_enrichment([MarkdownBlock("third")])
            """
        )
        given = {
            "title": "of Squall",
            "aggregation_key": "k",
            "severity": "LOW",
            "enrichments": [{"blocks": [{"block": "MarkdownBlock", "text": "second"}], "annotations": {}}],
        }
        actions = [{"name": "other", "params": {}}]
        self.engine.next = [{"findings": {"out": [given]}, "playbooks": [{"sinks": ["out"], "actions": actions}]}]
        result = self.run_playbooks({"sinks": ["out"], "actions": [{"name": "one", "params": {}}]}, more=True)
        before = self.engine.asked_for("next_playbooks")[0]["findings"]["out"][0]
        self.assertEqual("first", before["enrichments"][0]["blocks"][0]["text"])
        found = result["findings"]["out"][0]
        texts = [one["blocks"][0]["text"] for one in found["enrichments"]]
        self.assertEqual(("of Squall", ["second", "third"]), (found["title"], texts))
        self.assertEqual([0, 1], [action["playbook"] for action in result["actions"]])

    def test_change_filters_choose_the_differences(self) -> None:
        self.actions(
            """
            @action
            def tells(event: KubernetesAnyChangeEvent):
                diffs = event.filtered_diffs
                event.add_enrichment([KubernetesDiffBlock(diffs, event.old_obj, event.obj, "web-1", "Pod", "shop")])
                event.add_enrichment([MarkdownBlock(str(event.obj_filtered.metadata.labels))])
            """
        )
        filters = {"include": ["image"], "ignore": ["metadata.labels", "nothing.here"]}
        playbook = {"sinks": ["out"], "change_filters": filters, "actions": [{"name": "tells", "params": {}}]}
        diff, text = [one["blocks"][0] for one in self.run_playbooks(playbook)["findings"]["out"][0]["enrichments"]]
        self.assertEqual(["RobustaPod.spec.containers[0].image"], [one["formatted_path"] for one in diff["diffs"]])
        self.assertEqual(("web:1", "web:0"), (diff["diffs"][0]["value"], diff["diffs"][0]["other_value"]))
        self.assertEqual(("pod/shop/web-1.yaml", "Pod updated\n ● Attributes: image"), (diff["resource_name"], diff["description"]))
        self.assertEqual("None", text["text"])

    def test_a_custom_resource_is_a_change_of_any_kind(self) -> None:
        self.actions(
            """
            import hikaru

            @action
            def tells(event: KubernetesAnyChangeEvent):
                new, old = event.obj, event.old_obj
                canary = new.spec.strategy.canary
                told = [
                    type(event).__name__, type(new).__name__, new.metadata.name, str(new.metadata.annotations),
                    "%s -> %s" % (old.spec.replicas, new.spec.replicas),
                    str(canary.steps[1].setWeight), str(new.spec.nothing), new.spec["strategy"]["canary"]["stable"],
                    str(sorted(canary)), str(new.spec.selector.matchLabels["app.kubernetes.io/name"]), str(old.status),
                    ", ".join(diff.formatted_path for diff in new.diff(old)),
                    ", ".join(diff.formatted_path for diff in event.filtered_diffs),
                    str(new.dup() == new), str(new.spec.dup().replicas), str(new.spec.from_), str(new.spec.items), new.spec.merge_, str(new.to_dict()["spec"]["merge"]),
                    hikaru.get_yaml(new.spec.strategy),
                ]
                event.add_finding(Finding(title="t", aggregation_key="k", subject=KubeObjFindingSubject(new)))
                event.add_enrichment([ListBlock(told)])
                event.add_enrichment([KubernetesDiffBlock(event.filtered_diffs, old, new, "web", "Canary", "shop")])
            """
        )

        def made(replicas: int, weight: int) -> Any:
            steps = [{"pause": {}}, {"setWeight": weight}]
            return {
                "apiVersion": "flagger.app/v1beta1", "kind": "Canary",
                "metadata": {"name": "web", "namespace": "shop", "managedFields": [{"manager": "m"}]},
                "spec": {
                    "replicas": replicas, "from": "here", "items": [1, 2], "merge": "m",
                    "selector": {"matchLabels": {"app.kubernetes.io/name": "web"}},
                    "strategy": {"canary": {"stable": "web-1", "steps": steps}},
                },
            }

        event = {
            "type": "kubernetes_change", "operation": "update", "kind": "Canary",
            "api_version": "flagger.app/v1beta1", "description": "",
            "obj": {**made(3, 50), "status": {"phase": "Healthy"}}, "old_obj": made(2, 20),
        }
        filters = {"include": ["replicas"], "ignore": ["status"]}
        playbook = {"sinks": ["out"], "change_filters": filters, "actions": [{"name": "tells", "params": {}}]}
        result = self.run_playbooks(playbook, event=event)
        self.assertEqual([True], [action["success"] for action in result["actions"]], result["actions"])
        found = result["findings"]["out"][0]
        self.assertEqual(("web", "shop"), (found["subject"]["name"], found["subject"]["namespace"]))
        told, diff = [one["blocks"][0] for one in found["enrichments"]]
        expected = [
            *("KubernetesAnyChangeEvent", "Canary", "web", "{}", "2 -> 3", "50", "None", "web-1", "['stable', 'steps']"),
            *("web", "None", "Canary.spec.replicas, Canary.spec.strategy.canary.steps[1].setWeight, Canary.status"),
            *("Canary.spec.replicas", "True", "3", "here", "[1, 2]", "m", "m"),
        ]
        self.assertEqual(expected, told["items"][: len(expected)])
        self.assertIn("stable: web-1", told["items"][-1])
        self.assertEqual(["Canary.spec.replicas"], [one["formatted_path"] for one in diff["diffs"]])

    def test_kinds_of_others_are_not_those_of_kubernetes(self) -> None:
        self.actions(
            """
            @action
            def tells(event: KubernetesAnyChangeEvent):
                event.add_enrichment([ListBlock([type(event).__name__, event.obj.spec.template.spec.image])])
            """
        )
        service = {
            "apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": {"name": "web"},
            "spec": {"template": {"spec": {"image": "web:1"}}},
        }
        event = {
            "type": "kubernetes_change", "operation": "create", "kind": "Service",
            "api_version": "serving.knative.dev/v1", "description": "", "obj": service, "old_obj": None,
        }
        result = self.run_playbooks({"sinks": ["out"], "actions": [{"name": "tells", "params": {}}]}, event=event)
        block = result["findings"]["out"][0]["enrichments"][0]["blocks"][0]
        self.assertEqual(["KubernetesAnyChangeEvent", "web:1"], block["items"])

    def test_an_alert_brings_its_objects(self) -> None:
        self.actions(
            """
            @action
            def tells(event: PrometheusKubernetesAlert):
                names = [event.get_pod().spec.nodeName, str(event.get_node()), event.get_prometheus_query()]
                event.add_enrichment([ListBlock(names)])
            """
        )
        self.engine.objects["/api/v1/namespaces/shop/pods/web-1"] = pod()
        alert = {
            "status": "firing",
            "startsAt": "2024-03-01T10:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://p/graph?g0.expr=up+%3D%3D+0",
            "fingerprint": "f00",
            "labels": {"alertname": "Down", "pod": "web-1", "namespace": "shop", "node": "gone", "severity": "critical"},
            "annotations": {"summary": "it is down", "description": "down LABELS = map[a:b]"},
        }
        playbook = {"sinks": ["out"], "actions": [{"name": "tells", "params": {}}]}
        found = self.run_playbooks(playbook, event={"type": "prometheus_alert", "alert": alert})["findings"]["out"][0]
        self.assertEqual(["node-1", "None", "up == 0"], found["enrichments"][0]["blocks"][0]["items"])
        self.assertEqual(
            ("it is down", "down ", "HIGH", "prometheus", "f00", "Down", None),
            tuple(
                found[name]
                for name in ("title", "description", "severity", "source", "fingerprint", "aggregation_key", "ends_at")
            ),
        )
        subject = found["subject"]
        self.assertEqual(("web-1", "pod", "shop", "node-1"), tuple(subject[n] for n in ("name", "kind", "namespace", "node")))
        self.assertEqual("web", subject["labels"]["app"])

    def test_an_event_of_a_pack_has_its_payload(self) -> None:
        self.actions(
            """
            @action
            def tells(event: ExecutionBaseEvent):
                event.response["told"] = "%s: %s" % (event.trigger, event.payload["body"]["app"])
                event.add_enrichment([MarkdownBlock(event.trigger)])

            @action
            def of_pods(event: PodEvent):
                pass
            """
        )
        event = {"type": "trigger", "trigger": "core.st2.webhook", "payload": {"body": {"app": "shop"}}}
        playbook = {"sinks": ["out"], "actions": [{"name": "tells", "params": {}}, {"name": "of_pods", "params": {}}]}
        ran = self.run_playbooks(playbook, event=event)
        self.assertEqual([True, False], [action["success"] for action in ran["actions"]])
        self.assertIn("requires PodEvent, not TriggerEvent", ran["actions"][1]["message"])
        playbook["actions"].pop()
        self.assertEqual("core.st2.webhook: shop", self.run_playbooks(playbook, event=event)["response"]["told"])

    def test_severities_of_the_global_configuration_count(self) -> None:
        from robusta.integrations.prometheus.models import SEVERITY_MAP

        self.actions(
            """
            @action
            def tells(event: PrometheusKubernetesAlert):
                event.add_finding(event.create_default_finding())
            """
        )
        alert = {
            "status": "firing",
            "startsAt": "2024-03-01T10:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "",
            "labels": {"alertname": "Down", "severity": "page"},
            "annotations": {},
        }
        playbook = {"sinks": ["out"], "actions": [{"name": "tells", "params": {}}]}
        for config, severity in (({}, "INFO"), ({"custom_severity_map": {"page": "high"}}, "HIGH")):
            with mock.patch.dict(SEVERITY_MAP):
                told = self.run_playbooks(playbook, event={"type": "prometheus_alert", "alert": alert}, global_config=config)
            self.assertEqual(severity, told["findings"]["out"][0]["severity"])

    def test_manual_calls_load_their_object(self) -> None:
        self.actions(
            """
            class Params(ActionParams):
                text: str = "none"

            @action
            def tells(event: PodEvent, params: Params):
                event.response["image"] = event.get_pod().spec.containers[0].image
                event.add_enrichment([MarkdownBlock(params.text)])

            @action
            def changes(event: PodChangeEvent):
                pass
            """
        )
        self.engine.objects["/api/v1/namespaces/shop/pods/web-1"] = pod()
        for name, params, expected in (
            ("tells", {"name": "web-1", "namespace": "shop"}, {"success": True, "image": "web:1"}),
            ("tells", {"name": "gone", "namespace": "shop"}, 4606),
            ("tells", {"name": "web-1"}, 4605),
            ("changes", {"name": "web-1", "namespace": "shop"}, 4604),
            ("nobody", {}, 4600),
        ):
            playbook = {"sinks": ["out"], "actions": [{"name": name, "params": params}]}
            response = self.run_playbooks(playbook, event={"type": "manual", "params": params})["response"]
            self.assertEqual(expected, response if isinstance(expected, dict) else response["error_code"], (name, params))

    def test_persistent_data_and_schedules(self) -> None:
        self.actions(
            """
            from pydantic import BaseModel

            class Counts(BaseModel):
                by_name: Dict[str, int] = {}

            class Params(ActionParams):
                n: int = 0

            @action
            def later(event: ExecutionBaseEvent, params: Params):
                pass

            @action
            def counts(event: PodEvent):
                name = event.get_pod().metadata.name
                with get_persistent_data("counts", Counts) as data:
                    data.by_name[name] = data.by_name.get(name, 0) + 1
                event.get_scheduler().schedule_action(
                    later, "task", FixedDelayRepeat(repeat=2, seconds_delay=60), named_sinks=["out"], action_params=Params(n=3)
                )
                event.emit_event("scan_updated", at=parse_kubernetes_datetime("2024-03-01T10:00:00Z"))
            """
        )
        playbook = {"sinks": [], "actions": [{"name": "counts", "params": {}}] * 2}
        self.assertTrue(self.run_playbooks(playbook)["response"]["success"])
        self.assertEqual({"counts": {"by_name": {"web-1": 2}}}, self.engine.stored)
        told = self.engine.asked_for("schedule_action")[0]
        self.assertEqual({"kind": "FixedDelayRepeat", "repeat": 2, "seconds_delay": 60}, told["schedule"])
        self.assertEqual(("later", {"n": 3}), (told["action"], told["action_params"]))
        noted = self.engine.asked_for("emit_event")[0]
        self.assertEqual({"name": "scan_updated", "arguments": {"at": "2024-03-01T10:00:00+00:00"}}, noted)

    def test_buttons_and_classes_of_ones_own(self) -> None:
        self.actions(
            """
            class Params(ActionParams):
                n: int = 0
                m: int = 1

            class Loud(MarkdownBlock):
                volume: int = 11

            @action
            def pressed(event: PodEvent, params: Params):
                pass

            @action
            def asks(event: PodEvent):
                choice = CallbackChoice(action=pressed, action_params=Params(n=5), kubernetes_object=event.get_pod())
                event.add_enrichment([CallbackBlock({"press": choice}), Loud("hear")])
            """
        )
        playbook = {"sinks": ["out"], "actions": [{"name": "asks", "params": {}}]}
        buttons, loud = self.run_playbooks(playbook)["findings"]["out"][0]["enrichments"][0]["blocks"]
        self.assertEqual(
            {
                "action": "pressed",
                "action_params": {"n": 5, "kind": "Pod", "name": "web-1", "namespace": "shop"},
                "object": {"kind": "Pod", "name": "web-1", "namespace": "shop"},
            },
            buttons["choices"]["press"],
        )
        self.assertEqual(("Loud", ["MarkdownBlock", "BaseBlock"], 11), (loud["block"], loud["bases"], loud["volume"]))


@needs_pydantic
class RepositoryTest(WithRepository):
    def inspect(self) -> Dict[str, Any]:
        from squall_worker import repository

        done: List[Any] = []
        repository.inspect_repositories({"repositories": self.repositories()}, done.append)
        return done[0]["result"]

    def test_a_package_of_several_modules(self) -> None:
        name = self.repositories()[0]["name"]
        self.write("%s/__init__.py" % name, "")
        self.write("%s/inner/__init__.py" % name, "")
        self.write("%s/inner/helpers.py" % name, "def text():\n    return 'helped'\n")
        self.write("%s/one.py" % name, HEAD + "from .inner.helpers import text\n@action\ndef one(event: NodeEvent):\n    'Says.'\n")
        self.write("%s/inner/two.py" % name, HEAD + "@action()\ndef two(event: ExecutionBaseEvent):\n    pass\n")
        self.write("%s/broken.py" % name, "def x(:\n")
        self.write("%s/missing.py" % name, "\nimport nothing_of_that_name\n")
        told = self.inspect()
        self.assertEqual({"one": "Says.", "two": None}, {action["name"]: action["doc"] for action in told["actions"]})
        problems = {problem["module"].rpartition(".")[2]: problem for problem in told["problems"]}
        self.assertEqual((1, "not Python: invalid syntax"), (problems["broken"]["line"], problems["broken"]["message"]))
        self.assertEqual(2, problems["missing"]["line"])
        self.assertIn("No module named 'nothing_of_that_name'", problems["missing"]["message"])

    def test_what_is_no_action_is_told(self) -> None:
        self.write("loose_%s.py" % os.path.basename(self.folder), HEAD + "@action\ndef bad(event: str):\n    pass\n")
        problem = self.inspect()["problems"][0]
        self.assertEqual(2, problem["line"])
        self.assertIn("the action bad: Illegal action first parameter", problem["message"])

    def test_a_module_is_executed_once(self) -> None:
        text = HEAD + "from pydantic import validator\nclass P(ActionParams):\n    n: int\n    @validator('n')\n    def check(cls, v):\n        return v\n@action\ndef ok(event: PodEvent, params: P):\n    pass\n"
        self.write("validated_%s.py" % os.path.basename(self.folder), text)
        self.assertEqual([], self.inspect()["problems"])
        self.assertEqual([], self.inspect()["problems"])

    def test_what_a_model_fills_in_is_not_demanded(self) -> None:
        text = """
            from robusta.api import *
            from pydantic import BaseModel, root_validator

            class Plain(ActionParams):
                name: str

            class Filled(Plain):
                kind: str
                def __init__(self, **given):
                    super().__init__(kind="Pod", **given)

            class Renamed(BaseModel):
                new: str
                class Config:
                    extra = "forbid"
                @root_validator(pre=True)
                def rename(cls, given):
                    return {"new": given.get("new", given.get("old"))}

            class Holding(ActionParams):
                plain: Plain
                renamed: Renamed
            """
        classes = ("Plain", "Filled", "Renamed", "Holding")
        actions = ["@action\ndef %s(event: PodEvent, params: %s):\n    pass\n" % (name.lower(), name) for name in classes]
        self.write("filling_%s.py" % os.path.basename(self.folder), textwrap.dedent(text) + "\n" + "\n".join(actions))
        told = self.inspect()
        self.assertEqual([], told["problems"])
        params = {action["name"]: action["params"] for action in told["actions"]}
        self.assertEqual(["name"], params["plain"]["required"])
        self.assertEqual(["plain", "renamed"], params["holding"]["required"])
        inner = params["holding"]["definitions"]
        self.assertEqual(["name"], inner["Plain"]["required"])
        for schema in (params["filled"], params["renamed"], inner["Renamed"]):
            self.assertFalse({"required", "additionalProperties"} & set(schema))
            self.assertTrue(schema["properties"])

    def test_a_missing_folder_is_told(self) -> None:
        self.folder = os.path.join(self.folder, "nowhere")
        self.assertIn("cannot be read", self.inspect()["problems"][0]["message"])


@needs_pydantic
class ForkedTest(WithRepository, WithServer):
    def options(self) -> List[str]:
        text = "@action\ndef forked(event: PodEvent):\n    event.add_enrichment([MarkdownBlock(event.get_pod().get_logs())])\n"
        self.write("forked.py", HEAD + text)
        self.write("threads.py", "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n")
        return ["--playbooks", "--repository=forked=%s" % self.folder]

    def test_a_child_asks_squall_and_reports(self) -> None:
        engine = Engine()
        engine.texts["/api/v1/namespaces/shop/pods/web-1/log"] = "it broke"
        child = self.child()
        request = {
            "kind": "robusta_actions",
            "pack_dir": None,
            "environment": [],
            "limits": {},
            "repositories": [{"name": "forked", "folder": self.folder}],
            "event": pod_change(),
            "playbooks": [{"sinks": ["out"], "actions": [{"name": "forked", "params": {}}]}],
        }
        frames.send(child.socket, {"run": request})
        done: Any = None
        told: List[Any] = []
        while True:
            frame = frames.receive(child.socket)
            if "progress" in frame:
                told.append(frame["progress"])
            elif "call" in frame:
                ((name, arguments),) = frame["call"].items()
                frames.send(child.socket, {"answer": engine(name, arguments)})
            elif "done" in frame:
                done = frame["done"]
            else:
                break
        self.assertEqual([{"next": {"playbook": 0, "name": "forked"}}], told)
        self.assertEqual({"exit": 0}, frame, child.error.read().decode())
        self.assertTrue(done["status"], json.dumps(done["result"]["actions"]))
        block = done["result"]["findings"]["out"][0]["enrichments"][0]["blocks"][0]
        self.assertEqual("it broke", block["text"])


if __name__ == "__main__":
    unittest.main()

"""What Prometheus is asked, and what is made of its answers. Prometheus is a small HTTP server here."""

import http.server
import importlib.util
import json
import threading
import unittest
from datetime import datetime, timedelta, timezone
from typing import Any, Dict, List, Tuple
from urllib.parse import parse_qs, urlparse

from tests.engine import WithEngine, needs_pydantic

SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "prom", "namespace": "monitoring"},
    "spec": {"ports": [{"port": 9090}]},
}
SERIES = [
    {"metric": {"pod": "web", "job": "other"}, "values": [[100, "1"], [160, "3"]]},
    {"metric": {"pod": "web", "job": "kubelet"}, "values": [[100, "2"], [160, "4.5"]]},
]


class Server(http.server.BaseHTTPRequestHandler):
    asked: List[Tuple[str, Dict[str, List[str]], Any]] = []
    answers: Dict[str, Any] = {}

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        url = urlparse(self.path)
        form = parse_qs(self.rfile.read(length).decode())
        Server.asked.append((url.path, {**parse_qs(url.query), **form}, self.headers["Authorization"]))
        data = Server.answers.get(url.path)
        body = json.dumps({"status": "success", "data": data}).encode()
        self.send_response(400 if data is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *arguments: Any) -> None:
        pass


@needs_pydantic
class PrometheusTest(WithEngine):
    def setUp(self) -> None:
        super().setUp()
        server = http.server.HTTPServer(("127.0.0.1", 0), Server)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = "http://127.0.0.1:%d" % server.server_port
        Server.asked, Server.answers = [], {"/api/v1/query": {"resultType": "vector", "result": []}}

    def params(self, **more: Any) -> Any:
        from robusta.api import PrometheusParams

        return PrometheusParams(prometheus_url=self.url, **more)

    def test_a_query_carries_labels_and_headers(self) -> None:
        from robusta.api import run_prometheus_query

        Server.answers["/api/v1/query"] = {
            "resultType": "vector",
            "result": [{"metric": {"a": "b"}, "value": [100.5, "7"]}],
        }
        params = self.params(
            prometheus_auth="Basic x", prometheus_additional_labels={"cluster": "c"}, prometheus_url_query_string="t=u"
        )
        result = run_prometheus_query(params, 'up{job="a"} / down{}')
        self.assertEqual([{"metric": {"a": "b"}, "value": {"timestamp": 100.5, "value": "7"}}], result.vector_result)
        self.assertEqual("vector", dict(result)["result_type"])
        path, form, signed = Server.asked[-1]
        self.assertEqual(("/api/v1/query", "Basic x", ["u"]), (path, signed, form["t"]))
        self.assertEqual(['up{job="a", cluster="c"} / down{ cluster="c"}'], form["query"])

    def test_a_range_has_as_many_points_as_its_length_asks_for(self) -> None:
        from robusta.api import run_prometheus_query_range

        Server.answers["/api/v1/query_range"] = {"resultType": "matrix", "result": SERIES}
        start = datetime(2024, 3, 1, tzinfo=timezone.utc)
        for length, step in ((timedelta(minutes=1), 1.0), (timedelta(hours=1), 14.4), (timedelta(days=2), 300.0)):
            result = run_prometheus_query_range(self.params(), "up", start, start + length, None)
            self.assertEqual(["1709251200"], Server.asked[-1][1]["start"])
            self.assertEqual([step], [float(text) for text in Server.asked[-1][1]["step"]])
        self.assertEqual(["1", "3"], result.series_list_result[0]["values"])

    def test_what_does_not_answer_is_told(self) -> None:
        from robusta.api import PrometheusParams, run_prometheus_query
        from robusta.core.exceptions import NoPrometheusUrlFound, PrometheusNotFound

        with self.assertRaisesRegex(PrometheusNotFound, "Couldn't connect to Prometheus"):
            run_prometheus_query(PrometheusParams(prometheus_url="http://127.0.0.1:1"), "up")
        self.engine.lists["/api/v1/services"] = []
        with self.assertRaisesRegex(NoPrometheusUrlFound, "prometheus_url"):
            run_prometheus_query(PrometheusParams(), "up")

    def test_prometheus_is_found_by_its_service(self) -> None:
        from robusta.api import PrometheusDiscovery, ServiceDiscovery

        self.engine.lists["/api/v1/services"] = [SERVICE]
        self.addCleanup(ServiceDiscovery._found.clear)
        for _ in range(2):
            self.assertEqual("http://prom.monitoring.svc.cluster.local:9090", PrometheusDiscovery.find_prometheus_url())
        asked = self.engine.asked_for("kubernetes_request")
        self.assertEqual(["app=kube-prometheus-stack-prometheus"], [one["query"]["labelSelector"] for one in asked])

    def test_other_questions(self) -> None:
        from robusta.api import get_prometheus_connect

        client = get_prometheus_connect(self.params())
        Server.answers.update(
            {
                "/api/v1/series": [{"a": "b"}],
                "/api/v1/labels": ["a"],
                "/api/v1/label/__name__/values": ["up"],
                "/api/v1/status/flags": {"storage.tsdb.retention.time": "15d"},
            }
        )
        self.assertEqual([{"a": "b"}], client.get_series(["up", "down"]))
        self.assertEqual(["up", "down"], Server.asked[-1][1]["match[]"])
        self.assertEqual((["a"], ["up"]), (client.get_label_names(), client.all_metrics({"match[]": ["up"]})))
        from robusta.integrations.prometheus.utils import get_prometheus_flags

        self.assertEqual("15d", get_prometheus_flags(client)["retentionTime"])
        del Server.answers["/api/v1/query"]
        with self.assertRaisesRegex(Exception, "HTTP Status Code 400"):
            client.custom_query("up")

    def test_one_series_for_each_target(self) -> None:
        from robusta.core.playbooks.prometheus_enrichment_utils import filter_prom_jobs_results

        chosen = filter_prom_jobs_results([{"metric": one["metric"]} for one in SERIES])
        self.assertEqual(["kubelet"], [one["metric"]["job"] for one in chosen])

    @unittest.skipUnless(importlib.util.find_spec("pygal"), "pygal is not installed")
    def test_a_graph_of_a_resource(self) -> None:
        from robusta.api import ResourceChartItemType, ResourceChartResourceType, XAxisLine, create_resource_enrichment

        Server.answers["/api/v1/query_range"] = {"resultType": "matrix", "result": SERIES}
        block = create_resource_enrichment(
            datetime.now(),
            {"pod": "web", "namespace": "shop"},
            ResourceChartResourceType.Memory,
            ResourceChartItemType.Pod,
            graph_duration_minutes=60,
            prometheus_params=self.params(),
            lines=[XAxisLine(label="Limit", value=5)],
        )
        self.assertEqual("Memory Usage for this pod.svg", block.filename)
        self.assertIn(b"<svg", block.contents)
        self.assertEqual([("Limit", 5.0)], [(line.legend, line.value) for line in block.graph_data.horizontal_lines])
        self.assertIn('namespace="shop", pod=~"web"', Server.asked[-1][1]["query"][0])
        self.assertEqual("Bytes", block.graph_data.dict()["y_axis_type"])

    @unittest.skipUnless(importlib.util.find_spec("pygal"), "pygal is not installed")
    def test_a_graph_of_an_answer(self) -> None:
        from robusta.core.playbooks.prometheus_enrichment_utils import build_chart_from_prometheus_result
        from robusta.integrations.prometheus.result import PrometheusQueryResult

        unnamed = {"metric": {"job": "a", "zone": "north"}, "values": [[100, "1"]]}
        result = PrometheusQueryResult({"resultType": "matrix", "result": [SERIES[0], unnamed]})
        drawn = build_chart_from_prometheus_result(result, chart_title="Load").render().decode()
        for text in ("Load", "web", "north"):
            self.assertIn(">%s<" % text, drawn)
        vector = PrometheusQueryResult({"resultType": "vector", "result": []})
        with self.assertRaisesRegex(ValueError, "Expected 'matrix' result_type, got 'vector'"):
            build_chart_from_prometheus_result(vector)

    def test_combinations_without_a_query_are_refused(self) -> None:
        from robusta.api import ResourceChartItemType, ResourceChartResourceType, create_resource_enrichment

        with self.assertRaisesRegex(AttributeError, "not supported"):
            create_resource_enrichment(
                None, {}, ResourceChartResourceType.Disk, ResourceChartItemType.Pod, 60, self.params()
            )

    def test_analyses(self) -> None:
        from hikaru.model.rel_1_26 import Node, NodeAddress, NodeStatus, ObjectMeta
        from robusta.api import CpuAnalyzer, MemoryAnalyzer, NodeCpuAnalyzer

        value = {"resultType": "vector", "result": [{"metric": {"pod": "web"}, "value": [100, "0.25"]}]}
        Server.answers["/api/v1/query"] = value
        Server.answers["/api/v1/query_range"] = {"resultType": "matrix", "result": SERIES}
        self.assertEqual(0.25, CpuAnalyzer(self.params()).get_total_cpu_requests())
        self.assertIn("[600s]", Server.asked[-1][1]["query"][0])
        memory = MemoryAnalyzer(self.params())
        self.assertEqual(0.25, memory.get_total_mem_allocatable())
        self.assertEqual(3.0, memory.get_max_node_memory_usage_in_percentage("n", timedelta(minutes=5)))
        addresses = [NodeAddress(address="10.0.0.1", type="InternalIP")]
        node = Node(metadata=ObjectMeta(name="n"), status=NodeStatus(addresses=addresses))
        processors = NodeCpuAnalyzer(node, self.params())
        self.assertEqual({"web": 0.25}, dict(processors.get_per_pod_cpu_usage()))
        self.assertEqual({}, dict(processors.get_per_pod_cpu_usage(threshold=0.5)))
        self.assertEqual(0.25, processors.get_total_cpu_usage())
        self.assertIn('instance=~"n|10.0.0.1:.*"', Server.asked[-1][1]["query"][0])
        Server.answers["/api/v1/query"] = {"resultType": "vector", "result": []}
        self.assertIsNone(CpuAnalyzer(self.params()).get_total_cpu_allocatable())

    def test_answers_that_make_no_sense_are_refused(self) -> None:
        from robusta.integrations.prometheus.result import PrometheusQueryResult

        for data, text in (
            ({}, "resultType missing"),
            ({"resultType": "vector"}, "result object missing"),
            ({"resultType": "graph", "result": []}, "invalid"),
            ({"resultType": "scalar", "result": [1]}, "Invalid prometheus scalar"),
        ):
            with self.assertRaisesRegex(ValueError, text):
                PrometheusQueryResult(data)


if __name__ == "__main__":
    unittest.main()

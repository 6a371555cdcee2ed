"""What Robusta's names do with a cluster: commands and logs, jobs, events, names, and other services."""

import base64
import http.server
import importlib.util
import io
import itertools
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import threading
import unittest
from typing import Any, Dict, List
from unittest import mock

from tests.engine import WithEngine, needs_pydantic, pod

POD = "/api/v1/namespaces/shop/pods/web-1"
EVENTS = "/apis/events.k8s.io/v1/events"


def event(reason: str, note: str, **more: Any) -> Dict[str, Any]:
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": reason, "namespace": "shop"},
        "eventTime": None,
        "deprecatedLastTimestamp": "2024-03-01T10:00:00Z",
        "deprecatedSource": {"component": "kubelet"},
        "reason": reason,
        "note": note,
        "type": "Warning",
        "regarding": {"kind": "Pod", "name": "web-1", "namespace": "shop"},
        **more,
    }


@needs_pydantic
class PodTest(WithEngine):
    def setUp(self) -> None:
        super().setUp()
        import hikaru
        from robusta.api import RobustaPod

        self.engine.objects[POD] = pod()
        self.pod = hikaru.from_dict(pod(), RobustaPod)

    def test_commands(self) -> None:
        self.engine.outputs["ps aux"] = "init\n"
        self.assertEqual("init\n", self.pod.exec("ps aux"))
        asked = self.engine.asked_for("kubernetes_exec")[0]
        self.assertEqual(("shop", "web-1", "web"), (asked["namespace"], asked["pod"], asked["container"]))
        self.engine.objects[POD] = pod(status={"phase": "Pending"})
        times = itertools.chain([0.0, 0.0], itertools.repeat(1000.0))
        with mock.patch("time.time", lambda: next(times)), mock.patch("time.sleep"):
            self.assertIn("is not in running state", self.pod.exec("ps aux"))

    def test_logs(self) -> None:
        from robusta.api import NamedRegexPattern, RegexReplacementStyle

        self.assertIsNone(self.pod.get_logs(), "there is no such pod")
        self.engine.texts[POD + "/log"] = "user 10.0.0.1 came\nerror: gone\n"
        self.assertEqual("user 10.0.0.1 came\nerror: gone\n", self.pod.get_logs(previous=True, tail_lines=5))
        query = self.engine.asked_for("kubernetes_request")[-1]["query"]
        self.assertEqual({"container": "web", "previous": True, "tailLines": 5}, query)
        patterns = [NamedRegexPattern(name="ip", regex=r"\d+\.\d+\.\d+\.\d+")]
        self.assertIn("user ******** came", self.pod.get_logs(regex_replacer_patterns=patterns))
        named = self.pod.get_logs(regex_replacer_patterns=patterns, regex_replacement_style=RegexReplacementStyle.NAMED)
        self.assertIn("user [IP] came", named)
        self.assertEqual("error: gone", self.pod.get_logs(filter_regex="error.*"))
        self.engine._kubernetes_request = lambda **asked: {"code": 500, "reason": "no", "headers": {}, "body": None}
        self.assertEqual("", self.pod.get_logs())

    def test_files(self) -> None:
        self.pod.upload_file("/tmp/a", b"text")
        asked = self.engine.asked_for("kubernetes_exec")[0]
        with tarfile.open(fileobj=io.BytesIO(base64.b64decode(asked["input"]))) as tar:
            self.assertEqual(b"text", tar.extractfile(tar.getmembers()[0]).read())

    def test_commands_on_a_node_run_in_a_pod_of_their_own(self) -> None:
        from robusta.api import RobustaPod

        created = []
        original = self.engine._kubernetes_request

        def answer(method: str, path: str, query: Any, body: Any, content_type: Any) -> Any:
            if method == "POST":
                created.append(body)
                body = {**body, "status": {"phase": "Running"}}
            return original(method, path, query, body, content_type)

        self.engine._kubernetes_request = answer
        self.engine.outputs['nsenter -t 1 -a "uptime"'] = "up"
        self.assertEqual("up", RobustaPod.exec_on_node("x", "node-1", "uptime", custom_annotations={"a": "b"}))
        spec = created[0]["spec"]
        self.assertEqual(("node-1", True), (spec["nodeName"], spec["hostPID"]))
        self.assertTrue(spec["containers"][0]["securityContext"]["privileged"])
        self.assertEqual({"a": "b"}, created[0]["metadata"]["annotations"])
        self.assertEqual("DELETE", self.engine.asked_for("kubernetes_request")[-1]["method"])

    def test_finding_pods(self) -> None:
        from robusta.api import RobustaPod, list_pods_using_selector

        self.engine.lists["/api/v1/namespaces/shop/pods"] = [pod()]
        self.assertEqual("web-1", RobustaPod.find_pod("web", "shop").metadata.name)
        with self.assertRaisesRegex(Exception, "No pod exists in namespace 'shop' with name prefix 'x'"):
            RobustaPod.find_pod("x", "shop")
        found = list_pods_using_selector("shop", {"app": "web"}, "status.phase=Running")
        self.assertIsInstance(found[0], RobustaPod)
        query = self.engine.asked_for("kubernetes_request")[-1]["query"]
        self.assertEqual({"labelSelector": "app=web", "fieldSelector": "status.phase=Running"}, query)

    def test_a_job_runs_to_its_end(self) -> None:
        from robusta.api import JobSecret, RobustaJob
        from hikaru.model.rel_1_26 import Container, PodSpec

        jobs = "/apis/batch/v1/namespaces/robusta/jobs"
        original = self.engine._kubernetes_request

        def answer(method: str, path: str, query: Any, body: Any, content_type: Any) -> Any:
            if method == "POST" and path == jobs:
                body = {**body, "status": {"completionTime": "2024-03-01T10:00:00Z"}}
            return original(method, path, query, body, content_type)

        self.engine._kubernetes_request = answer
        worker = pod(metadata={"name": "worker", "namespace": "robusta", "uid": "u"})
        self.engine.lists["/api/v1/namespaces/robusta/pods"] = [worker]
        self.engine.texts["/api/v1/namespaces/robusta/pods/worker/log"] = "done"
        spec = PodSpec(containers=[Container(name="a", image="b")], restartPolicy="Never")
        secret = JobSecret(name="s", data={"k": "v"})
        self.assertEqual("done", RobustaJob.run_simple_job_spec(spec, "job", 5, job_secret=secret, finalizers=["f"]))
        asked = self.engine.asked_for("kubernetes_request")
        self.assertEqual("u", asked[2]["body"]["metadata"]["ownerReferences"][0]["uid"])
        self.assertEqual(["PATCH", "DELETE"], [one["method"] for one in asked[-2:]])
        self.assertRegex(asked[0]["body"]["metadata"]["name"], r"^job-\d+-\d+$")
        self.assertEqual({"propagationPolicy": "Foreground"}, asked[-1]["query"])


@needs_pydantic
class ClusterTest(WithEngine):
    def test_events_as_a_table(self) -> None:
        from robusta.api import get_resource_events, get_resource_events_table

        newer = event("Pulled", "image", deprecatedLastTimestamp="2024-03-01T11:00:00Z", type="Normal")
        self.engine.lists[EVENTS] = [event("BackOff", "again"), newer]
        table = get_resource_events_table("T", "Pod", "web-1", "shop", max_events=5)
        self.assertEqual(["Pulled", "BackOff"], [row[0] for row in table.rows])
        self.assertEqual("Mar 01, 2024, 11:00:00 AM", table.render_rows()[0][2])
        self.assertEqual("pod", table.events[0].kind)
        self.assertEqual(1, len(get_resource_events("Pod", included_types=["warning"])))
        selector = self.engine.asked_for("kubernetes_request")[0]["query"]["fieldSelector"]
        self.assertEqual("regarding.kind=Pod,regarding.name=web-1,regarding.namespace=shop", selector)
        self.engine.lists[EVENTS] = []
        self.assertIsNone(get_resource_events_table("T", "Pod"))

    def test_why_an_image_cannot_be_pulled(self) -> None:
        import hikaru
        from robusta.api import get_image_pull_backoff_enrichment

        status = {**pod()["status"]["containerStatuses"][0], "state": {"waiting": {"reason": "ImagePullBackOff"}}}
        broken = hikaru.from_dict(pod(status={"containerStatuses": [status]}))
        start = 'Failed to pull image "web:1": rpc error: code = NotFound desc = '
        for error, expected in (
            ('failed to pull and unpack image "a": failed to resolve reference "a": a: not found', "Image not found"),
            ("Error response from daemon: pull access denied for a, repository does not exist or may require "
             "'docker login': denied: requested access to the resource is denied", "Unauthorized"),
            ("Client.Timeout exceeded while awaiting headers", "Timeout"),
            ("something else", None),
        ):
            self.engine.lists["/apis/events.k8s.io/v1/namespaces/shop/events"] = [event("Failed", start + error)]
            found = get_image_pull_backoff_enrichment(broken)
            rows = dict(found.blocks[0].rows)
            self.assertEqual(("web", expected), (rows["Container"], rows.get("Reason")), error)
            self.assertEqual(expected is None, len(found.blocks) == 2)

    def test_why_a_pod_is_not_placed(self) -> None:
        import hikaru
        from robusta.api import get_pending_pod_enrichment

        message = "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {a: b}."
        failed = event("FailedScheduling", message)
        self.engine.lists["/apis/events.k8s.io/v1/namespaces/shop/events"] = [failed]
        spec = {"containers": [{"name": "a", "resources": {"requests": {"cpu": "500m", "nvidia.com/gpu": "2"}}}]}
        status = {"conditions": [{"type": "PodScheduled", "status": "False", "message": "old"}]}
        table, asked = get_pending_pod_enrichment(hikaru.from_dict(pod(spec=spec, status=status))).blocks
        self.assertEqual([["Pod", "web-1"], ["Reason", "old"]], table.rows)
        self.assertEqual("*Pod requires:* 0.5 CPU, 2.0 nvidia.com/gpu", asked.text)

    def test_names_of_resources(self) -> None:
        from robusta.api import ActionException, ResourceNameLister

        rollout = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "r"}}
        self.engine.lists["/api/v1/nodes"] = [{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}]
        self.engine.lists["/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts"] = [rollout]
        self.assertEqual(["n"], ResourceNameLister.list_resource_names("Node"))
        self.assertEqual(["r"], ResourceNameLister.list_resource_names("rollout", "shop"))
        for kind, namespace, code in (("Pod", None, 4701), ("Node", "shop", 4703)):
            with self.assertRaises(ActionException) as raised:
                ResourceNameLister.list_resource_names(kind, namespace)
            self.assertEqual(code, raised.exception.code)

    def test_workloads_that_kubernetes_does_not_have_itself(self) -> None:
        from robusta.api import ResourceLoader

        path = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/r"
        self.engine.objects[path] = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Rollout",
            "metadata": {"name": "r", "namespace": "shop"},
            "spec": {"workloadRef": {"name": "web"}},
            "status": {"selector": "app=web,tier=front"},
        }
        rollout = ResourceLoader.read_resource("Rollout", "r", "shop").obj
        self.assertEqual({"app": "web", "tier": "front"}, rollout.spec.selector.matchLabels)
        self.engine.objects["/apis/postgresql.cnpg.io/v1/namespaces/shop/clusters/c"] = {"metadata": {"name": "c"}, "spec": {}}
        cluster = ResourceLoader.read_resource("Cluster", "c", "shop").obj
        self.assertEqual({"cnpg.io/cluster": "c"}, cluster.spec["selector"])
        self.assertIn("restartedAt", json.dumps(cluster.rollout_restart_patch()))

    def test_processes_are_found_or_chosen(self) -> None:
        from robusta.api import Finding, ProcessFinder, ProcessParams, ProcessType, action, ExecutionBaseEvent
        from robusta.api import Process

        @action
        def again(event: ExecutionBaseEvent) -> None:
            """Pressed."""

        made = [Process(pid=n, exe="/usr/bin/python3", cmdline=["app", str(n)]) for n in (7, 5)]
        made.append(Process(pid=9, exe="/bin/sh", cmdline=["sh"]))
        fake = mock.Mock(get_processes=lambda custom_annotations: made)
        finder = ProcessFinder(fake, ProcessParams(), ProcessType.PYTHON)
        self.assertEqual(([7, 5], 5), (finder.get_pids(), finder.get_lowest_relevant_pid()))
        finding = Finding("t", "k")
        self.assertIsNone(finder.get_match_or_report_error(finding, "Debug", again, again))
        blocks = finding.enrichments[0].blocks
        self.assertEqual(["Debug 7", "Debug 5", "Still can't choose?"], list(blocks[2].choices))
        self.assertEqual(5, blocks[2].choices["Debug 5"].action_params.pid)
        one = ProcessFinder(fake, ProcessParams(pid=9), ProcessType.PYTHON)
        self.assertEqual("/bin/sh", one.get_match_or_report_error(finding, "Debug", again, again).exe)
        none = ProcessFinder(fake, ProcessParams(process_substring="x", interactive=False), ProcessType.JAVA)
        none.get_match_or_report_error(finding, "Debug", again, again)
        self.assertIn("No matching processes", finding.enrichments[1].blocks[0].text)

    def test_a_crash_report(self) -> None:
        import hikaru
        from robusta.api import KIND_TO_EVENT_CLASS, send_crash_report
        from robusta.integrations.kubernetes.custom_models import RobustaPod

        self.engine.texts[POD + "/log"] = "it broke"
        change = KIND_TO_EVENT_CLASS["pod"](obj=hikaru.from_dict(pod(), RobustaPod), named_sinks=["a"])
        send_crash_report(change, "CrashLoop")
        finding = change.sink_findings["a"][0]
        self.assertEqual("Crashing pod web-1 in namespace shop", finding.title)
        kinds = [[type(block).__name__ for block in one.blocks] for one in finding.enrichments]
        self.assertEqual([["TableBlock", "TableBlock"], ["FileBlock"]], kinds)
        self.assertEqual(b"it broke", finding.enrichments[1].blocks[0].contents)


class Grafana(http.server.BaseHTTPRequestHandler):
    seen: List[Any] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        Grafana.seen.append((self.command, self.path, json.loads(body) if body else None))
        panels = [{"id": 1, "title": "CPU"}, {"id": 2, "title": "Memory"}]
        answer = json.dumps({"dashboard": {"id": 5, "panels": panels}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST

    def log_message(self, *arguments: Any) -> None:
        pass


@needs_pydantic
class ServicesTest(unittest.TestCase):
    @unittest.skipUnless(importlib.util.find_spec("requests"), "requests is not installed")
    def test_annotations_in_grafana(self) -> None:
        from datetime import datetime, timezone

        from robusta.api import Grafana as Client

        server = http.server.HTTPServer(("127.0.0.1", 0), Grafana)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        Grafana.seen = []
        client = Client("key", "http://127.0.0.1:%d" % server.server_port)
        at = datetime(2024, 3, 1, tzinfo=timezone.utc)
        client.add_line_to_dashboard("uid", "text", at, ["tag"])
        client.add_range_to_dashboard("uid", "text", at, at, panel_substring="mem")
        bodies = [body for method, path, body in Grafana.seen if path == "/api/annotations"]
        first = {"dashboardId": 5, "text": "text", "tags": ["tag"], "time": 1709251200000}
        self.assertEqual([first, {**first, "tags": [], "timeEnd": 1709251200000, "panelId": 2}], bodies)

    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_a_git_repository(self) -> None:
        from robusta.api import GitRepoManager

        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        origin = os.path.join(folder.name, "origin.git")
        subprocess.run(["git", "init", "-q", "--bare", origin], check=True)
        with mock.patch.dict(os.environ, {"REPO_LOCAL_BASE_DIR": folder.name}):
            repo = GitRepoManager.get_git_repo(origin, "")
            self.addCleanup(GitRepoManager.clear_git_repos)
            repo.commit_push("kind: Pod\n", "cluster/shop", "web.yaml", "created web", "prod")
            changes = repo.cluster_changes()
        self.assertEqual(["created web"], [change.commit_message for change in changes["prod"]])
        shown = subprocess.run(["git", "-C", origin, "show", "HEAD:cluster/shop/web.yaml"], capture_output=True, check=True)
        self.assertEqual(b"kind: Pod\n", shown.stdout)
        self.assertTrue(re.match("[A-Z][a-z]{2} ", changes["prod"][0].commit_date))


if __name__ == "__main__":
    unittest.main()

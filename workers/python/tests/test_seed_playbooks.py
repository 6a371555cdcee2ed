"""The actions of Robusta's page on playbook actions, each imported from its own file and run."""

import http.server
import importlib
import io
import logging
import os
import threading
import unittest
from typing import Any, Dict, List

from tests.engine import WithEngine, needs_pydantic, pod_change, run

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3, "examples", "playbooks")
REPOSITORIES = [{"name": "seed_playbooks", "folder": EXAMPLES}]
LOG = "/api/v1/namespaces/shop/pods/web-1/log"
POD = "/api/v1/namespaces/shop/pods/web-1"


def request(event: Dict[str, Any], *actions: Any) -> Dict[str, Any]:
    told = [{"name": name, "params": params} for name, params in actions]
    return {"repositories": REPOSITORIES, "event": event, "playbooks": [{"sinks": ["out"], "actions": told}]}


class ArgoCd(http.server.BaseHTTPRequestHandler):
    seen: List[str] = []

    def do_POST(self) -> None:
        ArgoCd.seen.append("%s %s" % (self.path, self.headers["Authorization"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments: Any) -> None:
        pass


@needs_pydantic
class SeedTest(WithEngine):
    def setUp(self) -> None:
        super().setUp()
        self.engine.objects[POD] = pod_change()["obj"]

    def blocks(self, result: Dict[str, Any]) -> List[Dict[str, Any]]:
        self.assertTrue(all(action["success"] for action in result["actions"]), result["actions"])
        return [block for one in result["findings"]["out"][0]["enrichments"] for block in one["blocks"]]

    def test_my_action(self) -> None:
        self.engine.texts[LOG] = "it broke\n"
        result = run(request(pod_change(), ("my_action", {})))
        text, log = self.blocks(result)
        self.assertEqual("*Oh no!* An alert occurred on web-1", text["text"])
        self.assertEqual(("crashing-pod.log", "aXQgYnJva2UK"), (log["filename"], log["contents"]))
        self.assertEqual(["/bin/sh", "-c", "ps aux"], self.engine.asked_for("kubernetes_exec")[0]["command"])
        self.assertEqual("Update to pod web-1", result["findings"]["out"][0]["title"])

    def test_pod_change_monitor(self) -> None:
        printed = io.StringIO()
        handler = logging.StreamHandler(printed)
        logger = logging.getLogger()
        before = logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        self.addCleanup(logger.setLevel, before)
        self.addCleanup(logger.removeHandler, handler)
        result = run(request(pod_change(), ("pod_change_monitor", {})))
        self.assertEqual([True], [action["success"] for action in result["actions"]])
        new, old = printed.getvalue().splitlines()
        self.assertTrue(new.startswith("new object: RobustaPod(apiVersion='v1', kind='Pod', metadata=ObjectMeta("), new)
        self.assertIn("image='web:0'", old)

    def test_pod_bash_enricher(self) -> None:
        self.engine.outputs["ls -al /"] = "bin\netc\n"
        command, output = self.blocks(run(request(pod_change(), ("pod_bash_enricher", {"bash_command": "ls -al /"}))))
        self.assertEqual("Command results for *ls -al /:*", command["text"])
        self.assertEqual("bin\netc\n", output["text"])
        failed = run(request(pod_change(), ("pod_bash_enricher", {})))["actions"][0]
        self.assertEqual((False, 4602), (failed["success"], failed["error_code"]))
        self.assertIn("bash_command\n  field required", failed["message"])

    @unittest.skipUnless(importlib.util.find_spec("requests"), "requests is not installed")
    def test_argo_app_sync_is_rate_limited(self) -> None:
        server = http.server.HTTPServer(("127.0.0.1", 0), ArgoCd)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        url = "http://127.0.0.1:%d" % server.server_port
        params = {"argo_url": url, "argo_token": "secret", "argo_app_name": "shop"}
        event = {"type": "schedule", "recurrence": 0}
        first = self.blocks(run(request(event, ("argo_app_sync", params))))
        self.assertEqual("Argo CD app sync of *shop*: success", first[0]["text"])
        self.assertEqual({}, run(request(event, ("argo_app_sync", params)))["findings"])
        self.engine.now += 1801
        self.assertEqual(1, len(run(request(event, ("argo_app_sync", params)))["findings"]))
        self.assertEqual(["/api/v1/applications/shop/sync Bearer secret"] * 2, ArgoCd.seen)

    def test_my_first_action_stops_what_follows(self) -> None:
        event = {"type": "kubernetes_change", "operation": "create", "kind": "Event", "api_version": "events.k8s.io/v1"}
        for reason, ran in (("Scheduled", 1), ("BackOff", 2)):
            obj = {"metadata": {"name": "e"}, "eventTime": None, "reason": reason, "regarding": {"name": "web-1"}}
            told = request({**event, "obj": obj, "old_obj": None}, ("my_first_action", {}), ("my_first_action", {}))
            told["playbooks"].append({"sinks": ["out"], "actions": []})
            result = run(told)
            self.assertEqual((ran, reason == "Scheduled"), (len(result["actions"]), result["stopped"]), reason)

    def test_all_of_the_repository_is_found(self) -> None:
        from squall_worker import repository

        done: List[Any] = []
        repository.inspect_repositories({"repositories": REPOSITORIES}, done.append)
        told = done[0]["result"]
        self.assertEqual([], told["problems"])
        actions = {action["name"]: action for action in told["actions"]}
        names = ["argo_app_sync", "my_action", "my_first_action", "pod_bash_enricher", "pod_change_monitor"]
        self.assertEqual(names, sorted(actions))
        self.assertEqual("PodEvent", actions["my_action"]["event"])
        self.assertIn("PodChangeEvent", actions["my_action"]["events"])
        self.assertIn("PrometheusKubernetesAlert", actions["my_action"]["events"])
        self.assertEqual(["bash_command"], actions["pod_bash_enricher"]["params"]["required"])
        self.assertEqual(["name", "namespace"], actions["my_action"]["by_hand"]["required"])
        self.assertIsNone(actions["pod_change_monitor"]["by_hand"])


if __name__ == "__main__":
    unittest.main()

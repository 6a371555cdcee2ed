"""A repository as a team writes one: several modules, helpers, nested parameters, threads, objects of Kubernetes."""

import copy
import os
import unittest
from typing import Any, Dict

from tests.engine import WithEngine, needs_pydantic, pod, pod_change, run

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "team_repository")
REPOSITORIES = [{"name": "team_playbooks", "folder": FOLDER}]
POD = "/api/v1/namespaces/shop/pods/web-1"


@needs_pydantic
class TeamTest(WithEngine):
    def run_action(self, name: str, params: Any, event: Dict[str, Any]) -> Dict[str, Any]:
        playbook = {"sinks": ["out"], "actions": [{"name": name, "params": params}]}
        return run({"repositories": REPOSITORIES, "event": event, "playbooks": [playbook]})

    def test_everything_is_found(self) -> None:
        from squall_worker import repository

        loaded = repository.load(REPOSITORIES)
        self.assertEqual([], loaded.problems)
        names = ["count_restarts", "debug_copy", "image_changed", "report_restarts", "say_who_is_hit"]
        self.assertEqual(names, sorted(loaded.actions._actions))
        told = repository.described(loaded.actions.get_action("report_restarts"))
        self.assertEqual("Tells of pods whose containers restart.", told["doc"])
        schema = told["params"]["properties"]
        self.assertEqual(("Containers that may restart.", ["sidecar"]), (schema["ignored_containers"]["description"], schema["ignored_containers"]["example"]))
        self.assertEqual({"$ref": "#/definitions/Webhook"}, schema["webhooks"]["items"])

    def test_restarts_are_told_once(self) -> None:
        self.engine.texts[POD + "/log"] = "broke"
        params = {"level": "high", "rate_limit": 60, "webhooks": [{"url": "http://x", "token": "t"}]}
        result = self.run_action("report_restarts", params, pod_change())
        (finding,) = result["findings"]["out"]
        self.assertEqual(("web-1 restarts", "HIGH", "shop"), (finding["title"], finding["severity"], finding["subject"]["namespace"]))
        table, log, buttons = [one["blocks"][0] for one in finding["enrichments"]]
        self.assertEqual(([["web", "4"]], "YnJva2U="), (table["rows"], log["contents"]))
        self.assertEqual("debug_copy", buttons["choices"]["Debug it"]["action"])
        self.assertEqual({}, self.run_action("report_restarts", params, pod_change())["findings"])

    def test_wrong_parameters_are_told_with_their_place(self) -> None:
        for params, expected in (
            ({"webhooks": [{"url": "ftp://x"}]}, "webhooks -> 0 -> url\n  must begin with http"),
            ({"level": "middle"}, "level\n  value is not a valid enumeration member; permitted: 'low', 'high'"),
            ({"least": 5, "most": "2"}, "__root__\n  least is more than most"),
            ({"ignored_containers": "x"}, "ignored_containers\n  value is not a valid list"),
        ):
            action = self.run_action("report_restarts", params, pod_change())["actions"][0]
            self.assertEqual(4602, action["error_code"])
            self.assertIn(expected, action["message"])

    def test_counts_are_kept(self) -> None:
        for _ in range(2):
            self.run_action("count_restarts", {"name": "mine"}, pod_change())
        self.assertEqual({"mine": {"by_pod": {"web-1": 2}}}, self.engine.stored)

    def test_a_copy_is_started(self) -> None:
        self.engine.objects[POD] = pod()
        event = {"type": "manual", "params": {"name": "web-1", "namespace": "shop"}}
        result = self.run_action("debug_copy", event["params"], event)
        text = result["findings"]["out"][0]["enrichments"][0]["blocks"][0]["text"]
        self.assertEqual("started *web-1-debug*, 1 differences", text)
        created = self.engine.objects[POD + "-debug"]
        self.assertEqual(["web", "debugger"], [one["name"] for one in created["spec"]["containers"]])
        self.assertEqual([{"name": "DEBUG", "value": "1"}], created["spec"]["containers"][0]["env"])
        self.assertNotIn("status", created)

    def test_alerts_and_changes(self) -> None:
        self.engine.objects[POD] = pod()
        alert = {
            "status": "firing", "startsAt": "2024-03-01T10:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "",
            "labels": {"alertname": "Down", "pod": "web-1", "namespace": "shop"}, "annotations": {},
        }
        hit = self.run_action("say_who_is_hit", None, {"type": "prometheus_alert", "alert": alert})
        self.assertEqual(["Down", "-", "web"], hit["findings"]["out"][0]["enrichments"][0]["blocks"][0]["items"])
        del self.engine.objects[POD]
        self.assertTrue(self.run_action("say_who_is_hit", None, {"type": "prometheus_alert", "alert": alert})["stopped"])
        new = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {
                "selector": {"matchLabels": {"a": "b"}},
                "template": {"spec": {"containers": [{"name": "web", "image": "web:2"}]}},
            },
        }
        old = copy.deepcopy(new)
        old["spec"]["template"]["spec"]["containers"][0]["image"] = "web:1"
        change = {"type": "kubernetes_change", "operation": "update", "kind": "Deployment", "api_version": "apps/v1"}
        result = self.run_action("image_changed", None, {**change, "obj": new, "old_obj": old})
        diff = result["findings"]["out"][0]["enrichments"][0]["blocks"][0]
        self.assertEqual(["RobustaDeployment.spec.template.spec.containers[0].image"], [one["formatted_path"] for one in diff["diffs"]])


if __name__ == "__main__":
    unittest.main()

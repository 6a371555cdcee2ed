"""Playbooks on one event come to the same findings and responses as with Robusta's engine."""

import importlib.util
import json
import unittest
from typing import Any, Dict

from tests import recorded
from tests.engine import WithEngine, needs_pydantic
from tests.test_playbooks import HEAD, WithRepository

WANTED: Dict[str, str] = {
}
"""Flows on which we mean to differ, and why."""


@needs_pydantic
@unittest.skipUnless(importlib.util.find_spec("yaml"), "PyYAML is not installed")
class FlowsTest(WithRepository, WithEngine):
    def test_all_is_as_recorded(self) -> None:
        document = recorded.document("flows")
        self.write("flows.py", HEAD + document["actions"])
        found = []
        for line in recorded.lines("flows"):
            ours = json.loads(json.dumps(self.outcome(document, line)))
            if (ours == line["expected"]) == (line["id"] in WANTED):
                text = "%s: %s\n    original: %s\n    ours:     %s"
                found.append(text % (line["id"], line["actions"], json.dumps(line["expected"]), json.dumps(ours)))
        self.assertFalse(found, "\n" + "\n".join(found))

    def outcome(self, document: Dict[str, Any], flow: Dict[str, Any]) -> Dict[str, Any]:
        from squall_worker.playbooks import Run

        global_config = flow.get("global_config", {})
        run = Run(
            {
                "repositories": self.repositories(),
                "event": recorded.snippets.event(document, flow),
                "context": global_config,
                "global_config": global_config,
            }
        )
        run.playbooks([self.playbook(one) for one in recorded.snippets.playbooks(flow)])
        told = {sink: list(map(recorded.snippets.facts, found)) for sink, found in run._findings.items() if found}
        return {"findings": told, "response": recorded.snippets.outline(run._response)}

    @staticmethod
    def playbook(written: Dict[str, Any]) -> Dict[str, Any]:
        """A playbook as Squall tells it to the worker."""
        ((trigger,),) = (list(one.values()) for one in written["triggers"])
        actions = [{"name": name, "params": params} for one in written["actions"] for name, params in one.items()]
        return {
            "sinks": written.get("sinks", ["a", "b"]),
            "change_filters": trigger.get("change_filters"),
            "stop": written["stop"],
            "actions": actions,
        }


if __name__ == "__main__":
    unittest.main()

"""Runs Robusta's own playbook actions, in Python, on Squall's packages, and compares what they find with what is recorded.

    python conformance/robusta_actions.py FOLDER [--show]

FOLDER holds Robusta's `playbooks`. The Python that runs it needs what these import, and freezegun. The cluster is that of the
recorder (`record/robusta_actions.py`); Squall's side of the calls that actions make is a few lines here.
"""

import http.client
import json
import logging
import os
import sys
import time
from collections import Counter
from typing import Any, Dict, List
from urllib.parse import urlencode, urlparse

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "record"), os.path.join(HERE, "..", "workers", "python")]
sys.dont_write_bytecode = True

import robusta_actions as recorder  # noqa: E402


DEFAULT_FILTERS = {
    "on_kubernetes_resource_operation": {
        "include": ["spec"],
        "ignore": ["status", "metadata.generation", "metadata.resourceVersion", "metadata.managedFields", "spec.replicas"],
    }
}
"""What triggers look at if nothing is said."""


DIFFERENT = {
    "node_cpu_enricher-01": "queries have fewer spaces",
    "node_cpu_enricher-02": "queries have fewer spaces",
    "pod_issue_investigator-03": "what all containers ask for counts, not only what is no processor and no memory",
    "pod_issue_investigator-04": "what all containers ask for counts, not only what is no processor and no memory",
    "pod_issue_investigator-09": "what all containers ask for counts, not only what is no processor and no memory",
}
"""What Squall means to do otherwise."""


class Squall:
    """Answers the calls of actions out of the recorder's cluster."""

    def __init__(self, address: str) -> None:
        self._place = urlparse(address).netloc

    def __call__(self, name: str, arguments: Dict[str, Any]) -> Any:
        return getattr(self, name)(**arguments)

    def kubernetes_request(self, method: str, path: str, query: Any, body: Any, content_type: Any = None) -> Any:
        connection = http.client.HTTPConnection(self._place)
        text = None if body is None else json.dumps(body)
        connection.request(method, path + ("?" + urlencode(query, doseq=True) if query else ""), text)
        answer = connection.getresponse()
        told = answer.read().decode()
        is_json = "json" in answer.headers["Content-Type"]
        body = json.loads(told) if is_json else told
        return {"code": answer.status, "reason": answer.reason, "headers": dict(answer.headers), "body": body}

    def kubernetes_exec(self, namespace: str, pod: str, container: Any, command: List[str], input: Any) -> Any:
        key = "exec %s/%s/%s %s" % (namespace, pod, container, command[-1])
        return {"output": recorder.WORLD.logs.get(key, ""), "exit_code": 0}

    def rate_limit(self, **told: Any) -> bool:
        return True

    def service_of(self, name: str, namespace: str) -> None:
        return None

    def persistent_get(self, name: str) -> None:
        return None

    def persistent_set(self, name: str, value: Any) -> None:
        return None


def main() -> int:
    """The exit code is 1 if anything differs."""
    from freezegun import api, freeze_time
    from kubernetes.client import ApiClient

    folder = os.path.join(os.path.abspath(sys.argv[1]), "playbooks")
    os.environ.update(TZ="UTC", INSTALLATION_NAMESPACE="robusta")
    address = "http://127.0.0.1:%d" % recorder.started(recorder.Server).server_port
    recorder.WORLD.elsewhere = "http://127.0.0.1:%d" % recorder.started(recorder.Outside).server_port
    from squall_worker import calls, kubernetes_client, playbooks, pydantic_one, repository

    pydantic_one.prepare()
    kubernetes_client.install()
    logging.disable()
    repositories = [{"name": "robusta_playbooks", "folder": folder}]
    known = {action.action_name for action in repository.load(repositories).actions._actions.values()}
    with open(os.path.join(HERE, "cases", "robusta_actions.yaml"), encoding="utf-8") as file:
        document = yaml.safe_load(file)
    with open(os.path.join(HERE, "recorded", "robusta_actions.jsonl"), encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    ApiClient.NATIVE_TYPES_MAPPING["datetime"] = api.FakeDatetime  # As it is called while time stands still.
    time.sleep = lambda seconds: None
    counts: Counter = Counter()
    for line in lines:
        if line["action"] not in known:
            counts["not one of Robusta's"] += 1
            continue
        recorder.WORLD.begin(line, document["objects"])
        with freeze_time("2026-05-01T12:00:00Z"), calls.answered_by(Squall(address)):
            found = _found(playbooks, repositories, line, document)
        expected = line["expected"]
        differences = [name for name in found if found[name] != expected.get(name)]
        if line["id"] in DIFFERENT:
            counts["meant to differ" if differences else "no longer differ"] += 1
            continue
        counts["differ" if differences else "equal"] += 1
        for name in differences:
            print(line["id"], name, line.get("note", ""))
            if "--show" in sys.argv:
                print("    recorded", json.dumps(expected.get(name), sort_keys=True))
                print("    found   ", json.dumps(found[name], sort_keys=True))
    print(dict(counts))
    return int(counts["differ"] + counts["no longer differ"] > 0)


def _found(playbooks: Any, repositories: Any, line: Dict[str, Any], document: Dict[str, Any]) -> Dict[str, Any]:
    before = [{"name": name, "params": params} for one in line.get("before", []) for name, params in one.items()]
    (trigger, told), = (line.get("trigger") or {"": {}}).items()
    params = json.loads(json.dumps(line.get("params", {})).replace("{outside}", recorder.WORLD.elsewhere))
    config = json.loads(json.dumps(document.get("global_config", {})).replace("{outside}", recorder.WORLD.elsewhere))
    playbook = {
        "sinks": recorder.SINKS,
        "change_filters": told.get("change_filters") or DEFAULT_FILTERS.get(trigger),
        "actions": [*before, {"name": line["action"], "params": params}],
    }
    done: List[Any] = []
    request = {"repositories": repositories, "event": line["event"], "playbooks": [playbook], "global_config": config}
    request["context"] = {"account_id": "account", "cluster_name": "test"}
    playbooks.carry_out(request, done.append)
    result = done[0]["result"]
    last = result["actions"][-1]
    findings = {sink: [recorder.told(one) for one in found] for sink, found in result["findings"].items()}
    found = {
        "error": None if last["success"] else {"code": last["error_code"]},
        "findings": findings,
        "stopped": result["stopped"],
        "changes": list(recorder.WORLD.changes) or None,
        "sent": list(recorder.WORLD.sent) or None,
    }
    return json.loads(json.dumps(found).replace(recorder.WORLD.elsewhere, "{outside}"))


if __name__ == "__main__":
    sys.exit(main())

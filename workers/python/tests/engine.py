"""Stands in for Squall: answers what actions ask, out of a cluster that is a few objects."""

import logging
import unittest
from typing import Any, Dict, List, Optional, Tuple
from urllib.parse import unquote

from squall_worker import calls, pydantic_one

# Squall shows what actions log; tests look at it where they care.
logging.getLogger().addHandler(logging.NullHandler())

HAS_PYDANTIC = pydantic_one.is_there()
needs_pydantic = unittest.skipUnless(HAS_PYDANTIC, "pydantic 1.10 is not installed")

_NOT_FOUND = {"code": 404, "reason": "Not Found", "headers": {}, "body": {"kind": "Status", "code": 404}}


class Engine:
    """Remembers what it was asked, as `(name, arguments)`."""

    def __init__(self) -> None:
        self.objects: Dict[str, Any] = {}
        self.lists: Dict[str, List[Any]] = {}
        self.texts: Dict[str, str] = {}
        self.outputs: Dict[str, str] = {}
        self.stored: Dict[str, Any] = {}
        self.services: Dict[Tuple[str, str], Any] = {}
        self.next: List[Any] = []
        self.asked: List[Tuple[str, Dict[str, Any]]] = []
        self.limits: Dict[str, float] = {}
        self.now = 1000.0

    def __call__(self, name: str, arguments: Dict[str, Any]) -> Any:
        self.asked.append((name, arguments))
        return getattr(self, "_" + name)(**arguments)

    def asked_for(self, name: str) -> List[Dict[str, Any]]:
        """The arguments of all calls of that name."""
        return [arguments for asked, arguments in self.asked if asked == name]

    def _kubernetes_request(
        self, method: str, path: str, query: Dict[str, Any], body: Any, content_type: Optional[str] = None
    ) -> Any:
        path = unquote(path)
        if path in self.texts:
            return _answer(self.texts[path])
        if path in self.lists and method == "GET":
            kind = "%sList" % (self.lists[path][0]["kind"] if self.lists[path] else "Event")
            version = self.lists[path][0]["apiVersion"] if self.lists[path] else "events.k8s.io/v1"
            return _answer({"kind": kind, "apiVersion": version, "items": self.lists[path]})
        if method == "POST":
            name = body["metadata"]["name"]
            self.objects["%s/%s" % (path, name)] = body
            return _answer(body, 201)
        if path not in self.objects:
            return _NOT_FOUND
        if method == "DELETE":
            return _answer(self.objects.pop(path))
        if method in ("PUT", "PATCH") and isinstance(body, dict):
            self.objects[path] = {**self.objects[path], **body}
        return _answer(self.objects[path])

    def _kubernetes_exec(self, namespace: str, pod: str, container: str, command: List[str], input: Any) -> Any:
        return {"output": self.outputs.get(command[-1], ""), "exit_code": 0}

    def _rate_limit(self, operation: str, id: str, period_seconds: float) -> bool:
        last = self.limits.get(operation + id)
        if last is not None and self.now - last <= period_seconds:
            return False
        self.limits[operation + id] = self.now
        return True

    def _persistent_get(self, name: str) -> Any:
        return self.stored.get(name)

    def _persistent_set(self, name: str, value: Any) -> None:
        self.stored[name] = value

    def _service_of(self, name: str, namespace: str) -> Optional[Any]:
        return self.services.get((namespace, name))

    def _next_playbooks(self, **so_far: Any) -> Any:
        return self.next.pop(0) if self.next else None

    def _schedule_action(self, **arguments: Any) -> None:
        pass

    def _emit_event(self, **arguments: Any) -> None:
        pass


def _answer(body: Any, code: int = 200) -> Dict[str, Any]:
    return {"code": code, "reason": "OK", "headers": {}, "body": body}


class WithEngine(unittest.TestCase):
    """A test with an engine of its own."""

    def setUp(self) -> None:
        self.engine = Engine()
        stand_in = calls.answered_by(self.engine)
        stand_in.__enter__()
        self.addCleanup(stand_in.__exit__, None, None, None)


def run(request: Dict[str, Any]) -> Dict[str, Any]:
    """The result of a request to run playbooks."""
    from squall_worker import playbooks

    done: List[Dict[str, Any]] = []
    playbooks.carry_out(request, done.append)
    return done[0]["result"]


def pod(**changes: Any) -> Dict[str, Any]:
    """A pod that crashes."""
    found = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web-1", "namespace": "shop", "labels": {"app": "web"}},
        "spec": {"nodeName": "node-1", "containers": [{"name": "web", "image": "web:1"}]},
        "status": {
            "phase": "Running",
            "containerStatuses": [
                {
                    "name": "web",
                    "image": "web:1",
                    "imageID": "",
                    "ready": False,
                    "restartCount": 4,
                    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                    "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
                }
            ],
        },
    }
    found.update(changes)
    return found


def pod_change(operation: str = "update", **changes: Any) -> Dict[str, Any]:
    """The event of its change."""
    return {
        "type": "kubernetes_change",
        "operation": operation,
        "kind": "Pod",
        "api_version": "v1",
        "description": "",
        "obj": pod(**changes),
        "old_obj": pod(spec={"containers": [{"name": "web", "image": "web:0"}]}) if operation == "update" else None,
    }

"""Records what Robusta's own actions find: `robusta_actions.jsonl`. Needs the source of Robusta on the path.

    PYTHONPATH=<folder of robusta>/src:<folder of robusta>/playbooks python conformance/record/robusta_actions.py

An API server that is only data answers the actions: objects by name, lists with selectors, logs. What they ask to be
changed is noted and answered. Findings are written as Squall's Python side writes them.
"""

import base64
import importlib.util
import json
import os
import re
import sys
import tempfile
import threading
import types
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.path.dirname(HERE)
WORKER = os.path.join(os.path.dirname(HOME), "workers", "python")
SINKS = ["a", "b"]
LISTED = {
    "pods": "Pod",
    "nodes": "Node",
    "services": "Service",
    "deployments": "Deployment",
    "daemonsets": "DaemonSet",
    "statefulsets": "StatefulSet",
    "replicasets": "ReplicaSet",
    "jobs": "Job",
    "events": "Event",
    "apiservices": "APIService",
    "horizontalpodautoscalers": "HorizontalPodAutoscaler",
}


class World:
    """The cluster of the case that runs, and what was asked of it."""

    def __init__(self):
        self.objects, self.logs, self.answers, self.changes, self.sent, self.outside = [], {}, {}, [], [], {}

    def begin(self, case, objects):
        self.objects = [objects[name] if isinstance(name, str) else name for name in case.get("cluster", [])]
        self.logs, self.answers, self.changes = case.get("logs", {}), case.get("answers", {}), []
        self.outside, self.sent = case.get("outside", {}), []


WORLD = World()


class Server(BaseHTTPRequestHandler):
    """Answers as an API server does, as far as the actions ask."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        place = urlparse(self.path)
        query = {name: values[-1] for name, values in parse_qs(place.query).items()}
        log = re.fullmatch(r"/api/v1/namespaces/([^/]+)/pods/([^/]+)/log", place.path)
        if log:
            return self.log("/".join(log.groups()), query)
        return self.read(place.path, query)

    def do_PATCH(self):
        self.change("PATCH")

    def do_POST(self):
        self.change("POST")

    def do_PUT(self):
        self.change("PUT")

    def do_DELETE(self):
        self.change("DELETE")

    def log(self, pod, query):
        name = "%s/%s" % (pod, query.get("container"))
        if query.get("previous", "").lower() == "true":
            name += "/previous"
        if name not in WORLD.logs:
            return self.refuse(400 if pod in {key.rsplit("/", 1)[0] for key in WORLD.logs} else 404)
        self.answer(200, WORLD.logs[name].encode(), "text/plain")

    def read(self, path, query):
        version, namespace, plural, name = parts(path)
        kind = LISTED.get(plural)
        if kind is None:
            return self.refuse(404)
        of_kind = [one for one in WORLD.objects if one["kind"] == kind and is_in(one, namespace)]
        if name:
            found = [one for one in of_kind if one["metadata"]["name"] == name]
            return self.answer_json(200, found[0]) if found else self.refuse(404)
        found = [one for one in of_kind if is_selected(one, query)]
        self.answer_json(200, {"kind": kind + "List", "apiVersion": version, "metadata": {}, "items": found})

    def change(self, method):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        path = urlparse(self.path).path
        answer = WORLD.answers.get(method + " " + path, {})
        WORLD.changes.append({"method": method, "path": path, "body": json.loads(body) if body else None})
        if answer.get("status", 200) >= 300:
            return self.refuse(answer["status"])
        _, namespace, plural, name = parts(path)
        found = [one for one in WORLD.objects if is_in(one, namespace) and one["metadata"]["name"] == name]
        self.answer_json(200, found[0] if found else {})

    def refuse(self, status):
        reason = {400: "BadRequest", 404: "NotFound", 429: "TooManyRequests", 500: "InternalError"}[status]
        self.answer_json(status, {"kind": "Status", "code": status, "reason": reason, "message": reason.lower()})

    def answer_json(self, status, value):
        self.answer(status, json.dumps(value).encode(), "application/json")

    def answer(self, status, body, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Outside(BaseHTTPRequestHandler):
    """Stands for everybody else: Prometheus, and whoever is posted to."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path == "/api/v1/query" and "query=example" in body:
            return self.answer(200, '{"status": "success", "data": {"resultType": "vector", "result": []}}')
        kept = {name: self.headers[name] for name in ("Content-Type", "X-Own", "Authorization") if self.headers.get(name)}
        form = parse_qs(body, keep_blank_values=True) if self.path.startswith("/api/v1/") else None
        WORLD.sent.append({"method": self.command, "path": self.path, "headers": kept, "body": form or body})
        answer = WORLD.outside
        self.answer(answer.get("status", 200), json.dumps(answer["json"]) if "json" in answer else answer.get("text", ""))

    do_POST = do_PUT = do_GET

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def parts(path):
    """The version, namespace, plural and name in a path."""
    found = re.fullmatch(r"/(?:api|apis)/((?:[^/]+/)?v[^/]*)(?:/namespaces/([^/]+))?/([^/]+)(?:/([^/]+))?(?:/.*)?", path)
    return found.groups() if found else (None, None, None, None)


def is_in(one, namespace):
    return namespace is None or one["metadata"].get("namespace") == namespace


def is_selected(one, query):
    for part in filter(None, query.get("fieldSelector", "").split(",")):
        path, operator, wanted = re.fullmatch(r"([^=!]+)(=|==|!=)([^=]*)", part).groups()
        value = one
        for word in path.split("."):
            value = (value or {}).get(word)
        if ((value or "") == wanted) == (operator == "!="):
            return False
    labels = one["metadata"].get("labels") or {}
    pairs = [part.strip().split("=") for part in filter(None, query.get("labelSelector", "").split(","))]
    return all(labels.get(name) == value for name, value in pairs)


def started(handler):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def serve():
    """Starts the server and makes Robusta's client ask it."""
    WORLD.elsewhere = "http://127.0.0.1:%d" % started(Outside).server_port
    server = started(Server)
    address = "http://127.0.0.1:%d" % server.server_port
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": address}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as file:
        yaml.safe_dump(config, file)
    os.environ["KUBECONFIG"] = file.name


def load_neutral():
    """Squall's writer of findings, over Robusta's own classes."""
    from robusta.core.reporting import callbacks

    sys.path.append(WORKER)
    given = types.ModuleType("robusta.core.reporting.given")
    given.GivenBlock = type("GivenBlock", (), {})
    sys.modules["robusta.core.reporting.given"] = given
    callbacks.callback_params = lambda choice: choice.action_params.dict() if choice.action_params else {}
    path = os.path.join(WORKER, "robusta", "core", "reporting", "neutral.py")
    spec = importlib.util.spec_from_file_location("squall_neutral", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    serve()
    os.environ.update(TZ="UTC", INSTALLATION_NAMESPACE="robusta")
    from robusta.patch.patch import create_monkey_patches

    create_monkey_patches()
    neutral = load_neutral()
    no_waiting()
    freeze()
    with open(os.path.join(HOME, "cases", "robusta_actions.yaml"), encoding="utf-8") as file:
        document = yaml.safe_load(file)
    with open(os.path.join(HOME, "recorded", "robusta_actions.jsonl"), "w", encoding="utf-8") as out:
        for group in document["groups"]:
            for number, case in enumerate(group["cases"], start=1):
                case = {"action": group["action"], **case}
                line = {"id": "%s-%02d" % (group["action"], number), **case}
                line["event"] = event_of(case, document["objects"])
                line["cluster"] = [
                    document["objects"][name] if isinstance(name, str) else name for name in case.get("cluster", [])
                ]
                line["expected"] = record(neutral, line, document)
                out.write(json.dumps(line, ensure_ascii=False) + "\n")


def no_waiting():
    """What waits for a pod or for a second try does not, and commands are answered by the case."""
    import time

    from robusta.integrations.kubernetes import custom_models

    time.sleep = lambda seconds: None

    def run(name, command, namespace="default", container=None):
        return WORLD.logs.get("exec %s/%s/%s %s" % (namespace, name, container, command), "")

    custom_models.exec_shell_command = run


def freeze():
    """It is always noon on the first of May 2026."""
    import datetime

    from robusta.core.playbooks import container_playbook_utils, node_playbook_utils, prometheus_enrichment_utils
    from robusta.core.reporting import base
    from robusta.integrations.resource_analysis import prometheus_analyzer
    from robusta_playbooks import alerts_integration, oom_killer, pod_enrichments, pod_investigator_enricher, workload_actions

    class Frozen(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 5, 1, 12, tzinfo=tz)

        @classmethod
        def utcnow(cls):
            return cls(2026, 5, 1, 12)

    prometheus_analyzer.datetime = oom_killer.datetime = Frozen
    for module in (container_playbook_utils, node_playbook_utils, prometheus_enrichment_utils, pod_enrichments):
        module.datetime = Frozen
    base.current_utc_timestamp = lambda: Frozen.now(datetime.timezone.utc)
    alerts_integration.datetime = Frozen
    pod_investigator_enricher.datetime = types.SimpleNamespace(datetime=Frozen, timedelta=datetime.timedelta)
    workload_actions.datetime = types.SimpleNamespace(datetime=Frozen)


def event_of(case, objects):
    """What happened, as JSON; the names of objects stand for them."""
    event = dict(case["event"])
    for name in ("obj", "old_obj"):
        if isinstance(event.get(name), str):
            event[name] = objects[event[name]]
    if event["type"] == "kubernetes_change":
        event = {"operation": "update", "kind": event["obj"]["kind"], "api_version": event["obj"]["apiVersion"], **event}
    return event


def record(neutral, line, document):
    """What the original makes of one case."""
    WORLD.begin(line, document["objects"])
    from robusta.core.playbooks.actions_registry import Action

    event = make(line["event"], line.get("trigger"))
    event.named_sinks = list(SINKS)
    if line.get("trigger"):
        diffs = [neutral._detail(one) for one in event.filtered_diffs]
        line["filtered"] = {"obj": event.obj_filtered.to_dict(), "old_obj": None, "diffs": diffs}
        if event.old_obj_filtered is not None:
            line["filtered"]["old_obj"] = event.old_obj_filtered.to_dict()
    for one in line.get("before", []):
        (name, params), = one.items()
        call(action_named(name), event, params)
    WORLD.changes.clear()
    action = action_named(line["action"])
    given = {**document.get("global_config", {}), **line.get("params", {})}
    given = json.loads(json.dumps(given).replace("{outside}", WORLD.elsewhere))
    expected = {"error": None}
    try:
        call(action, event, given)
    except Exception as error:
        expected["error"] = {"code": code(error)}
    expected["findings"] = {
        sink: [told(neutral.finding(one)) for one in found] for sink, found in event.sink_findings.items()
    }
    expected["stopped"] = bool(event.stop_processing)
    if WORLD.changes:
        expected["changes"] = list(WORLD.changes)
    if WORLD.sent:
        expected["sent"] = list(WORLD.sent)
    return json.loads(json.dumps(expected).replace(WORLD.elsewhere, "{outside}"))


def code(error):
    """The number that Robusta answers with."""
    from pydantic import ValidationError

    return 4602 if isinstance(error, ValidationError) else getattr(error, "code", 4700)


def action_named(name):
    import pkgutil

    import robusta_playbooks

    for module in pkgutil.iter_modules(robusta_playbooks.__path__, "robusta_playbooks."):
        found = getattr(importlib.import_module(module.name), name, None)
        if hasattr(found, "_action_name"):
            return found
    raise SystemExit("there is no action %s" % name)


def call(action, event, params):
    from robusta.core.playbooks.actions_registry import Action

    params_type = Action(action).params_type
    if params_type is None:
        return action(event)
    made = params_type(**params)
    made.post_initialization()
    return action(event, made)


def make(event, trigger):
    """The event that actions get."""
    from collections import defaultdict

    from robusta.core.model.events import ExecutionContext

    made = {"kubernetes_change": change, "prometheus_alert": alert, "manual": manual}
    made.update(schedule=schedule, helm_release=helm_release)
    made = made[event["type"]](event, trigger)
    made.response = {"success": True}
    # Events of releases are no dataclass, and have no members until they are given some.
    if "sink_findings" not in vars(made):
        made.sink_findings = defaultdict(list)
    made.set_context(ExecutionContext(account_id="account", cluster_name="test"))
    return made


def change(event, trigger):
    from collections import defaultdict

    from robusta.core.playbooks.trigger import Trigger
    from robusta.integrations.kubernetes.base_triggers import IncomingK8sEventPayload, K8sTriggerEvent

    payload = IncomingK8sEventPayload(
        operation=event["operation"],
        kind=event["kind"],
        apiVersion=event["api_version"],
        clusterUid="x",
        description="",
        obj=event["obj"],
        oldObj=event.get("old_obj"),
    )
    name = {"Event": "on_event_all_changes"}.get(event["kind"], "on_kubernetes_any_resource_all_changes")
    trigger = Trigger(**(trigger or {name: {}})).get()
    told = K8sTriggerEvent(k8s_payload=payload)
    context = {}
    assert trigger.should_fire(told, "playbook", context), "the trigger does not fire"
    made = trigger.build_execution_event(told, defaultdict(list), context)
    trigger.check_change_filters(made)
    return made


def alert(event, trigger):
    from collections import defaultdict

    from robusta.integrations.prometheus.models import PrometheusAlert
    from robusta.integrations.prometheus.trigger import PrometheusAlertTrigger, PrometheusTriggerEvent

    told = PrometheusTriggerEvent(alert=PrometheusAlert(**event["alert"]))
    return PrometheusAlertTrigger().build_execution_event(told, defaultdict(list), {})


def schedule(event, trigger):
    from robusta.integrations.scheduled.event import ScheduledExecutionEvent

    return ScheduledExecutionEvent(recurrence=event.get("recurrence", 0))


def helm_release(event, trigger):
    from robusta.core.model.helm_release import HelmRelease
    from robusta.core.triggers.helm_releases_triggers import HelmReleasesEvent

    return HelmReleasesEvent(helm_release=HelmRelease(**event["release"]))


def manual(event, trigger):
    from robusta.core.model.events import ExecutionBaseEvent, ExecutionEventBaseParams

    return ExecutionBaseEvent.from_params(ExecutionEventBaseParams())


def told(finding):
    """A finding without its id, and with text where it has files."""
    finding.pop("id")
    for enrichment in finding["enrichments"]:
        for block in enrichment["blocks"]:
            for name in ("old", "new"):
                if block["block"] == "KubernetesDiffBlock":
                    block[name] = bool(block[name])
            if block["block"] in ("FileBlock", "GraphBlock"):
                contents = block.pop("contents")
                if block["filename"].endswith(".svg"):
                    continue
                block["text"] = base64.b64decode(contents).decode()
    return finding


if __name__ == "__main__":
    main()

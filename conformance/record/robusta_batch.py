"""Records whole flows of playbooks: `robusta_batch.jsonl`. Needs the source of Robusta on the path.

    PYTHONPATH=<folder of robusta>/src:<folder of robusta>/playbooks python conformance/record/robusta_batch.py [FILE.jsonl]

A line is what `squall playbook test --batch` reads, and is answered as it answers. With a file, its lines are answered on
standard output. Each line has a process of its own, so that nothing of one is seen by the next. Robusta loads the
playbooks as it does from its file; the cluster is an API server that is only data; time stands still at each event's `at`;
sinks note what they are given in place of sending it.
"""

import copy
import datetime
import json
import logging
import os
import re
import sys
import tempfile
import threading
import time
import traceback
import types
import warnings
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.path.dirname(HERE)
sys.path.insert(0, HERE)

import robusta_actions as actions  # noqa: E402
import robusta_triggers as triggers  # noqa: E402

UTC = datetime.timezone.utc
START = datetime.datetime(2026, 5, 1, 12, tzinfo=UTC)
KINDS = {
    **actions.LISTED,
    "namespaces": "Namespace",
    "configmaps": "ConfigMap",
    "secrets": "Secret",
    "ingresses": "Ingress",
    "serviceaccounts": "ServiceAccount",
    "persistentvolumes": "PersistentVolume",
    "persistentvolumeclaims": "PersistentVolumeClaim",
    "networkpolicies": "NetworkPolicy",
}
LONGEST_ERROR = 300
INTERNAL = -1  # the number of the playbook that Robusta adds


def main():
    """Answers a file, or records the cases."""
    prepare()
    if len(sys.argv) > 1:
        with open(sys.argv[1], encoding="utf-8") as file:
            for text in filter(str.strip, file):
                print(json.dumps(answered(json.loads(text)), ensure_ascii=False), flush=True)
        return
    with open(os.path.join(HOME, "recorded", "robusta_batch.jsonl"), "w", encoding="utf-8") as out:
        for case, about in cases():
            line = {"id": case["id"], "input": case, "output": answered(case), **about}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


# The cases


def cases():
    """The lines of the file of cases, written out."""
    objects = {}
    alerts = {}
    for name in ("robusta_actions", "robusta_batch"):
        with open(os.path.join(HOME, "cases", name + ".yaml"), encoding="utf-8") as file:
            document = yaml.safe_load(file)
        objects.update(document["objects"])
        alerts.update({name: told["alert"] for name, told in document.get("events", {}).items()})
    for group in document["groups"]:
        for number, told in enumerate(group["cases"], start=1):
            told = {**group.get("all", {}), **told}
            about = {name: told.pop(name) for name in ("note", "differs") if name in told}
            case = {"id": "%s-%02d" % (group["name"], number), "playbooks": told["playbooks"]}
            case["sinks"] = [sink(one) for one in told.get("sinks", ["main"])]
            case["events"] = [event(objects, alerts, one) for one in told["events"]]
            for name in ("logs", "env", "global_config"):
                if name in told:
                    case[name] = told[name]
            if "cluster" in told:
                case["cluster"] = [aged(named(objects, one)) for one in told["cluster"]]
            yield json.loads(json.dumps(case)), about


def sink(told):
    """A sink; a name or bare settings stand for a webhook."""
    if isinstance(told, str):
        told = {"name": told}
    if "name" not in told or "webhook_sink" in told:
        return told
    return {"webhook_sink": {"url": "http://127.0.0.1:9/" + told["name"], **told}}


def event(objects, alerts, told):
    """An event; `at` counts seconds from the start."""
    told = dict(told)
    at = told.pop("at", 0)
    if not isinstance(at, str):
        at = (START + datetime.timedelta(seconds=at)).isoformat().replace("+00:00", "Z")
    if told.pop("seconds", False):
        at = datetime.datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp()
    if "alert" in told:
        return {"at": at, "alert": alert(alerts, told)}
    if "body" in told:
        body = {"version": "4", "groupKey": "g", "receiver": "robusta", "status": "firing", "externalURL": "http://am"}
        body["alerts"] = [alert(alerts, one) for one in told["body"]]
        return {"at": at, "alert": {**body, **told.get("set", {})}}
    if "kubernetes" in told or "manual" in told:
        return {"at": at, **told}
    return {"at": at, "kubernetes": change(objects, told)}


def alert(alerts, told):
    base = told["alert"]
    return triggers.edited(alerts[base] if isinstance(base, str) else base, told)


def change(objects, told):
    """A change of an object: its new and its old form, or as kubewatch tells it if it is `told`."""
    base = named(objects, told["obj"])
    obj = triggers.edited(base, told)
    operation = told.get("operation", "update")
    old = None
    if operation == "update" and "old" not in told:
        old = copy.deepcopy(base)
    elif told.get("old") is not None:
        old = triggers.edited(named(objects, told["old"].get("obj", told["obj"])), told["old"])
    if not told.get("kubewatch"):
        return {"operation": operation, "obj": obj, "oldObj": old}
    about = {"kind": obj["kind"], "apiVersion": obj["apiVersion"], "clusterUid": "c", "description": "d"}
    about.update({name: told[name] for name in ("kind", "apiVersion") if name in told})
    return {"operation": operation, **about, "obj": obj, "oldObj": old}


def named(objects, one):
    return copy.deepcopy(objects[one]) if isinstance(one, str) else one


def aged(one):
    """An object of a cluster has come at some time."""
    one = copy.deepcopy(one)
    one["metadata"].setdefault("creationTimestamp", "2026-05-01T08:00:00Z")
    return one


# The world of a line


class World:
    """The cluster of the line that runs, what is asked of it, and what its sinks were given."""

    def __init__(self):
        self.now = START
        self.objects, self.logs, self.changes = [], {}, []
        self.told, self.fired, self.faults = {}, [], []
        self.playbooks, self.playbook, self.action = {}, None, None

    def turn(self, at):
        """An event begins."""
        self.now = moment(at)
        self.changes, self.told, self.fired, self.faults = [], {}, [], []
        self.playbook = self.action = None

    def fault(self, what):
        if self.playbook != INTERNAL:
            self.faults.append({"playbook": self.playbook, "action": self.action, **what})


WORLD = World()


def moment(at):
    if isinstance(at, (int, float)):
        return datetime.datetime.fromtimestamp(at, UTC)
    return datetime.datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone(UTC)


class Server(actions.Server):
    """An API server over the objects of the line; what is changed is changed."""

    def do_GET(self):
        place = urlparse(self.path)
        query = {name: values[-1] for name, values in parse_qs(place.query).items()}
        log = re.fullmatch(r"/api/v1/namespaces/([^/]+)/pods/([^/]+)/log", place.path)
        return self.log("/".join(log.groups()), query) if log else self.read(place.path, query)

    def log(self, pod, query):
        namespace, name = pod.split("/")
        if pod not in WORLD.logs and not found("Pod", namespace, name):
            return self.refuse(404)
        lines = WORLD.logs.get(pod, "").splitlines(keepends=True)
        if query.get("tailLines"):
            lines = lines[-int(query["tailLines"]) :]
        self.answer(200, "".join(lines).encode(), "text/plain")

    def read(self, path, query):
        version, namespace, plural, name = actions.parts(path)
        kind = KINDS.get(plural)
        if kind is None:
            return self.refuse(404)
        if name:
            one = found(kind, namespace, name)
            return self.answer_json(200, one) if one else self.refuse(404)
        items = [one for one in WORLD.objects if one["kind"] == kind and actions.is_in(one, namespace)]
        items = sorted(filter(lambda one: actions.is_selected(one, query), items), key=place)
        self.answer_json(200, {"kind": kind + "List", "apiVersion": version, "metadata": {}, "items": items})

    def change(self, method):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"null")
        path = urlparse(self.path).path
        WORLD.changes.append("%s %s" % (method, path))
        _, namespace, plural, name = actions.parts(path)
        one = found(KINDS.get(plural), namespace, name)
        if method == "POST":
            if not name:
                WORLD.objects.append(body)
            return self.answer_json(201, body)
        if one is None:
            return self.refuse(404)
        if method == "DELETE":
            WORLD.objects.remove(one)
        if method == "PUT":
            one.clear()
        if method in ("PUT", "PATCH") and isinstance(body, dict):
            merge(one, body)
        self.answer_json(200, one)


def place(one):
    """Where an object stands in a list: as etcd has them."""
    metadata = one["metadata"]
    return metadata.get("namespace") or "", metadata["name"]


def found(kind, namespace, name):
    for one in WORLD.objects:
        if one["kind"] == kind and actions.is_in(one, namespace) and one["metadata"]["name"] == name:
            return one
    return None


def merge(one, patch):
    """What a merge patch makes of an object."""
    for name, value in patch.items():
        if value is None:
            one.pop(name, None)
        elif isinstance(value, dict) and isinstance(one.get(name), dict):
            merge(one[name], value)
        else:
            one[name] = value


# Robusta, made ready


NEUTRAL = None
SERVER = None


def prepare():
    """Loads Robusta with its own playbooks, and puts what notes in the place of what sends."""
    global NEUTRAL, SERVER
    os.environ.update(TZ="UTC", INSTALLATION_NAMESPACE="robusta", ENABLE_TELEMETRY="false")
    time.tzset()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    SERVER = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    reach("http://127.0.0.1:%d" % SERVER.server_port)
    from robusta.patch.patch import create_monkey_patches

    create_monkey_patches()
    from cachetools import TTLCache

    NEUTRAL = actions.load_neutral()
    from robusta.core.playbooks.actions_registry import ActionsRegistry
    from robusta.runner.config_loader import ConfigLoader
    from robusta.runner.web import Web

    for package in ("robusta.core.playbooks.internal", "robusta_playbooks"):
        ConfigLoader._ConfigLoader__import_playbooks_package(ActionsRegistry(), package)
    seen = Web.processed_alerts_cache
    Web.processed_alerts_cache = TTLCache(seen.maxsize, seen.ttl, timer=lambda: WORLD.now.timestamp())
    stop_clocks()
    watch_handler()
    watch_sinks()


def reach(address):
    """Makes Robusta's client ask the server."""
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


class OfTheWorld(type(datetime.datetime)):
    """Every moment is one of this class, as it would be of the real one."""

    def __instancecheck__(cls, one):
        return isinstance(one, datetime.datetime)


class Clock(datetime.datetime, metaclass=OfTheWorld):
    """A clock that stands where the event is."""

    @classmethod
    def now(cls, tz=None):
        return WORLD.now.astimezone(tz) if tz else WORLD.now.replace(tzinfo=None)

    @classmethod
    def utcnow(cls):
        return WORLD.now.replace(tzinfo=None)


def stop_clocks():
    """All of Robusta looks at our clock, and never waits."""
    whole = types.ModuleType("datetime")
    vars(whole).update({name: value for name, value in vars(datetime).items() if not name.startswith("__")})
    whole.datetime = Clock
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] not in ("robusta", "robusta_playbooks"):
            continue
        for member, value in list(vars(module).items()):
            if value is datetime.datetime:
                setattr(module, member, Clock)
            elif value is datetime:
                setattr(module, member, whole)
    time.time = lambda: WORLD.now.timestamp()
    time.sleep = lambda seconds: None


def watch_handler():
    """Notes which playbooks run, and what goes wrong with them."""
    from robusta.core.playbooks.actions_registry import ActionsRegistry
    from robusta.core.playbooks.playbooks_event_handler_impl import PlaybooksEventHandlerImpl as Handler

    asked = Handler._PlaybooksEventHandlerImpl__get_fired_trigger
    run = Handler._PlaybooksEventHandlerImpl__run_playbook_actions
    refuse = Handler._PlaybooksEventHandlerImpl__error_resp
    get = ActionsRegistry.get_action

    def ask_noted(cls, event, its_triggers, *others):
        WORLD.playbook, WORLD.action = WORLD.playbooks[id(its_triggers)], None
        return asked(event, its_triggers, *others)

    def run_noted(self, execution_event, its_actions):
        if WORLD.playbook not in (None, INTERNAL):
            WORLD.fired.append(WORLD.playbook)
        return run(self, execution_event, its_actions)

    def refuse_noted(cls, msg, error_code, log=True):
        WORLD.fault({"code": error_code})
        return refuse(msg, error_code, log)

    def get_noted(self, name):
        WORLD.action = name
        return get(self, name)

    Handler._PlaybooksEventHandlerImpl__get_fired_trigger = classmethod(ask_noted)
    Handler._PlaybooksEventHandlerImpl__run_playbook_actions = run_noted
    Handler._PlaybooksEventHandlerImpl__error_resp = classmethod(refuse_noted)
    ActionsRegistry.get_action = get_noted


def watch_sinks():
    """Sinks that note findings; a Slack sink still groups them, and what it keeps back is marked."""
    from robusta.core.sinks.sink_base import SinkBase
    from robusta.core.sinks.sink_factory import SinkFactory
    from robusta.core.sinks.slack.slack_sink import SlackSink

    class Noting(SinkBase):
        def write_finding(self, finding, platform_enabled):
            note_finding(self, finding)

    class Grouping(SlackSink):
        def __init__(self, params, registry):
            SinkBase.__init__(self, params, registry)
            self.slack_sender = Sender()
            self.slack_channel = params.slack_channel

        def write_finding(self, finding, platform_enabled):
            noted = note_finding(self, finding)
            self.slack_sender.sent = False
            super().write_finding(finding, platform_enabled)
            if not self.slack_sender.sent:
                noted["kept_back"] = True

    class Sender:
        def send_finding_to_slack(self, *given, **named):
            self.sent = True

        def send_or_update_summary_message(self, *given, **named):
            return "1"

    def create(config, registry):
        kind = Grouping if "slack" in type(config).__name__.lower() else Noting
        return kind(config.get_params(), registry)

    SinkFactory.create_sink = create


def note_finding(sink, finding):
    noted = brief(NEUTRAL.finding(finding))
    WORLD.told.setdefault(sink.sink_name, []).append(noted)
    return noted


# What is told of a finding


def brief(finding):
    """A finding as `squall playbook test` tells it."""
    names = ("title", "description", "severity", "source", "type", "aggregation_key", "fingerprint", "subject")
    told = {name: finding[name] for name in names}
    told["enrichments"] = [
        {
            "type": one["type"],
            "title": one["title"],
            "annotations": one["annotations"],
            "blocks": [block(each) for each in one["blocks"]],
        }
        for one in finding["enrichments"]
    ]
    if finding["links"]:
        told["links"] = finding["links"]
    return told


def block(given):
    """A block: its class, its text, and the cells of a table or the name of a file."""
    kind = given["block"]
    told = {"type": kind, "text": text(kind, given)}
    if "rows" in given:
        told.update(headers=given["headers"], rows=given["rows"])
    if "filename" in given:
        told["filename"] = given["filename"]
    return told


def text(kind, given):
    """What there is to read in a block."""
    import base64

    if "rows" in given:
        lines = [given["table_name"]] if given.get("table_name") else []
        lines += [" | ".join(row) for row in [given["headers"], *given["rows"]]]
        return "\n".join(lines)
    if kind == "ListBlock":
        return "\n".join(given["items"])
    if kind == "JsonBlock":
        return given["json_str"]
    if kind == "LinksBlock":
        return "\n".join("%s: %s" % (one["text"], one["url"]) for one in given["links"])
    if kind == "CallbackBlock":
        return "\n".join(given["choices"])
    if kind == "KubernetesDiffBlock":
        return "\n".join(map(difference, given["diffs"]))
    if kind == "FileBlock" and given["filename"].endswith((".txt", ".log", ".yaml", ".json")):
        return base64.b64decode(given["contents"]).decode("utf-8", "replace")
    return given.get("text") or ""


def difference(one):
    """A line that says where, what it was and what it is."""
    values = (one["other_value"], one["value"])
    texts = [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in values]
    return "%s: %s => %s" % (one["formatted_path"], *texts)


# A line


def answered(line):
    """The answer to one line, made in a process of its own."""
    read, write = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            with os.fdopen(write, "w", encoding="utf-8") as out:
                json.dump(answer(copy.deepcopy(line)), out)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as given:
        told = json.load(given)
    os.waitpid(child, 0)
    return told


def answer(line):
    """Loads the playbooks and gives them the events."""
    os.environ.update({name: str(value) for name, value in line.get("env", {}).items()})
    WORLD.objects, WORLD.logs = line.get("cluster", []), line.get("logs", {})
    if line["events"]:
        WORLD.now = moment(line["events"][0]["at"])
    threading.Thread(target=SERVER.serve_forever, daemon=True).start()
    try:
        handler = loaded(line)
    except Exception as error:
        return {"id": line["id"], "loads": False, "error": said(error), "events": []}
    events = [happened(handler, one) for one in line["events"]]
    return {"id": line["id"], "loads": True, "error": None, "events": events}


def said(error):
    return ("%s: %s" % (type(error).__name__, error))[:LONGEST_ERROR]


def loaded(line):
    """Robusta with the playbooks of a line, as it is after it has read its file."""
    from robusta.core.model.runner_config import RunnerConfig
    from robusta.core.playbooks.actions_registry import ActionsRegistry
    from robusta.core.playbooks.playbooks_event_handler_impl import PlaybooksEventHandlerImpl
    from robusta.integrations.prometheus.models import update_severity_map
    from robusta.integrations.scheduled.trigger import ScheduledTriggerEvent
    from robusta.model.config import Registry
    from robusta.runner.config_loader import ConfigLoader
    from robusta.utils.cluster_provider_discovery import cluster_provider

    config = RunnerConfig(
        playbook_repos={},
        sinks_config=line.get("sinks", []),
        global_config=line.get("global_config", {}),
        active_playbooks=line["playbooks"],
    )
    cluster_provider.init_provider_discovery()
    registry = Registry()
    registry.set_global_config(config.global_config)
    update_severity_map(config.global_config)
    known = ActionsRegistry()
    sinks, playbooks = ConfigLoader._ConfigLoader__prepare_runtime_config(config, None, known, registry)
    for playbook in playbooks.get_playbooks(ScheduledTriggerEvent()):
        # As the scheduler asks of every playbook that it is given.
        if len(playbook.triggers) != 1 or len(playbook.get_actions()) != 1:
            raise Exception("Illegal scheduled playbook. Must be a single trigger and a single action")
    registry.set_actions(known)
    registry.set_playbooks(playbooks)
    registry.set_sinks(sinks)
    in_force = [one for several in playbooks.triggers_to_playbooks.values() for one in several]
    WORLD.playbooks = {id(one.triggers): INTERNAL for one in in_force}
    WORLD.playbooks.update({id(one.triggers): number for number, one in enumerate(config.active_playbooks)})
    return PlaybooksEventHandlerImpl(registry)


def happened(handler, told):
    """What comes of one event."""
    WORLD.turn(told["at"])
    aborted, response = None, None
    logging.disable(logging.NOTSET)
    logging.getLogger().handlers = [Unbuilt()]
    try:
        response = given(handler, told)
    except Exception as error:
        aborted = said(error)
    fired = list(dict.fromkeys(WORLD.fired))
    answer = {"fired": fired, "aborted": aborted, "sinks": WORLD.told}
    if WORLD.faults:
        answer["faults"] = WORLD.faults
    if WORLD.changes:
        answer["changes"] = WORLD.changes
    if "manual" in told and response is not None:
        answer["response"] = {name: response[name] for name in ("success", "error_code") if name in response}
    return answer


class Unbuilt(logging.Handler):
    """Notes the playbooks that fired, but whose event could not be built."""

    def emit(self, record):
        if record.getMessage().startswith("Failed to build execution event"):
            WORLD.fault({"unbuilt": record.exc_info[0].__name__})


def given(handler, told):
    """Tells Robusta of an event, the way it comes."""
    if "manual" in told:
        return by_hand(handler, told["manual"])
    if "kubernetes" in told:
        return handler.handle_trigger(kubernetes(told["kubernetes"]))
    if "alerts" in told["alert"]:
        return posted(handler, told["alert"])
    from robusta.integrations.prometheus.models import PrometheusAlert
    from robusta.integrations.prometheus.trigger import PrometheusTriggerEvent

    return handler.handle_trigger(PrometheusTriggerEvent(alert=PrometheusAlert(**told["alert"])))


def by_hand(handler, told):
    return handler.run_external_action(
        told.get("action_name"),
        told.get("action_params"),
        told.get("sinks"),
        told.get("sync_response", False),
        told.get("no_sinks", False),
    )


def kubernetes(told):
    from robusta.integrations.kubernetes.base_triggers import IncomingK8sEventPayload, K8sTriggerEvent

    told = told.get("data", told)
    obj = told["obj"]
    about = {"kind": obj.get("kind"), "apiVersion": obj.get("apiVersion"), "clusterUid": "", "description": ""}
    return K8sTriggerEvent(k8s_payload=IncomingK8sEventPayload(**{**about, **told}))


def posted(handler, body):
    """A body of Alertmanager's, posted to Robusta."""
    from robusta.runner.web import Web, app

    Web.event_handler = handler
    Web.alerts_queue = types.SimpleNamespace(add_task=lambda task, *its: task(*its))
    with app.test_request_context("/api/alerts", method="POST", json=body):
        Web.handle_alert_event()
    return None


if __name__ == "__main__":
    main()

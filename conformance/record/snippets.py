"""Runs small pieces of Python and tells as JSON what came of them: the recorder on the original, the replay on ours."""

import ast
import base64
import copy
import dataclasses
import datetime
import enum
import json
import uuid


def cases(document):
    """The cases of a file of snippets, each with its id and the objects that all may use."""
    for group in document["groups"]:
        for number, snippet in enumerate(group["snippets"], start=1):
            yield {"id": "%s-%02d" % (group["name"], number), "do": snippet}


def outcome(snippet, document, names):
    """What the last expression of a snippet gives, or the exception that ended it. `raw` has copies of the objects."""
    objects = document.get("objects", {})
    space = {"__name__": "snippet", **names}
    space["raw"] = type("Raw", (), {"__getattr__": lambda self, name: copy.deepcopy(objects[name])})()
    exec(compile(document.get("prelude", ""), "prelude", "exec"), space)
    parsed = ast.parse(snippet)
    last = parsed.body.pop()
    try:
        exec(compile(parsed, "snippet", "exec"), space)
        return {"value": neutral(eval(compile(ast.Expression(last.value), "snippet", "eval"), space))}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


def neutral(value):
    """The value as JSON, with what it is where JSON has no word for it."""
    if value is None or isinstance(value, (bool, int, float)) and not isinstance(value, enum.Enum):
        return value
    if isinstance(value, enum.Enum):
        return "%s.%s" % (type(value).__name__, value.name)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes):
        return {"__bytes__": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {str(key): neutral(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [neutral(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(neutral, value))
    if isinstance(value, (datetime.datetime, datetime.date)):
        return {"__datetime__": value.isoformat()}
    if isinstance(value, uuid.UUID):
        return "a uuid"
    if isinstance(value, type):
        return {"__class__": value.__name__}
    return _object(value)


def _object(value):
    name = type(value).__name__
    if hasattr(value, "to_dict") and hasattr(value, "object_at_path"):
        return {name: neutral(value.to_dict())}
    if hasattr(type(value), "__fields__"):
        return {name: {field: neutral(getattr(value, field)) for field in type(value).__fields__}}
    if dataclasses.is_dataclass(value):
        return {name: {field.name: neutral(getattr(value, field.name)) for field in dataclasses.fields(value)}}
    if callable(value):
        return {"__callable__": getattr(value, "__name__", name)}
    return {name: {key: neutral(item) for key, item in sorted(vars(value).items()) if not key.startswith("_")}}


def line(case, expected):
    """One line of a recording."""
    kept = {"id": case["id"], "do": case["do"], "expected": expected}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def playbooks(flow):
    """The playbooks of a flow as playbook files have them, each with a trigger that fits the flow's event."""
    kind, operation = flow.get("kind", "pod"), flow.get("operation", "update")
    found = []
    for number, actions in enumerate(flow["actions"]):
        filters = _of(flow, "filters", number)
        trigger = {} if filters is None else {"change_filters": filters}
        playbook = {"triggers": [{"on_%s_%s" % (kind, operation): trigger}], "actions": actions}
        playbook["sinks"] = _of(flow, "sinks", number)
        playbook["stop"] = bool(_of(flow, "stop", number))
        found.append({name: value for name, value in playbook.items() if value is not None})
    return found


def event(document, flow):
    """The event of a flow."""
    kind, operation = flow.get("kind", "pod"), flow.get("operation", "update")
    obj = copy.deepcopy(document["objects"][kind])
    old = copy.deepcopy(document["objects"].get("old_" + kind, obj)) if operation == "update" else None
    told = {"kind": obj["kind"], "api_version": obj["apiVersion"], "operation": operation, "obj": obj, "old_obj": old}
    return {"type": "kubernetes_change", "description": "", **told}


def facts(finding):
    """What a finding says, without what differs each time."""
    names = ("title", "description", "severity", "source", "finding_type", "aggregation_key", "fingerprint")
    subject = finding.subject
    return {
        **{name: neutral(getattr(finding, name)) for name in names},
        "subject": [neutral(getattr(subject, name)) for name in ("name", "subject_type", "namespace", "node")],
        "labels": neutral(subject.labels),
        "links": [neutral(link.url) for link in finding.links],
        "enrichments": [
            [neutral(one.annotations), neutral(one.enrichment_type), one.title, [_block(block) for block in one.blocks]]
            for one in finding.enrichments
        ],
    }


def outline(response):
    """A response without its texts."""
    return None if response is None else {name: value for name, value in response.items() if name != "msg"}


def _block(block):
    name = type(block).__name__
    if name == "KubernetesDiffBlock":
        # The original goes through the keys of maps in an order of their hashes.
        paths = sorted(diff.formatted_path for diff in block.diffs)
        words = sorted(block.get_description().replace(",", "").split())
        return [name, paths, block.resource_name, block.num_modifications, words]
    if hasattr(block, "rows"):
        return [name, block.table_name, neutral(block.headers), [list(map(str, row)) for row in block.rows], neutral(block.metadata)]
    members = ("text", "items", "json_str", "filename")
    return [name, *(neutral(getattr(block, one)) for one in members if hasattr(block, one))]


def _of(flow, name, number):
    given = flow.get(name)
    return given[number] if given is not None and number < len(given) else None

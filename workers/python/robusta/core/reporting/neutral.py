"""Findings as plain JSON, the form in which Squall takes them.

A finding is an object with `id`, `title`, `description`, `severity`, `source`, `type`, `failure`, `aggregation_key`,
`fingerprint`, `subject`, `links`, `enrichments`, `starts_at`, `ends_at`, `add_silence_url`, `silence_labels`; an
enrichment has `blocks`, `annotations`, `type` and `title`; a block has `block`, the name of its class, and its members:

* bytes are base64 (`contents`); times are ISO texts; enumerations are their names;
* a table has its `rows` as the texts that are shown, and its `values` as they were given;
* a button has `action`, `action_params` and `object` (`kind`, `name`, `namespace`);
* a diff has `old` and `new` as objects, and each of its `diffs` has `type`, `path`, `formatted_path`, `value` and
  `other_value`;
* a block of a class that a playbook made itself also has `bases`, the names of Robusta's classes it is one of.
"""

import base64
import datetime
import enum
import math
import uuid
from typing import Any, Dict, List, Optional

from hikaru import DiffDetail, HikaruBase
from pydantic import BaseModel
from pydantic.types import SecretStr
from squall_worker.plain import MAX_DEPTH, valid_text

from robusta.core.reporting.base import BaseBlock, Enrichment, Finding, FindingSubject, Link
from robusta.core.reporting.blocks import CallbackBlock, KubernetesDiffBlock, TableBlock
from robusta.core.reporting.callbacks import callback_params
from robusta.core.reporting.given import GivenBlock


def finding(told: Finding) -> Dict[str, Any]:
    """A finding, whole."""
    return {
        "id": str(told.id),
        "title": plain(told.title),
        "description": plain(told.description),
        "severity": told.severity.name,
        "source": told.source.value,
        "type": told.finding_type.value,
        "failure": bool(told.failure),
        "aggregation_key": plain(told.aggregation_key),
        "fingerprint": told.fingerprint,
        "subject": subject(told.subject),
        "links": [link(one) for one in told.links],
        "enrichments": [enrichment(one) for one in told.enrichments],
        "starts_at": plain(told.starts_at),
        "ends_at": plain(told.ends_at),
        "add_silence_url": bool(told.add_silence_url),
        "silence_labels": plain(told.silence_labels),
    }


def subject(about: FindingSubject) -> Dict[str, Any]:
    """What a finding is about."""
    return {
        "name": plain(about.name),
        "kind": about.subject_type.value,
        "namespace": plain(about.namespace),
        "node": plain(about.node),
        "container": plain(about.container),
        "labels": plain(about.labels),
        "annotations": plain(about.annotations),
    }


def link(given: Link) -> Dict[str, Any]:
    """A link, with the text that sinks show."""
    kind = given.type.value if given.type else None
    return {"url": plain(given.url), "name": plain(given.name), "text": plain(given.link_text), "type": kind}


def enrichment(given: Enrichment) -> Dict[str, Any]:
    """Blocks that belong together."""
    return {
        "blocks": [block(one) for one in given.blocks],
        "annotations": plain(given.annotations),
        "type": given.enrichment_type.value if given.enrichment_type else None,
        "title": plain(given.title),
    }


def block(given: BaseBlock) -> Dict[str, Any]:
    """One block."""
    if isinstance(given, GivenBlock):
        return given.written
    written: Dict[str, Any] = {"block": type(given).__name__}
    if not type(given).__module__.startswith("robusta."):
        written["bases"] = [base.__name__ for base in type(given).__mro__ if base.__module__.startswith("robusta.")]
    if isinstance(given, CallbackBlock):
        return {**written, "choices": {text: _choice(choice) for text, choice in given.choices.items()}}
    if isinstance(given, KubernetesDiffBlock):
        return {**written, **_diff(given)}
    for name in given.__fields__:
        written[name] = plain(getattr(given, name))
    if isinstance(given, TableBlock):
        shown = [[valid_text(str(value)) for value in row] for row in given.render_rows()]
        written.update(rows=shown, values=written["rows"])
    return written


def plain(value: Any) -> Any:
    """Any value as JSON. What JSON has no word for becomes text."""
    return _plain(value, 0)


def _plain(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, (bool, int)) and not isinstance(value, enum.Enum):
        return value
    if isinstance(value, enum.Enum):
        return value.value if isinstance(value, str) else value.name
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return valid_text(str(value))
    if depth > MAX_DEPTH:
        return "..."
    if isinstance(value, dict):
        return {_key(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item, depth + 1) for item in value]
    return _object(value, depth + 1)


def _object(value: Any, depth: int) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, HikaruBase):
        return _plain(value.to_dict(), depth)
    if isinstance(value, DiffDetail):
        return _detail(value)
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name), depth) for name in value.__fields__}
    if isinstance(value, (uuid.UUID, type)) or callable(value) or not hasattr(value, "__dict__"):
        return valid_text(str(value))
    return {name: _plain(item, depth) for name, item in vars(value).items() if not name.startswith("_")}


def _key(key: Any) -> str:
    return valid_text(str(key.value if isinstance(key, enum.Enum) else key))


def _choice(choice: Any) -> Dict[str, Any]:
    about = choice.kubernetes_object
    return {
        "action": choice.action.__name__,
        "action_params": plain(callback_params(choice)),
        "object": _reference(about) if about else None,
    }


def _reference(about: Any) -> Dict[str, Optional[str]]:
    metadata = about.metadata
    return {"kind": about.kind, "name": metadata.name, "namespace": getattr(metadata, "namespace", None)}


def _diff(given: KubernetesDiffBlock) -> Dict[str, Any]:
    details: List[Any] = [_detail(one) for one in given.diffs]
    return {
        "diffs": details,
        "old": plain(given.old_obj),
        "new": plain(given.new_obj),
        "resource_name": given.resource_name,
        "num_additions": given.num_additions,
        "num_deletions": given.num_deletions,
        "num_modifications": given.num_modifications,
        "kind": given.kind,
        "description": given.get_description(),
    }


def _detail(one: DiffDetail) -> Dict[str, Any]:
    return {
        "type": one.diff_type.name,
        "path": plain(one.path),
        "formatted_path": one.formatted_path,
        "value": plain(one.value),
        "other_value": plain(one.other_value),
    }

"""Texts with variables, and JSON that tells what it could not read."""

import datetime
import json
import logging
from collections import defaultdict
from string import Template
from typing import Any, Dict, Union

from hikaru.model.rel_1_26 import ObjectReference

_MISSING = "<missing>"


class ExtendedTemplate(Template):
    """Names may have dots; within braces also `-` and `/`."""

    idpattern = r"(?a:[_a-z][_a-z0-9.]*)"
    braceidpattern = r"(?a:[_a-z][_a-z0-9./-]*)"


def format_event_templated_string(subject: Any, string_to_substitute: str) -> str:
    """Fills in `$name`, `$kind`, `$namespace`, `$node`, `$labels.x` and `$annotations.x`."""
    is_reference = isinstance(subject, ObjectReference)
    variables: Dict[str, Any] = defaultdict(lambda: _MISSING)
    variables["name"] = subject.name
    variables["kind"] = subject.kind if is_reference else subject.subject_type.value
    variables["namespace"] = subject.namespace or _MISSING
    variables["node"] = (not is_reference and subject.node) or _MISSING
    if not is_reference:
        variables.update({"labels." + key: value for key, value in subject.labels.items()})
        variables.update({"annotations." + key: value for key, value in subject.annotations.items()})
    return ExtendedTemplate(string_to_substitute).safe_substitute(variables)


def load_json(s: Union[str, bytes]) -> Any:
    """Reads JSON; what cannot be read is logged."""
    try:
        return json.loads(s)
    except json.decoder.JSONDecodeError:
        logging.error("could not parse json:\n%s", s)
        raise


def datetime_to_db_str(datetime_obj: datetime.datetime) -> str:
    """A time as databases read it."""
    return datetime_obj.strftime("%Y-%m-%dT%H:%M:%S.%f%z")

"""JSON, read and written."""

import json
from typing import Any, Optional, Sequence

from squall_worker import plain

__all__ = ["json_encode", "json_decode", "json_loads", "try_loads", "get_json_type_for_python_value"]

_TYPES = ((bool, "boolean"), (str, "string"), (int, "integer"), (float, "number"), (list, "array"), (dict, "object"))


def json_encode(obj: Any, indent: Optional[int] = None, sort_keys: bool = False) -> str:
    """The JSON of a value. Objects that have a method `__json__` say themselves what they are."""
    separators = (",", ": ") if indent else (",", ":")
    options = {"indent": 2 if indent else None, "sort_keys": sort_keys, "separators": separators, "ensure_ascii": False}
    return json.dumps(obj, default=_default, **options)


def json_decode(data: Any) -> Any:
    """The value of JSON text."""
    return json.loads(data)


def json_loads(obj: dict, keys: Optional[Sequence[str]] = None) -> dict:
    """Replaces the values of these keys by what they are as JSON, where they are JSON."""
    for key in keys or list(obj):
        if key in obj:
            obj[key] = try_loads(obj[key])
    return obj


def try_loads(s: Any) -> Any:
    """The value of JSON text; anything else unchanged."""
    try:
        return json.loads(s) if s and isinstance(s, str) else s
    except ValueError:
        return s


def get_json_type_for_python_value(value: Any) -> str:
    """JSON Schema's name for the type of a value."""
    if value is None:
        return "null"
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "unknown")


def _default(value: Any) -> Any:
    if hasattr(value, "__json__"):
        return value.__json__()
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return plain.plain(value)

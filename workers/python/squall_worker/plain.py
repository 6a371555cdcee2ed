"""Makes plain JSON of what an action returns, with StackStorm's idea of what that is.

StackStorm writes results with `orjson`: text keys only, integers of 64 bits, dates, enumerations, dataclasses and UUIDs
as one would hope, no sets, no named tuples, no bytes; `NaN` is null.
"""

import dataclasses
import datetime
import enum
import math
import uuid
from typing import Any, Dict, List

MAX_DEPTH = 120
"""Deeper nesting is not plain: the other side refuses it."""


class NotPlain(TypeError):
    """A value that JSON cannot say."""


def plain(value: Any, depth: int = 0) -> Any:
    """The same value made of `dict`, `list`, `str`, `int`, `float`, `bool` and `None`."""
    kind = type(value)
    if kind is str:
        return _text(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return _integer(value)
    if kind is float:
        return value if math.isfinite(value) else None
    if depth > MAX_DEPTH:
        raise NotPlain("nested too deeply")
    if kind is list or kind is tuple:
        return [plain(item, depth + 1) for item in value]
    if kind is dict:
        return _object(value, depth)
    return _uncommon(value, depth)


def is_valid_text(text: str) -> bool:
    """Whether UTF-8 can hold the text: it has no halves of surrogate pairs."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def valid_text(text: str) -> str:
    """The text with a question mark for each half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _uncommon(value: Any, depth: int) -> Any:
    if isinstance(value, enum.Enum):
        return plain(value.value, depth + 1)
    if isinstance(value, str):
        return _text(str.__str__(value))
    if isinstance(value, int):
        return _integer(int(value))
    if isinstance(value, dict):
        return _object(value, depth)
    if isinstance(value, list):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, (datetime.date, uuid.UUID)):
        return _moment(value) if isinstance(value, datetime.datetime) else str(value)
    if isinstance(value, datetime.time) and value.tzinfo is None:
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _object(_fields(value), depth)
    raise NotPlain("%s is not plain" % type(value).__name__)


def _text(value: str) -> str:
    if not is_valid_text(value):
        raise NotPlain("the text holds half a surrogate pair")
    return value


def _integer(value: int) -> int:
    if not -(2**63) <= value < 2**64:
        raise NotPlain("the integer exceeds 64 bits")
    return value


def _object(value: Dict[Any, Any], depth: int) -> Dict[str, Any]:
    for key in value:
        if type(key) is not str:
            raise NotPlain("a key is not text")
    return {_text(key): plain(item, depth + 1) for key, item in value.items()}


def _moment(value: datetime.datetime) -> str:
    offset = value.utcoffset()
    text = value.replace(tzinfo=None).isoformat()
    if offset is None:
        return text
    minutes = int(offset.total_seconds() // 60)
    return "%s%s%02d:%02d" % (text, "-" if minutes < 0 else "+", abs(minutes) // 60, abs(minutes) % 60)


def _fields(value: Any) -> Dict[str, Any]:
    names: List[str] = [field.name for field in dataclasses.fields(value)]
    names += [name for name in getattr(value, "__dict__", {}) if name not in names]
    return {name: getattr(value, name) for name in names if not name.startswith("_")}

"""Data that actions keep from one run to the next. Squall stores it, so unlike Robusta's it outlives restarts."""

import json
from contextlib import contextmanager
from typing import Any, Iterator, Type, TypeVar

from squall_worker import calls

T = TypeVar("T")


@contextmanager
def get_persistent_data(name: str, cls: Type[T]) -> Iterator[T]:
    """The data called `name`, or an empty `cls`; what it is at the end of the block is stored."""
    stored = calls.call("persistent_get", {"name": name})
    data: Any = cls() if stored is None else cls.parse_obj(stored)  # type: ignore[attr-defined]
    try:
        yield data
    finally:
        calls.call("persistent_set", {"name": name, "value": json.loads(data.json())})

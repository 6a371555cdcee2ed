"""Kubernetes objects compared with care."""

from typing import Any, List, Optional

from hikaru import DiffDetail


def is_matching_diff(diff_detail: DiffDetail, fields_to_monitor: List[str]) -> bool:
    """Whether a difference is at a path that contains one of the texts."""
    return any(text in diff_detail.formatted_path for text in fields_to_monitor)


def duplicate_without_fields(obj: Any, omitted_fields: Optional[List[str]]) -> Any:
    """A copy in which the fields at these dotted paths are None; the object itself where there are none."""
    if obj is None or not omitted_fields:
        return obj
    copy = obj.dup()
    for path in omitted_fields:
        *parents, name = path.split(".")
        try:
            setattr(copy.object_at_path(parents), name, None)
        except (AttributeError, IndexError, RuntimeError, TypeError, ValueError):
            pass  # This object has no such field.
    return copy

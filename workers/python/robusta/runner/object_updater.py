"""Sets a value at a path."""

import re
from typing import Any


def update_item_attr(obj: Any, attr_key: str, attr_value: Any) -> None:
    """Sets what stands at a path such as `spec.containers[0].image`."""
    *parents, last = re.split(r"\[|\]\.|\]|\.", attr_key)
    parent = obj.object_at_path(parents)
    if isinstance(parent, dict):
        parent[last] = attr_value
    elif isinstance(parent, list):
        parent[int(last)] = attr_value
    else:
        setattr(parent, last, attr_value)

"""What all objects of the API have in common."""

import json
from typing import Any, Dict, List, Optional

__all__ = ["Resource"]


class Resource:
    """An object of the API: its fields are attributes."""

    _path = ""
    _repr_attributes: List[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        for name, value in kwargs.items():
            setattr(self, name, value)

    @classmethod
    def get_url_path_name(cls) -> str:
        """Where the API keeps these objects."""
        return cls._path

    @classmethod
    def deserialize(cls, doc: Any) -> "Resource":
        """The object with these fields, given as a dictionary or as JSON."""
        return cls(**(doc if isinstance(doc, dict) else json.loads(doc)))

    def serialize(self) -> Dict[str, Any]:
        """Its fields, without those it keeps to itself."""
        return {name: value for name, value in self.__dict__.items() if not name.startswith("_")}

    def to_dict(self, exclude_attributes: Optional[List[str]] = None) -> Dict[str, Any]:
        """Its fields, without some."""
        left_out = exclude_attributes or []
        return {name: value for name, value in self.__dict__.items() if name not in left_out}

    def __repr__(self) -> str:
        shown = ",".join("%s=%s" % (name, getattr(self, name, None)) for name in self._repr_attributes)
        return "<%s %s>" % (type(self).__name__, shown)

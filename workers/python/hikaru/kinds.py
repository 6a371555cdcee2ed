"""The table of Kubernetes kinds: what a kind's fields and operations are. A line is read when its kind is first used.

`model/rel_1_26/kinds.txt` says in its head how a line reads. Nothing here knows what an object looks like in Python;
`meta` does.
"""

import keyword
import os
from datetime import datetime
from typing import Any, Callable, Dict, List, NamedTuple, Optional

VERSIONS = ("v1", "v2", "v1alpha1", "v1beta1", "v1beta2", "v1beta3")
_SCALARS = frozenset(("str", "int", "bool", "float"))
_DOLLAR = "dollar_"
_TIMES = frozenset(
    (
        *("acquireTime", "completionTime", "creationTimestamp", "deletionTimestamp", "deprecatedFirstTimestamp"),
        *("deprecatedLastTimestamp", "eventTime", "expirationTimestamp", "finishedAt", "firstTimestamp"),
        *("lastHeartbeatTime", "lastObservedTime", "lastProbeTime", "lastScaleTime", "lastScheduleTime"),
        *("lastSuccessfulTime", "lastTimestamp", "lastTransitionTime", "lastUpdateTime", "renewTime", "startTime"),
        *("startedAt", "time", "timeAdded"),
    )
)
"""Fields that hold a time, in every kind that has them."""


class Field:
    """One field of a kind: how it is called in Python and in JSON, and what may stand in it."""

    __slots__ = ("name", "key", "item", "listed", "required", "constant", "any_is_map", "kind_class", "_shape")

    def __init__(self, name: str, item: Any, listed: bool = False, required: bool = False) -> None:
        self.name = name
        self.key = name.strip("_")
        self.item = item
        self.listed = listed
        self.required = required
        self.constant: Optional[str] = None
        self.any_is_map = False
        self.kind_class: Optional[Callable[[], Any]] = None
        self._shape: Optional[Callable[[], "Shape"]] = None

    @property
    def is_map(self) -> bool:
        """Whether it holds a map of texts."""
        return self.item == "map"

    @property
    def is_kind(self) -> bool:
        """Whether it holds one or many objects of a kind."""
        return self.kind_class is not None

    @property
    def json_key(self) -> str:
        """The key that is written; reading looks for `key`, as Hikaru does."""
        if self.name.startswith(_DOLLAR):
            return "$" + self.name[len(_DOLLAR):]
        return self.key if self.name.endswith("_") and keyword.iskeyword(self.key) else self.name

    def shape(self) -> "Shape":
        """The shape of the kind it holds."""
        return self._shape()

    def holds(self, kind_class: Callable[[], Any], shape: Callable[[], "Shape"]) -> None:
        """Says where the class of its kind comes from."""
        self.kind_class, self._shape = kind_class, shape


class Shape:
    """All fields of a kind, and what must be there."""

    def __init__(self, name: str, fields: List[Field]) -> None:
        self.name = name
        self.fields = {field.name: field for field in fields}
        self.required = [field for field in fields if field.required]
        self.constants = [field for field in fields if field.constant is not None]
        self.nested = {field.key: field for field in fields if field.is_kind}

    def read_times(self, raw: Dict[str, Any]) -> None:
        """Writes the times in `raw` as Hikaru shows them after Kubernetes' client has read them, here and deeper."""
        for key, value in raw.items():
            if value.__class__ is str:
                if key in _TIMES:
                    raw[key] = _time_read(value)
                continue
            field = self.nested.get(key)
            if field is None:
                continue
            for item in value if value.__class__ is list else (value,):
                if item.__class__ is dict:
                    field._shape().read_times(item)

    def check(self, raw: Any) -> None:
        """Raises what Hikaru raises when something required is missing, here or deeper."""
        get = raw.get
        for field in self.required:
            if get(field.key) is None:
                raise TypeError("%s is missing %s (originally %s)" % (self.name, field.key, field.name))
        nested = self.nested
        for key, value in raw.items():
            field = nested.get(key)
            if field is None or value is None or value.__class__ is str:
                continue
            shape = field._shape()
            if field.listed:
                for item in value:
                    shape.check(item)
            else:
                shape.check(value)


def _time_read(text: str) -> str:
    if len(text) == 20 and text[-1] == "Z":
        return text[:-1] + "+00:00"
    try:
        time = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    except ValueError:
        return text
    return time.isoformat() + ("Z" if time.tzinfo is None else "")


class Operation(NamedTuple):
    """One operation of Kubernetes' API."""

    name: str
    sends_object: bool
    method: str
    path: str
    parameters: List[str]


class Kind:
    """A kind as the table has it."""

    def __init__(self, name: str, version: str, shape: Shape, operations: List[str]) -> None:
        self.name = name
        self.version = version
        self.shape = shape
        self._lines = operations

    @property
    def is_document(self) -> bool:
        """Whether it stands alone: it knows its version and kind, and is no part of another kind that does."""
        constants = {field.name for field in self.shape.constants}
        return constants >= {"apiVersion", "kind"} and self.name not in PARTS

    def operations(self) -> List[Operation]:
        """What can be asked of the API about it."""
        found = []
        for words in map(str.split, self._lines):
            if len(words) > 2:
                found.append(Operation(words[0], words[1] == "self", words[2], words[3], words[4:]))
        return found

    def shortcuts(self) -> Dict[str, str]:
        """`create`, `read`, `update` and `delete`, where they exist, and what they stand for."""
        return dict(words for words in map(str.split, self._lines) if len(words) == 2)


PARTS = frozenset(("BoundObjectReference", "ObjectReference"))
"""Kinds that name another object's version and kind instead of having their own."""


class Table:
    """The kinds of one release."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lines: Optional[Dict[str, Dict[str, List[str]]]] = None
        self._kinds: Dict[str, Kind] = {}
        self.class_of: Callable[[str, str], Any] = lambda name, version: None

    def names(self, version: str) -> List[str]:
        """All kinds that a version has of its own."""
        return list(self._read()[version])

    def kind(self, name: str, version: str) -> Optional[Kind]:
        """A kind, as `version` has it or else as `v1` does."""
        for candidate in (version, "v1"):
            lines = self._read().get(candidate, {}).get(name)
            if lines is not None:
                full_name = candidate + "." + name
                if full_name not in self._kinds:
                    self._kinds[full_name] = self._parse(lines, candidate)
                return self._kinds[full_name]
        return None

    def _read(self) -> Dict[str, Dict[str, List[str]]]:
        if self._lines is None:
            found: Dict[str, Dict[str, List[str]]] = {}
            lines: List[str] = []
            with open(self._path, encoding="utf-8") as file:
                for line in file.read().splitlines():
                    if line[0] == " ":
                        lines.append(line)
                    elif line[0] == "@":
                        version = found.setdefault(line[1:], {})
                    elif line[0] != "#":
                        lines = version.setdefault(line.partition(" ")[0], [line])
            self._lines = found
        return self._lines

    def _parse(self, lines: List[str], version: str) -> Kind:
        words = lines[0].split(" ")
        shape = Shape(words[0], [self._field(word, version) for word in words[1:]])
        return Kind(words[0], version, shape, lines[1:])

    def _field(self, text: str, version: str) -> Field:
        name, colon, kind = text.partition(":")
        if not colon or "=" in name:
            name, _, constant = text.partition("=")
            field = Field(name, "str")
            field.constant = constant
            return field
        required = kind.startswith("!")
        kind = kind.lstrip("!")
        listed = kind.startswith("[")
        kind = kind.strip("[]")
        field = Field(name, kind.replace("any{}", "any"), listed, required)
        field.any_is_map = kind == "any{}"
        if field.item not in _SCALARS and field.item not in ("map", "any"):
            field.holds(
                lambda: self.class_of(field.item, version),
                lambda: self.kind(field.item, version).shape,
            )
        return field


REL_1_26 = Table(os.path.join(os.path.dirname(os.path.abspath(__file__)), "model", "rel_1_26", "kinds.txt"))
"""The kinds of Kubernetes 1.26, Robusta's release."""

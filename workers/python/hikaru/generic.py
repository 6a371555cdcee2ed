"""Objects of kinds that nobody has declared, such as custom resources: their fields are what their JSON has.

They are read like any other (`canary.spec.analysis.threshold`), and as maps besides (`canary.spec["analysis"]`). A field that
the object has not is None; one that is a word of Python's or a method's name has `_` behind it (`from_`). They can be
duplicated, compared and written out; the API is asked about them by other means (`kubernetes.client.CustomObjectsApi`, or a
class of one's own for `register_crd_class`).
"""

import keyword
from typing import Any, Dict, Iterator, List

from hikaru.kinds import Field, Kind, Shape
from hikaru.meta import HikaruBase, HikaruDocumentBase, from_raw

_SCALARS = {str: "str", int: "int", bool: "bool", float: "float"}
_VERBS = frozenset(("create", "read", "update", "delete", "patch"))


class GenericObject(HikaruBase):
    """A part of an object of an undeclared kind."""

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("_") or name in _VERBS:
                raise
            return None

    def __getitem__(self, name: str) -> Any:
        if name not in self:
            raise KeyError(name)
        return getattr(self, self._names()[name])

    def __contains__(self, name: Any) -> bool:
        return name in self._names() and getattr(self, self._names()[name]) is not None

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._names() if name in self)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __bool__(self) -> bool:
        return True

    def get(self, name: str, default: Any = None) -> Any:
        """As a map has it."""
        return self[name] if name in self else default

    def _names(self) -> Dict[str, str]:
        return {field.key: name for name, field in self._kind.shape.fields.items()}


class GenericDocument(GenericObject, HikaruDocumentBase):
    """An object of an undeclared kind."""


def documents(kind: str, version: str, raws: List[Any]) -> List[Any]:
    """Objects of one class on top of each JSON, None where there is none. The class has the fields of all of them."""
    given = [raw for raw in raws if raw is not None]
    fields = _fields([{key: value for key, value in raw.items() if key not in _OWN} for raw in given])
    own = [_constant("apiVersion", version), _constant("kind", kind), _metadata()]
    cls = _class(GenericDocument, kind, version, own + fields)
    return [None if raw is None else from_raw(cls, {**raw, "metadata": raw.get("metadata") or {}}) for raw in raws]


class _Field(Field):
    """A field that is written under the key that it was read from."""

    __slots__ = ()

    @property
    def json_key(self) -> str:
        return self.key


_OWN = ("apiVersion", "kind", "metadata")


def _constant(name: str, value: str) -> Field:
    field = Field(name, "str")
    field.constant = value
    return field


def _metadata() -> Field:
    from hikaru.meta import shape_of
    from hikaru.model.rel_1_26.v1 import ObjectMeta

    field = Field("metadata", "ObjectMeta")
    field.holds(lambda: ObjectMeta, lambda: shape_of(ObjectMeta))
    return field


def _class(base: Any, name: str, version: str, fields: List[Field]) -> Any:
    members = {"_kind": Kind(name, version, Shape(name, fields), []), "__module__": __name__}
    for field in fields:
        if field.constant is not None:
            members[field.name] = field.constant
    return type(name, (base,), members)


def _fields(samples: List[Dict[str, Any]]) -> List[Field]:
    """What the maps have, all of them together."""
    values: Dict[str, List[Any]] = {}
    for sample in samples:
        for key, value in sample.items():
            values.setdefault(key, []).append(value)
    return [_field(key, [value for value in found if value is not None]) for key, found in values.items()]


def _field(key: str, values: List[Any]) -> Field:
    name = key + "_" if keyword.iskeyword(key) or hasattr(GenericDocument, key) else key
    listed = bool(values) and all(isinstance(value, list) for value in values)
    inner = [item for value in values for item in value] if listed else values
    if inner and all(isinstance(value, dict) for value in inner):
        if not all(_is_name(key) for value in inner for key in value):
            return _Field(name, "any" if listed else "map", listed)
        cls = _class(GenericObject, key[:1].upper() + key[1:], "", _fields(inner))
        field = _Field(name, cls.__name__, listed)
        field.holds(lambda: cls, lambda: cls._kind.shape)
        return field
    types = {type(value) for value in inner}
    return _Field(name, _SCALARS.get(types.pop(), "any") if len(types) == 1 else "any", listed)


def _is_name(key: str) -> bool:
    """Whether a key can be an attribute."""
    return key.isidentifier() and key == key.strip("_")

"""Kubernetes objects that act like Hikaru's, and cost only what is read of them.

An object made from JSON keeps that JSON and makes a Python value of a field when the field is first read. What was read
or set stands in the object's own dictionary from then on; the JSON itself is never changed, so copies can share it.
"""

import dataclasses
import sys
import typing
from ast import literal_eval
from collections import namedtuple
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Dict, Iterator, List, Optional, Tuple, Type, Union

from hikaru.kinds import Field, Shape

CatalogEntry = namedtuple("CatalogEntry", ["cls", "attrname", "path"])
TypeWarning = namedtuple("TypeWarning", ["cls", "attrname", "path", "warning"])

_SCALAR_TYPES = {"str": str, "int": int, "bool": bool, "float": float}
_SCALARS = (str, int, float, bool, datetime)
_MISSING = object()


class KubernetesException(Exception):
    """Kubernetes answered with a code that is no success."""


class DiffType(Enum):
    """What a difference is, seen from the object that was asked."""

    ADDED = 0
    REMOVED = 1
    VALUE_CHANGED = 2
    TYPE_CHANGED = 3
    LIST_LENGTH_CHANGED = 4
    INCOMPATIBLE_DIFF = 5


@dataclass
class DiffDetail:
    """One difference between two objects, and where it is."""

    diff_type: DiffType
    cls: Type
    formatted_path: str
    path: List[str]
    report: str
    value: Any = None
    other_value: Any = None

    @property
    def attrname(self) -> Any:
        """The last element of the path."""
        return self.path[-1] if self.path else None


class _DataclassFields:
    """Makes `dataclasses` see the fields of a kind, once somebody asks."""

    def __get__(self, instance: Any, owner: Any) -> Dict[str, Any]:
        shape = _own_shape(owner)
        fields = {}
        for field in shape.fields.values() if shape else ():
            fields[field.name] = _dataclass_field(field)
        if issubclass(owner, HikaruDocumentBase) and shape:
            client = dataclasses.field(default=None)
            client.name, client.type = "client", dataclasses.InitVar[Any]
            client._field_type = dataclasses._FIELD_INITVAR  # type: ignore[attr-defined]
            fields["client"] = client
        return fields


def _dataclass_field(field: Field) -> Any:
    if field.required:
        made = dataclasses.field()
    elif field.listed:
        made = dataclasses.field(default_factory=list)
    elif field.is_map or field.any_is_map:
        made = dataclasses.field(default_factory=dict)
    else:
        made = dataclasses.field(default=field.constant)
    made.name, made.type = field.name, _hint(field)
    made._field_type = dataclasses._FIELD  # type: ignore[attr-defined]
    return made


def _hint(field: Field) -> Any:
    inner: Any
    if field.is_kind:
        inner = field.kind_class()
    elif field.is_map:
        inner = Dict[str, str]
    else:
        inner = _SCALAR_TYPES.get(field.item, object)
    if field.listed:
        inner = List[inner]
    return inner if field.required else Optional[inner]


class HikaruBase:
    """What all Kubernetes objects can do. A subclass gets its fields from the table of kinds or from `@dataclass`."""

    _kind: Any = None
    __dataclass_fields__ = _DataclassFields()
    __dataclass_params__ = dataclass(type("_Plain", (), {})).__dataclass_params__
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        shape = _own_shape(type(self))
        client = self._take_arguments(shape, args, kwargs)
        self.__post_init__(*client)

    def _take_arguments(self, shape: Optional[Shape], args: Tuple, kwargs: Dict[str, Any]) -> List[Any]:
        """Sets all fields as a generated constructor would, and gives what goes to `__post_init__`."""
        name = "%s.__init__()" % type(self).__name__
        fields = list(shape.fields.values()) if shape else []
        names = [field.name for field in fields] + (["client"] if isinstance(self, HikaruDocumentBase) else [])
        if len(args) > len(names):
            required = len([field for field in fields if field.required])
            text = "%s takes from %d to %d positional arguments but %d were given"
            raise TypeError(text % (name, required + 1, len(names) + 1, len(args) + 1))
        values = dict(zip(names, args))
        for key, value in kwargs.items():
            if key not in names:
                raise TypeError("%s got an unexpected keyword argument '%s'" % (name, key))
            if key in values:
                raise TypeError("%s got multiple values for argument '%s'" % (name, key))
            values[key] = value
        missing = [field.name for field in fields if field.required and field.name not in values]
        if missing:
            raise TypeError(_missing_text(name, missing))
        own = self.__dict__
        for field in fields:
            own[field.name] = values[field.name] if field.name in values else _constructor_default(field)
        return [values.get("client")] if isinstance(self, HikaruDocumentBase) else []

    def __post_init__(self) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        raw = own.get("_raw")
        if raw is not None:
            field = _own_shape(type(self)).fields.get(name)
            if field is not None:
                value = own[name] = _read(field, raw)
                return value
        raise AttributeError("'%s' object has no attribute '%s'" % (type(self).__name__, name))

    def __eq__(self, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in shape_of(type(self)).fields)

    def __repr__(self) -> str:
        fields = ("%s=%r" % (name, getattr(self, name)) for name in shape_of(type(self)).fields)
        return "%s(%s)" % (type(self).__qualname__, ", ".join(fields))

    @classmethod
    def __get_validators__(cls) -> Iterator[Any]:
        """Lets pydantic use the class as the type of a field."""
        yield cls._validate

    @classmethod
    def _validate(cls, value: Any) -> Any:
        if isinstance(value, cls):
            return value
        if isinstance(value, dict):
            return from_raw(cls, value)
        raise TypeError("instance of %s, tuple or dict expected" % cls.__name__)

    @classmethod
    def _get_hints(cls) -> Dict[str, Any]:
        return {field.name: _hint(field) for field in shape_of(cls).fields.values()}

    @classmethod
    def get_empty_instance(cls) -> Any:
        """An instance with nothing in it: None, empty lists and maps, and placeholders where something is required."""
        shape = shape_of(cls)
        empty = {field.name: _empty_instance_value(field) for field in shape.fields.values()}
        if issubclass(cls, HikaruDocumentBase):
            empty = {name: value for name, value in empty.items() if name not in ("apiVersion", "kind")}
        return cls(**empty)

    @classmethod
    def from_yaml(cls, yaml: Any, translate: bool = False) -> Any:
        """An instance made from parsed YAML."""
        return from_raw(cls, yaml, translate)

    def process(self, yaml: Any, translate: bool = False) -> None:
        """Sets the fields that `yaml` has."""
        raw = _plain(yaml, shape_of(type(self)), translate)
        shape_of(type(self)).check(raw)
        for field in shape_of(type(self)).fields.values():
            if raw.get(field.key) is not None:
                setattr(self, field.name, _read(field, raw))

    def to_dict(self) -> Dict[str, Any]:
        """The object as JSON, without what is empty."""
        from hikaru.generate import get_clean_dict

        return get_clean_dict(self)

    def dup(self) -> Any:
        """A deep copy."""
        copy = _bare(type(self))
        own, theirs = self.__dict__, copy.__dict__
        if "_raw" in own:
            theirs["_raw"] = own["_raw"]
        for name in shape_of(type(self)).fields:
            if name in own or "_raw" not in own:
                theirs[name] = _duplicate(getattr(self, name))
        return copy

    def diff(self, other: Any) -> List[DiffDetail]:
        """Every difference from `other`, field by field."""
        from hikaru.difference import differences

        return differences(self, other)

    def merge(self, other: Any, overwrite: bool = False, enforce_version: bool = False) -> Any:
        """Takes over what `other` has; with `overwrite` also what it has not."""
        from hikaru.difference import merge

        return merge(self, other, overwrite, enforce_version)

    def find_by_name(self, name: str, following: Union[str, List, None] = None) -> List[CatalogEntry]:
        """All fields of that name at any depth, below the fields in `following` if given."""
        if not isinstance(name, str):
            raise TypeError("name must be a str")
        if following is not None and not isinstance(following, (str, list, tuple)):
            raise TypeError("following must be a string or list")
        posts = following.split(".") if isinstance(following, str) and following else following or []
        return [entry for entry in _entries(self, name) if _follows(entry.path, posts)]

    def object_at_path(self, path: list) -> Any:
        """What stands at a path of names and list indices."""
        found: Any = self
        for part in path:
            if isinstance(found, (list, tuple)):
                found = _item_at(found, part, path)
            elif isinstance(found, dict):
                found = found.get(part)
            else:
                found = getattr(found, part, _MISSING)
                if found is _MISSING:
                    raise AttributeError("Path %s leads to an unknown attr at %s" % (path, part))
        return found

    def repopulate_catalog(self) -> Any:
        """Does nothing: names are looked up in what is there."""
        return self

    def get_type_warnings(self) -> List[TypeWarning]:
        """Fields whose values do not have the declared type."""
        from hikaru.warn import type_warnings

        return type_warnings(self)

    def as_python_source(self, assign_to: Optional[str] = None) -> str:
        """Python code that makes the same object."""
        from hikaru.generate import python_source

        return python_source(self, assign_to)


class HikaruDocumentBase(HikaruBase):
    """An object that stands alone in the API: it has a version and a kind."""

    _version = "UNKNOWN"
    _namespaced_watcher: Any = None
    _watcher: Any = None
    _watcher_cls: Any = None

    client: Any = None
    _status: Any = None

    def __post_init__(self, client: Any = None) -> None:
        super().__post_init__()
        if client is not None:
            self.client = client

    def get_status(self) -> Any:
        """The Status object that the last call brought, if it did."""
        return self._status

    def clear_status(self) -> None:
        """Forgets the Status object."""
        self._status = None


class FieldMetadata(dict):
    """What a field of a custom resource may carry besides its type."""

    domain = "hikaru"
    _KEYS = {
        "exclusive_minimum": "exclusiveMinimum", "exclusive_maximum": "exclusiveMaximum", "multiple_of": "multipleOf",
        "min_items": "minItems", "max_items": "maxItems", "unique_items": "uniqueItems",
    }
    _PLAIN = ("description", "enum", "format", "minimum", "maximum", "pattern")

    def __init__(self, **kwargs: Any) -> None:
        known = {name: kwargs.pop(name) for name in list(kwargs) if name in self._KEYS or name in self._PLAIN}
        super().__init__(**kwargs)
        self[self.domain] = {self._KEYS.get(name, name): value for name, value in known.items() if value is not None}


def shape_of(cls: Any) -> Shape:
    """The fields of a class, wherever they come from."""
    shape = _own_shape(cls)
    return Shape(cls.__name__, []) if shape is None else shape


def from_raw(cls: Any, raw: Any, translate: bool = False) -> Any:
    """An object of class `cls` on top of `raw`, which must not be changed afterwards."""
    shape = shape_of(cls)
    raw = _plain(raw, shape, translate)
    shape.check(raw)
    return _on_top_of(cls, raw)


def read_times(obj: HikaruBase) -> None:
    """Writes the times of an object that nobody has read yet as Kubernetes' client leaves them: with their offset."""
    raw = obj.__dict__.get("_raw")
    if raw is not None:
        shape_of(type(obj)).read_times(raw)


def _on_top_of(cls: Any, raw: Dict[str, Any]) -> Any:
    if _declares_own_fields(cls):
        made = cls.get_empty_instance()
        made.process(raw)
        return made
    made = _bare(cls)
    made.__dict__["_raw"] = raw
    return made


def _bare(cls: Any) -> Any:
    """An instance whose fields are not set yet."""
    made = object.__new__(cls)
    if cls.__post_init__ not in (HikaruBase.__post_init__, HikaruDocumentBase.__post_init__):
        made.__post_init__()
    return made


def _own_shape(cls: Any) -> Optional[Shape]:
    shape = cls.__dict__.get("_shape")
    if shape is None:
        if _declares_own_fields(cls):
            shape = _declared_shape(cls)
        elif cls._kind is not None:
            shape = cls._kind.shape
        if shape is not None:
            cls._shape = shape
    return shape


def _declares_own_fields(cls: Any) -> bool:
    for ancestor in cls.__mro__:
        if isinstance(ancestor.__dict__.get("__dataclass_fields__"), dict):
            return True
        if ancestor.__dict__.get("_kind") is not None:
            return False
    return False


def _declared_shape(cls: Any) -> Shape:
    hints: Dict[str, Any] = {}
    for ancestor in reversed(cls.__mro__):
        if "__annotations__" in ancestor.__dict__:
            hints.update(typing.get_type_hints(ancestor, vars(sys.modules[ancestor.__module__])))
    fields = dataclasses.fields(cls)
    return Shape(cls.__name__, [_declared_field(field, hints.get(field.name, field.type)) for field in fields])


def _declared_field(declared: Any, hint: Any) -> Field:
    required = typing.get_origin(hint) is not Union
    if not required:
        hint = typing.get_args(hint)[0]
    listed = typing.get_origin(hint) is list
    if listed:
        hint = typing.get_args(hint)[0]
    if hint in (dict, Dict) or typing.get_origin(hint) is dict:
        return Field(declared.name, "map", listed, required)
    if isinstance(hint, type) and issubclass(hint, HikaruBase):
        field = Field(declared.name, hint.__name__, listed, required)
        field.holds(lambda: hint, lambda: shape_of(hint))
        return field
    return Field(declared.name, {str: "str", int: "int", bool: "bool", float: "float"}.get(hint, "any"), listed, required)


def _missing_text(name: str, missing: List[str]) -> str:
    quoted = [repr(one) for one in missing]
    listed = quoted[0] if len(quoted) == 1 else "%s and %s" % (", ".join(quoted[:-1]), quoted[-1])
    if len(quoted) > 2:
        listed = "%s, and %s" % (", ".join(quoted[:-1]), quoted[-1])
    plural = "s" if len(quoted) > 1 else ""
    return "%s missing %d required positional argument%s: %s" % (name, len(quoted), plural, listed)


def _constructor_default(field: Field) -> Any:
    if field.listed:
        return []
    if field.is_map or field.any_is_map:
        return {}
    return field.constant


def _empty_instance_value(field: Field) -> Any:
    if field.listed:
        if not field.required:
            return []
        return [field.kind_class().get_empty_instance()] if field.is_kind else [None]
    if field.is_map:
        return {}
    if not field.required:
        return None
    return field.kind_class().get_empty_instance() if field.is_kind else ""


def _read(field: Field, raw: Dict[str, Any]) -> Any:
    """The Python value of a field."""
    value = raw.get(field.key)
    if value is None:
        if field.listed:
            return []
        return {} if field.is_map else None
    if field.is_kind:
        cls = _class_to_use(field.kind_class())
        if field.listed:
            return [_on_top_of(cls, _plain_dict(item)) for item in value]
        return _on_top_of(cls, _plain_dict(value))
    if field.listed:
        return list(value)
    if field.is_map:
        return dict(value)
    if value.__class__ is datetime:
        return value.isoformat() + ("Z" if value.tzinfo is None else "")
    return value


def _class_to_use(cls: Any) -> Any:
    """The class that was registered for a document's kind, else the kind's own."""
    if issubclass(cls, HikaruDocumentBase) and cls._kind is not None:
        from hikaru.version_kind import get_version_kind_class

        return get_version_kind_class(cls.apiVersion, cls.kind) or cls
    return cls


def _plain_dict(raw: Any) -> Dict[str, Any]:
    if raw.__class__ is str:
        raw = literal_eval(raw)
        if not isinstance(raw, dict):
            raise RuntimeError("a text that holds no map cannot be a Kubernetes object")
    return raw


def _plain(raw: Any, shape: Shape, translate: bool) -> Dict[str, Any]:
    raw = _plain_dict(raw)
    if translate:
        from hikaru.naming import from_client_names

        raw = from_client_names(raw, shape)
    return raw


def _duplicate(value: Any) -> Any:
    if isinstance(value, HikaruBase):
        return value.dup()
    if value.__class__ is dict:
        return dict(value)
    if value.__class__ is list:
        return [item.dup() if isinstance(item, HikaruBase) else item for item in value]
    return value


def _item_at(found: Any, part: Any, path: list) -> Any:
    try:
        index = int(part)
    except ValueError:
        raise ValueError("Path element isn't an int for list attribute; attr=%s" % (part,))
    try:
        item = found[index]
    except IndexError:
        raise IndexError("Index %s is beyond the end of the list" % index)
    if item is None:
        raise RuntimeError("Path %s leads to None at %s" % (path, part))
    return item


def _entries(owner: HikaruBase, name: str) -> Iterator[CatalogEntry]:
    """All fields called `name`, in the order of Hikaru's catalogue: a field before what is in it."""
    for field in shape_of(type(owner)).fields.values():
        value = getattr(owner, field.name, None)
        if value is None or field.is_map:
            continue
        if not field.is_kind:
            if field.name == name and field.item in _SCALAR_TYPES:
                yield CatalogEntry(_SCALAR_TYPES[field.item], name, [name])
            continue
        items = enumerate(value) if field.listed else [(None, value)]
        for index, item in items:
            path = [field.name] if index is None else [field.name, index]
            if field.name == name:
                yield CatalogEntry(type(item), name, path)
            if isinstance(item, HikaruBase):
                for entry in _entries(item, name):
                    yield CatalogEntry(entry.cls, entry.attrname, path + entry.path)


def _follows(path: List[Any], posts: Any) -> bool:
    start = 0
    for post in posts:
        try:
            post = int(post)
        except (ValueError, TypeError) as error:
            if not isinstance(post, str):
                raise ValueError(str(error))
        try:
            start = path.index(post, start)
        except ValueError:
            return False
    return True

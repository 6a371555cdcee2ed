"""How two Kubernetes objects differ, and how one takes over what another has."""

from typing import Any, Dict, List

from hikaru.meta import _SCALARS, DiffDetail, DiffType, HikaruBase, shape_of


class _Place:
    """Where in the two objects the comparison stands."""

    __slots__ = ("cls", "path", "text")

    def __init__(self, cls: Any, path: List[Any], text: str) -> None:
        self.cls, self.path, self.text = cls, path, text

    def attribute(self, cls: Any, name: str) -> "_Place":
        return _Place(cls, self.path + [name], "%s.%s" % (self.text, name))

    def key(self, key: Any) -> "_Place":
        return _Place(self.cls, self.path + [key], "%s['%s']" % (self.text, key))

    def index(self, index: int) -> "_Place":
        return _Place(self.cls, self.path + [index], "%s[%d]" % (self.text, index))

    def detail(self, kind: DiffType, report: str, one: Any, other: Any) -> List[DiffDetail]:
        return [DiffDetail(kind, self.cls, self.text, self.path, report, one, other)]


def differences(one: HikaruBase, other: Any) -> List[DiffDetail]:
    """All differences, as Hikaru tells them."""
    if one.__class__ is not other.__class__:
        report = "Incompatible: self is a %s whileother is a %s" % (one.__class__.__name__, other.__class__.__name__)
        return [DiffDetail(DiffType.INCOMPATIBLE_DIFF, one.__class__, "", [], report)]
    return _objects(one, other, _Place(one.__class__, [], one.__class__.__name__))


def _objects(one: HikaruBase, other: HikaruBase, place: _Place) -> List[DiffDetail]:
    cls = one.__class__
    own, theirs = one.__dict__, other.__dict__
    raw, other_raw = own.get("_raw"), theirs.get("_raw")
    is_lazy = raw is not None and other_raw is not None
    found: List[DiffDetail] = []
    for name, field in shape_of(cls).fields.items():
        if is_lazy and name not in own and name not in theirs and raw.get(field.key) == other_raw.get(field.key):
            continue  # Equal JSON: nothing in it needs to be made.
        found += _values(getattr(one, name), getattr(other, name), place.attribute(cls, name))
    return found


def _values(one: Any, other: Any, place: _Place) -> List[DiffDetail]:
    text = place.text
    if one is None and other is None:
        return []
    if other is None:
        return place.detail(
            DiffType.ADDED, "Added: %s is %s in self but does not exist in other" % (text, one), one, None
        )
    if one is None:
        report = "Removed: %s does not exist in self but in other it is %s" % (text, other)
        return place.detail(DiffType.REMOVED, report, None, other)
    if type(one) is not type(other):
        report = "Type mismatch: %s is a %s in self but in other it is a %s" % (text, type(one), type(other))
        return place.detail(DiffType.INCOMPATIBLE_DIFF, report, one, other)
    if isinstance(one, _SCALARS):
        if one == other:
            return []
        report = "Value mismatch: %s is %s in self but in other it is %s" % (text, one, other)
        return place.detail(DiffType.VALUE_CHANGED, report, one, other)
    if isinstance(one, HikaruBase):
        return _objects(one, other, place)
    if isinstance(one, dict):
        return _maps(one, other, place)
    if isinstance(one, list):
        return _lists(one, other, place)
    raise NotImplementedError("cannot compare %s with %s" % (one, other))


def _maps(one: Dict[Any, Any], other: Dict[Any, Any], place: _Place) -> List[DiffDetail]:
    found: List[DiffDetail] = []
    for key in dict.fromkeys([*one, *other]):
        found += _values(one.get(key), other.get(key), place.key(key))
    return found


def _lists(one: List[Any], other: List[Any], place: _Place) -> List[DiffDetail]:
    if len(one) != len(other):
        report = "Length mismatch: list %s has %d elements, but other has %d" % (place.text, len(one), len(other))
        return place.detail(DiffType.LIST_LENGTH_CHANGED, report, one, other)
    found: List[DiffDetail] = []
    for index, (item, other_item) in enumerate(zip(one, other)):
        found += _values(item, other_item, place.index(index))
    return found


def merge(one: HikaruBase, other: HikaruBase, overwrite: bool, enforce_version: bool) -> HikaruBase:
    """Gives `one` what `other` has."""
    _demand_same_type(one, other, enforce_version)
    return take_over(one, other, overwrite, enforce_version)


def take_over(one: HikaruBase, other: HikaruBase, overwrite: bool, enforce_version: bool = False) -> HikaruBase:
    """The same for objects of the same kind, whatever their classes."""
    for name in shape_of(type(one)).fields:
        value, given = getattr(one, name), getattr(other, name)
        if given is None:
            if overwrite:
                setattr(one, name, None)
        elif isinstance(given, (str, int, float, bool)):
            if overwrite or value is None:
                setattr(one, name, given)
        elif isinstance(given, dict):
            _merge_map(one, name, given, overwrite)
        elif isinstance(given, HikaruBase):
            _merge_object(one, name, given, overwrite, enforce_version)
        elif isinstance(given, list):
            _merge_list(one, name, given, overwrite, enforce_version)
        else:
            raise NotImplementedError("cannot merge %s's %s" % (name, type(given).__name__))
    return one


def _demand_same_type(one: Any, other: Any, enforce_version: bool) -> None:
    if enforce_version and one.__class__ is not other.__class__:
        text = "Strict type mismatch: trying to merge a %s into a %s; perhaps these are from different version modules?"
        raise TypeError(text % (other.__class__, one.__class__))
    if one.__class__.__name__ != other.__class__.__name__:
        text = "Type name mismatch: trying to merge a %s into a %s"
        raise TypeError(text % (other.__class__.__name__, one.__class__.__name__))


def _merge_map(one: Any, name: str, given: Dict[Any, Any], overwrite: bool) -> None:
    value = getattr(one, name)
    if overwrite or value is None:
        setattr(one, name, dict(given))
    elif type(value) is not dict:
        raise TypeError("Failed merging %s: tried to merge a dict into a %s" % (name, type(value).__name__))
    else:
        _fill(value, given, overwrite)


def _fill(value: Dict[Any, Any], given: Dict[Any, Any], overwrite: bool) -> None:
    for key, item in given.items():
        if overwrite or value.get(key) is None:
            value[key] = item


def _merge_object(one: Any, name: str, given: HikaruBase, overwrite: bool, enforce_version: bool) -> None:
    value = getattr(one, name)
    if overwrite or value is None:
        setattr(one, name, given.dup())
    elif not isinstance(value, HikaruBase):
        text = "Failed merging %s: tried to merge a %s into a non-HikaruBase instance"
        raise TypeError(text % (name, type(given).__name__))
    else:
        value.merge(given, overwrite=overwrite, enforce_version=enforce_version)


def _merge_list(one: Any, name: str, given: List[Any], overwrite: bool, enforce_version: bool) -> None:
    value = getattr(one, name)
    if value is None:
        value = []
        setattr(one, name, value)
    elif not isinstance(value, list):
        raise TypeError("Failed merging %s: tried to merge a list into a %s" % (name, type(value).__name__))
    for index, item in enumerate(given):
        copy = item.dup() if isinstance(item, HikaruBase) else dict(item) if isinstance(item, dict) else item
        if index >= len(value):
            if item is not None or overwrite:
                value.append(copy)
        elif overwrite or value[index] is None:
            value[index] = copy
        elif isinstance(item, HikaruBase):
            if not isinstance(value[index], HikaruBase):
                text = "Failed merging item %d of %s: can't merge a HikaruBase subclass into a %s"
                raise TypeError(text % (index, name, type(value[index]).__name__))
            value[index].merge(item, overwrite=overwrite, enforce_version=enforce_version)
        elif isinstance(item, dict):
            if not isinstance(value[index], dict):
                text = "Failed merging item %d of %s: can't merge a dict into a %s"
                raise TypeError(text % (index, name, type(value[index]).__name__))
            _fill(value[index], item, overwrite)

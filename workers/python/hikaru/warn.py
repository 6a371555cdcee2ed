"""Finds fields whose values do not have the declared type."""

from typing import Any, List

from hikaru.kinds import Field
from hikaru.meta import _SCALAR_TYPES, HikaruBase, TypeWarning, shape_of


def type_warnings(owner: HikaruBase) -> List[TypeWarning]:
    """One warning for each field at fault, at any depth."""
    found: List[TypeWarning] = []
    for field in shape_of(type(owner)).fields.values():
        found += _of_field(owner, field, getattr(owner, field.name))
    return found


def _of_field(owner: HikaruBase, field: Field, value: Any) -> List[TypeWarning]:
    def warning(text: str, *index: Any) -> TypeWarning:
        return TypeWarning(type(owner), field.name, [field.name, *index], text)

    declared = list if field.listed else dict if field.is_map else _item_type(field)
    if value is None:
        return _of_nothing(field, declared, warning)
    if declared is not object and declared is not type(value) and not issubclass(declared, type(value)):
        return [warning("Was expecting type %s, got %s" % (declared.__name__, type(value).__name__))]
    if field.listed:
        return _of_list(field, value, warning)
    if isinstance(value, HikaruBase):
        return [_below(inner, [field.name]) for inner in type_warnings(value)]
    return []


def _item_type(field: Field) -> Any:
    return field.kind_class() if field.is_kind else _SCALAR_TYPES.get(field.item, object)


def _of_nothing(field: Field, declared: Any, warning: Any) -> List[TypeWarning]:
    if declared in (list, dict):
        name = "list" if declared is list else "dict"
        return [warning("Attribute %s is None but should be at least an empty %s" % (field.name, name))]
    if field.required and declared is not object:
        return [warning("Attribute %s is None but should have been %s" % (field.name, declared.__name__))]
    return []


def _of_list(field: Field, value: List[Any], warning: Any) -> List[TypeWarning]:
    found = []
    if field.required and not value:
        found.append(warning("List %s has no elements but is required" % field.name))
    declared = _item_type(field)
    for index, item in enumerate(value):
        if declared is not type(item):
            text = "Element %d of list %s is of type %s, not %s"
            found.append(warning(text % (index, field.name, type(item).__name__, declared.__name__), index))
        elif issubclass(declared, HikaruBase):
            found += [_below(inner, [field.name, index]) for inner in type_warnings(item)]
    return found


def _below(inner: TypeWarning, path: List[Any]) -> TypeWarning:
    return TypeWarning(inner.cls, inner.attrname, path + inner.path, inner.warning)

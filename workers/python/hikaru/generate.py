"""Objects from JSON and YAML, and the way back."""

import json
import keyword
from typing import Any, Dict, List, Optional, TextIO, Tuple

from hikaru.kinds import Field, Shape
from hikaru.meta import HikaruBase, from_raw, shape_of
from hikaru.naming import get_default_release, process_api_version
from hikaru.version_kind import get_version_kind_class

_DOLLAR = "dollar_"


def get_clean_dict(obj: HikaruBase) -> Dict[str, Any]:
    """The object as JSON, without fields that are None or empty."""
    _demand_object(obj)
    return _clean_object(obj)


def get_yaml(obj: HikaruBase) -> str:
    """The object as a YAML document."""
    from hikaru import yaml_text

    return "\n".join(["---", yaml_text.write(get_clean_dict(obj))])


def get_json(obj: HikaruBase) -> str:
    """The object as JSON text."""
    _demand_object(obj)
    return json.dumps(get_clean_dict(obj))


def from_json(json_data: str, cls: Optional[type] = None) -> Any:
    """An object from JSON text."""
    return from_dict(json.loads(json_data), cls=cls)


def from_dict(adict: Dict[str, Any], cls: Optional[type] = None, translate: Optional[bool] = False) -> Any:
    """An object from JSON. Without `cls` its `apiVersion` and `kind` say what it is."""
    if not isinstance(adict, dict):
        raise TypeError("The 'adict' parameter is not a dict")
    if cls is not None and not issubclass(cls, HikaruBase):
        raise TypeError("cls is not a subclass of HikaruBase")
    if cls is None:
        version, kind = _version_and_kind(adict)
        cls = get_version_kind_class(version, kind)
        if cls is None:
            text = "The contained apiVersion '%s' and kind '%s' don't map to any known class"
            raise ValueError(text % (version, kind))
    return from_raw(cls, adict, bool(translate))


def get_processors(path: Optional[str] = None, stream: Optional[TextIO] = None, yaml: Optional[str] = None) -> List[Any]:
    """The documents of a YAML text, parsed."""
    import yaml as parser

    if path is None and stream is None and yaml is None:
        raise RuntimeError("One of path, stream, or yaml must be specified")
    loader = getattr(parser, "CSafeLoader", parser.SafeLoader)
    if yaml:
        return list(parser.load_all(yaml, Loader=loader))
    if stream:
        return list(parser.load_all(stream.read(), Loader=loader))
    with open(str(path), encoding="utf-8") as file:
        return list(parser.load_all(file.read(), Loader=loader))


def load_full_yaml(
    path: Optional[str] = None,
    stream: Optional[TextIO] = None,
    yaml: Optional[str] = None,
    release: Optional[str] = None,
    translate: bool = False,
) -> List[Any]:
    """An object for each document of a YAML text."""
    objects = []
    for number, document in enumerate(get_processors(path=path, stream=stream, yaml=yaml)):
        version, kind = _version_and_kind(document)
        cls = get_version_kind_class(version, kind, release or get_default_release())
        if cls is None:
            text = (
                "Doc number %d in the supplied YAML has an unrecognized api_version (%s) and kind (%s) pair; "
                "can't determine the class to instantiate"
            )
            raise RuntimeError(text % (number, version, kind))
        objects.append(cls.from_yaml(document, translate=translate))
    return objects


def get_python_source(obj: HikaruBase, assign_to: Optional[str] = None, style: Optional[str] = None) -> str:
    """Python code that makes the same object; `style` names a formatter, where it is installed."""
    code = obj.as_python_source(assign_to=assign_to)
    if style is None:
        return code
    if style.lower() == "black":
        from black import Mode, format_str

        return format_str(code, mode=Mode())
    if style.lower() == "autopep8":
        from autopep8 import fix_code

        return fix_code(code, options={"max_line_length": 88, "experimental": 1})
    raise RuntimeError("Unrecognized style: %s" % style)


def python_source(obj: HikaruBase, assign_to: Optional[str]) -> str:
    """The unformatted code of `get_python_source`."""
    arguments = []
    for field in shape_of(type(obj)).fields.values():
        value = getattr(obj, field.name)
        if value is None or (value in ([], {}) and not field.required):
            continue
        arguments.append("%s=%s" % (field.name, _source(value)))
    words = ["%s = " % assign_to] if assign_to is not None else []
    words += [type(obj).__name__ + "(", ",".join(arguments), ")"] if arguments else [type(obj).__name__ + "(", ")"]
    return " ".join(words)


def _source(value: Any) -> str:
    if isinstance(value, HikaruBase):
        return python_source(value, None)
    if isinstance(value, list):
        return "[%s]" % ",".join(map(_source, value))
    if isinstance(value, dict):
        return "{%s}" % ",".join("%r: %s" % (key, _source(item)) for key, item in value.items())
    return repr(value)


def _demand_object(obj: Any) -> None:
    if not isinstance(obj, HikaruBase):
        raise TypeError("obj must be a kind of HikaruBase")


def _version_and_kind(document: Any) -> Tuple[str, str]:
    version = document.get("apiVersion", "--NOPE--")
    if version == "--NOPE--":
        version = document.get("api_version", "")
    process_api_version(version)
    kind = document.get("kind", "")
    # The class called Event is that of events.k8s.io; Hikaru names this one so, and has no class of that name.
    return (version, "Event_core") if (version, kind) == ("v1", "Event") else (version, kind)


def _clean_object(obj: HikaruBase) -> Dict[str, Any]:
    shape = shape_of(type(obj))
    own = obj.__dict__
    raw = own.get("_raw")
    clean: Dict[str, Any] = {}
    for name, field in shape.fields.items():
        if raw is not None and name not in own:
            value = _clean_field(field, _raw_value(obj, field, raw))
        else:
            value = _clean_value(getattr(obj, name))
        if value is not None:
            clean[field.json_key] = value
    return clean


def _raw_value(obj: HikaruBase, field: Field, raw: Dict[str, Any]) -> Any:
    value = raw.get(field.key)
    if field.constant is not None or (value is not None and not isinstance(value, (str, int, float, list, dict))):
        return getattr(obj, field.name)
    return value


def _clean_raw(shape: Shape, raw: Any) -> Dict[str, Any]:
    if not isinstance(raw, dict):
        return raw
    clean: Dict[str, Any] = {}
    for field in shape.fields.values():
        value = _clean_field(field, raw.get(field.key))
        if value is not None:
            clean[field.json_key] = value
    return clean


def _clean_field(field: Field, value: Any) -> Any:
    """What is left of a field's JSON; None if nothing is."""
    if not field.is_kind or isinstance(value, (str, HikaruBase)):
        return _clean_value(value)
    if value is None:
        return None
    if field.kind_class()._kind is None:
        return _clean_value(getattr(from_raw(field.kind_class(), value), "to_dict")())
    if field.listed:
        return [_clean_part(field, item) for item in value] or None
    return _clean_part(field, value)


def _clean_part(field: Field, raw: Any) -> Any:
    cls = field.kind_class()
    if cls._kind.is_document:
        return _clean_object(from_raw(cls, raw))  # It may have a version and a kind that its JSON does not say.
    return _clean_raw(field.shape(), raw)


def _clean_value(value: Any) -> Any:
    if value is None or (isinstance(value, (list, dict)) and not value):
        return None
    if isinstance(value, HikaruBase):
        return _clean_object(value)
    if isinstance(value, dict):
        return _clean_map(value)
    if isinstance(value, (list, tuple)):
        return [_clean_item(item) for item in value]
    if hasattr(value, "isoformat"):
        return value.isoformat() + ("Z" if getattr(value, "tzinfo", None) is None else "")
    return value


def _clean_item(item: Any) -> Any:
    if isinstance(item, HikaruBase):
        return _clean_object(item)
    return _clean_map(item) if isinstance(item, dict) else item


def _clean_map(value: Dict[Any, Any]) -> Dict[Any, Any]:
    clean = {}
    for key, item in value.items():
        item = _clean_value(item)
        if item is not None:
            clean[_written_key(key)] = item
    return clean


def _written_key(key: Any) -> Any:
    if isinstance(key, str):
        if key.startswith(_DOLLAR):
            return "$" + key.replace(_DOLLAR, "")
        if key.endswith("_") and keyword.iskeyword(key[:-1]):
            return key[:-1]
    return key

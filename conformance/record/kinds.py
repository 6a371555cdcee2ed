"""Writes `kinds.txt`, the table of Kubernetes kinds that the `hikaru` package of the worker reads.

The facts are those of Kubernetes' OpenAPI document of one release: which kinds there are, their fields with types, and
their operations with method, path and parameters. Hikaru's generated classes carry them in the order that its
constructors use, so the facts are taken from there. The head of the table says how a line reads.

    python conformance/record/kinds.py workers/python/hikaru/model/rel_1_26/kinds.txt
"""

import dataclasses
import importlib
import inspect
import re
import sys
import typing
from typing import Any, Dict, Iterator, List

from hikaru.meta import HikaruBase, HikaruDocumentBase

RELEASE = "rel_1_26"
VERSIONS = ("v1", "v2", "v1alpha1", "v1beta1", "v1beta2", "v1beta3")
SCALARS = {str: "str", int: "int", bool: "bool", float: "float", object: "any"}
SHORTCUTS = ("create", "read", "update", "delete")
METHODS = {"create": "POST", "read": "GET", "list": "GET", "replace": "PUT", "patch": "PATCH", "delete": "DELETE"}
ADDED = {
    "LifecycleHandler": ["sleep:SleepAction"],
}
"""Fields of later releases that objects of real clusters have and Robusta knows."""
NOT_REQUIRED = (("Event", "eventTime"), ("PodFailurePolicyRule", "onPodConditions"))
"""Fields that the document requires and objects of real clusters lack."""
ADDED_KINDS = ["SleepAction seconds:int"]

HEAD = """\
# Kubernetes kinds of release 1.26, one a line: its name, then its fields as name:type, in order.
# `!` before a type: required. `[type]`: a list. `map`: text to text. `any`: whatever JSON can say; `any{}`: its default
# is an empty map. `=text`: a text that this kind always has. Other types are kinds of this table.
# An indented line is an operation of the kind above: name, `self` (the object is sent) or `-`, HTTP method, path,
# parameters in order. An indented line of two words is a shortcut and the operation it stands for.
# `@version` begins the kinds that only that version has.
"""


def main() -> None:
    lines = [HEAD.rstrip("\n")]
    for version in VERSIONS:
        module = importlib.import_module("hikaru.model.%s.%s.%s" % (RELEASE, version, version))
        lines.append("@" + version)
        for name, kind in sorted(vars(module).items()):
            if isinstance(kind, type) and issubclass(kind, HikaruBase) and kind.__module__ == module.__name__:
                lines.extend(describe(kind, vars(module)))
        lines.extend(ADDED_KINDS if version == "v1" else [])
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def describe(kind: Any, names: Dict[str, Any]) -> Iterator[str]:
    """The lines of one kind."""
    hints = typing.get_type_hints(kind, names)
    fields = []
    for field in dataclasses.fields(kind):
        described = _type(field, hints[field.name])
        if (kind.__name__, field.name) in NOT_REQUIRED:
            described = described.replace("!", "")
        fields.append(field.name + described)
    yield " ".join([kind.__name__] + fields + ADDED.get(kind.__name__, []))
    if issubclass(kind, HikaruDocumentBase):
        for name, member in vars(kind).items():
            if not name.startswith("_") and isinstance(member, (staticmethod, type(describe))):
                yield "  " + _operation(kind, name, member)


def _type(field: Any, hint: Any) -> str:
    if isinstance(field.default, str):
        return "=" + field.default
    required = typing.get_origin(hint) is not typing.Union
    if not required:
        hint = typing.get_args(hint)[0]
    text = _name(hint)
    if field.default_factory is dict and hint is object:
        text += "{}"
    return ":" + ("!" if required else "") + text


def _name(hint: Any) -> str:
    if typing.get_origin(hint) is list:
        return "[%s]" % _name(typing.get_args(hint)[0])
    if typing.get_origin(hint) is dict:
        return "map"
    return SCALARS.get(hint) or hint.__name__


def _operation(kind: Any, name: str, member: Any) -> str:
    function = member.__func__ if isinstance(member, staticmethod) else member
    if name in SHORTCUTS:
        return "%s %s" % (name, re.search(r"res = self\.(\w+)\(", inspect.getsource(function)).group(1))
    path = re.search(r"^\s*path: (\S+)", function.__doc__, re.M).group(1)
    given: List[str] = [
        parameter for parameter in inspect.signature(function).parameters if parameter not in ("self", "client", "async_req")
    ]
    subject = "-" if isinstance(member, staticmethod) else "self"
    method = METHODS[re.match("[a-z]+", name).group()]
    return " ".join([name, subject, method, path] + given)


if __name__ == "__main__":
    main()

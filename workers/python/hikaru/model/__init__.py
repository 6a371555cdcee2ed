"""The classes of Kubernetes' kinds. Each is made from the table when it is first asked for."""

import sys
from typing import Any, Callable, Dict, List

from hikaru import meta
from hikaru.kinds import REL_1_26, Kind

_made: Dict[str, Any] = {}
_ALWAYS = {"HikaruBase": meta.HikaruBase, "HikaruDocumentBase": meta.HikaruDocumentBase}


def class_of(name: str, version: str) -> Any:
    """The class of a kind, as `version` has it or else as `v1` does; None if the table has no such kind."""
    kind = REL_1_26.kind(name, version)
    if kind is None:
        return None
    full_name = kind.version + "." + name
    if full_name not in _made:
        _made[full_name] = _make(kind)
    return _made[full_name]


def names_of(version: str) -> List[str]:
    """What `import *` from a version gives."""
    return [*REL_1_26.names(version), *_ALWAYS]


def lookup(module: str, version: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module that has the kinds of a version."""

    def find(name: str) -> Any:
        found = _ALWAYS.get(name) or (None if name.startswith("_") else class_of(name, version))
        if found is None:
            raise AttributeError("module '%s' has no attribute '%s'" % (module, name))
        setattr(sys.modules[module], name, found)
        return found

    return find


def _make(kind: Kind) -> Any:
    from hikaru import operations

    ancestor = meta.HikaruDocumentBase if kind.is_document else meta.HikaruBase
    members = {field.name: field.constant for field in kind.shape.constants} if kind.is_document else {}
    members.update(_kind=kind, _version=kind.version, __module__="hikaru.model.rel_1_26.%s.%s" % (kind.version, kind.version))
    cls = type(kind.name, (ancestor,), members)
    operations.attach(cls, kind)
    return cls


REL_1_26.class_of = class_of
__all__ = names_of("v1")
__getattr__ = lookup(__name__, "v1")

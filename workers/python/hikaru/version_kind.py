"""Which class stands for a version and a kind."""

from typing import Any, Dict, Optional, Tuple

from hikaru.kinds import REL_1_26, VERSIONS
from hikaru.meta import HikaruDocumentBase, shape_of
from hikaru.naming import process_api_version

_registered: Dict[Tuple[str, str], Any] = {}


def register_version_kind_class(cls: Any, version: str, kind: str, release: Optional[str] = None) -> Any:
    """Makes `cls` stand for a kind from now on; gives the class that did before."""
    if not issubclass(cls, HikaruDocumentBase):
        raise TypeError("The class to register must be a HikaruDocumentBase subclass")
    if not {"apiVersion", "kind"} <= set(shape_of(cls).fields):
        raise TypeError("The class must have both apiVersion and kind attributes")
    before = get_version_kind_class(version, kind, release)
    _registered[process_api_version(version)[1], kind] = cls
    return before


def get_version_kind_class(version: str, kind: str, release: Optional[str] = None) -> Any:
    """The class for a kind; the group of `version` does not matter. None if there is none."""
    _, bare_version = process_api_version(version)
    found = _registered.get((bare_version, kind))
    if found is None and bare_version in VERSIONS and kind in REL_1_26.names(bare_version):
        candidate = REL_1_26.class_of(kind, bare_version)
        found = candidate if issubclass(candidate, HikaruDocumentBase) else None
    return found

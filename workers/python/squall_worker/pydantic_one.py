"""Sees to it that `pydantic` is version 1, which playbooks are written for.

Version 2 brings version 1 along as `pydantic.v1`; where only version 2 is installed, that takes its name.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from typing import Any, Optional, Sequence

_NAME = "pydantic"


class NotInstalled(ImportError):
    """There is no pydantic that playbooks could use."""


class _Aliases(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds `pydantic.x` where `pydantic.v1.x` is."""

    def find_spec(self, name: str, path: Optional[Sequence[str]], target: Any = None) -> Any:
        if name.startswith(_NAME + ".") and not name.startswith(_NAME + ".v1"):
            return importlib.machinery.ModuleSpec(name, self)
        return None

    def create_module(self, spec: Any) -> Any:
        return importlib.import_module(_NAME + ".v1" + spec.name[len(_NAME):])

    def exec_module(self, module: Any) -> None:
        pass  # It has run under its own name.


def prepare() -> None:
    """To be called before anything imports pydantic. Raises `NotInstalled`."""
    if importlib.util.find_spec(_NAME) is None:
        raise NotInstalled("playbooks need pydantic 1.10, which is not installed")
    version = importlib.import_module(_NAME).VERSION
    if version.startswith("1."):
        return
    try:
        first = importlib.import_module(_NAME + ".v1")
    except ImportError as error:
        raise NotInstalled("playbooks need pydantic 1.10; version %s does not bring it along" % version) from error
    for name in [known for known in sys.modules if known.startswith(_NAME + ".") and ".v1" not in known]:
        del sys.modules[name]
    sys.modules[_NAME] = first
    for name in [known for known in sys.modules if known.startswith(_NAME + ".v1.")]:
        sys.modules[_NAME + name[len(_NAME + ".v1"):]] = sys.modules[name]
    sys.meta_path.insert(0, _Aliases())


def is_there() -> bool:
    """Whether `prepare` would succeed. It is prepared then."""
    try:
        prepare()
    except NotInstalled:
        return False
    return True

"""Runs Robusta's own tests against the package `robusta` of Squall, and counts what comes of them.

    python conformance/robusta_tests.py FOLDER [OPTIONS OF PYTEST]

FOLDER holds Robusta's sources (`tests`, `playbooks`). The Python that runs it needs pytest, and what the tests import:
Robusta's own dependencies, freezegun and responses. Tests that need a cluster, Slack or Robusta's platform are left out.

What of Robusta's runner Squall has in Rust (sinks, the reading of files, discovery, triggers) is not in the package: a
name of it is imported as a `Missing`, so that other tests of the same file run; whoever uses it is skipped.
"""

import importlib.abc
import importlib.machinery
import os
import sys
import tempfile
from typing import Any, Optional, Sequence

import pytest

WORKERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "workers", "python")

LEFT_OUT = (
    *("config", "discovery", "manual_tests", "slack", "web"),
    *("test_app_imports.py", "test_config_loader.py", "test_fixtures.py", "test_helm_chart.py", "test_install.py"),
    "test_k8s_utils.py",
)
"""Tests of the runner, of its chart and of services, and those that need a cluster."""

PACKAGES = ("robusta.cli", "robusta.clients", "robusta.core", "robusta.integrations", "robusta.model", "robusta.runner", "robusta.utils")

OF_THE_RUNNER = {
    "robusta.api": ("SlackSender",),
    "robusta.core.sinks.sink_base": ("NotificationSummary", "NotificationGroup"),
    "robusta.core.sinks.sink_base_params": ("ActivityParams", "ActivityInterval", "SinkBaseParams"),
    "robusta.core.discovery.discovery": ("Discovery", "DiscoveryResults"),
    "robusta.core.model.base_params": ("HolmesChatParams",),
}
"""Names of the runner in modules that are there."""


_WHY = "of the runner, which is in Rust here"


class _Unusable(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        pytest.skip(_WHY, allow_module_level=True)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        pytest.skip(_WHY, allow_module_level=True)


class Missing(metaclass=_Unusable):
    """A name of the runner's. It can be imported and inherited from, and nothing else."""


class _MissingModule(importlib.abc.Loader):
    def create_module(self, spec: Any) -> None:
        """An ordinary one."""

    def exec_module(self, module: Any) -> None:
        module.__path__ = []
        module.__getattr__ = lambda name: _missing(module.__name__, name)


def _missing(module: str, name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    if name.isupper():
        return []  # A constant; tests are made of some.
    return _Unusable(name, (Missing,), {"__module__": module})


class _Finder(importlib.abc.MetaPathFinder):
    """Comes last: only what is not there gets to it."""

    def find_spec(self, name: str, path: Optional[Sequence[str]], target: Any = None) -> Any:
        if name.startswith(PACKAGES):
            return importlib.machinery.ModuleSpec(name, _MissingModule(), is_package=True)
        return None


def main() -> int:
    """Runs the tests; its exit code is pytest's."""
    sources = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as own:
        for package in ("robusta", "hikaru", "squall_worker"):
            os.symlink(os.path.abspath(os.path.join(WORKERS, package)), os.path.join(own, package))
        sys.path[:0] = [own, sources, os.path.join(sources, "playbooks")]
        sys.meta_path.append(_Finder())
        sys.dont_write_bytecode = True
        for module, names in OF_THE_RUNNER.items():
            found = importlib.import_module(module)
            for name in names:
                if not hasattr(found, name):
                    setattr(found, name, _missing(module, name))
        os.chdir(sources)
        left_out = ["--ignore=%s" % os.path.join("tests", name) for name in LEFT_OUT]
        usual = ["-q", "-p", "no:cacheprovider", "--continue-on-collection-errors", *left_out, "tests"]
        return int(pytest.main(usual + sys.argv[2:]))


if __name__ == "__main__":
    sys.exit(main())

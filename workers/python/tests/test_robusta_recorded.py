"""Our events, findings, blocks and parameters answer as Robusta's do."""

import importlib.util
import typing
import unittest
from typing import Any, Dict

from tests import recorded
from tests.engine import WithEngine, needs_pydantic
from tests.test_hikaru_recorded import names as hikaru_names

WANTED: Dict[str, str] = {
    "blocks-63": "the data of a Prometheus block may be of any class",
    "blocks-64": "the data of a Prometheus block may be of any class",
    "pods-01": "a number of processors may be a number",
}
"""Cases on which we mean to differ, and why."""


def names() -> Dict[str, Any]:
    import robusta.api
    from robusta.core.reporting.blocks import TableBlockFormat

    found = {**hikaru_names(), **{name: getattr(robusta.api, name) for name in robusta.api.__all__}}
    return {**found, "TableBlockFormat": TableBlockFormat, "List": typing.List}


@needs_pydantic
@unittest.skipUnless(importlib.util.find_spec("yaml"), "PyYAML is not installed")
class RobustaTest(WithEngine):
    def test_all_is_as_recorded(self) -> None:
        found = recorded.differences("robusta", names(), WANTED)
        if importlib.util.find_spec("tabulate") is None:
            found = [one for one in found if "Please install tabulate" not in one]
        self.assertFalse(found, "\n" + "\n".join(found))


if __name__ == "__main__":
    unittest.main()

"""Our Kubernetes objects answer as Hikaru's do."""

import importlib.util
import unittest
from typing import Any, Dict
from unittest import mock

import hikaru
import hikaru.model.rel_1_26 as model
from hikaru import version_kind

from tests import recorded

WANTED = {
    "write-02": "a map that is a little too long stays on its line",
    "write-03": "a text with a colon in a one-line map is quoted, for readers of YAML 1.1",
    "write-06": "`yes` is quoted, for readers of YAML 1.1",
    "own-01": "a class of one's own needs no `import *` beside it",
    "own-02": "a class of one's own needs no `import *` beside it",
}
"""Cases on which we mean to differ, and why."""


def names() -> Dict[str, Any]:
    return {"hikaru": hikaru, **{name: getattr(model, name) for name in model.__all__}}


@unittest.skipUnless(importlib.util.find_spec("yaml"), "PyYAML is not installed")
class HikaruTest(unittest.TestCase):
    def test_objects_are_as_recorded(self) -> None:
        # Robusta's names put classes of their own in place of Hikaru's.
        with mock.patch.dict(version_kind._registered, clear=True):
            found = recorded.differences("hikaru", names(), WANTED)
        self.assertFalse(found, "\n" + "\n".join(found))


if __name__ == "__main__":
    unittest.main()

"""How an action's class is found in its file, and what its return value means."""

import contextlib
import io
import os
import sys
import tempfile
import unittest
from typing import Any, Dict, List

from squall_worker import action, lookup

BEGIN = "from st2common.runners.base_action import Action\n"


class LookupTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.addCleanup(sys.path.__setitem__, slice(None), list(sys.path))
        self.addCleanup(sys.argv.__setitem__, slice(None), list(sys.argv))

    def write(self, source: str, name: str = "it.py") -> str:
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(source)
        return path

    def found(self, source: str) -> str:
        return lookup.action_class(self.write(source)).__name__

    def test_the_first_by_name_with_run(self) -> None:
        run = "    def run(self): pass\n"
        self.assertEqual(self.found(BEGIN + "class Zeta(Action):\n" + run + "class Alpha(Action):\n" + run), "Alpha")
        self.assertEqual(self.found(BEGIN + "class Base(Action): pass\nclass Real(Base):\n" + run), "Real")
        self.assertEqual(self.found("class Plain:\n" + run), "Plain")
        self.assertEqual(self.found("class A: pass\nclass B:\n    run = 5\nclass C:\n" + run), "C")

    def test_imported_classes_do_not_count(self) -> None:
        self.write(BEGIN + "class Abc(Action):\n    def run(self): pass\n", "beside.py")
        self.assertEqual(self.found("from beside import Abc\nclass Mine(Abc): pass\n"), "Mine")

    def test_what_cannot_be_loaded(self) -> None:
        for source, kind, message in [
            (BEGIN + "class A(Action): pass\n", lookup.NoAction, "no class with a run method"),
            ("", lookup.NoAction, "no class with a run method"),
            ("def f(:\n", SyntaxError, "invalid syntax"),
            ("import not_there_at_all\n", ImportError, "No module named"),
        ]:
            with self.subTest(source=source), self.assertRaises(kind) as raised:
                self.found(source)
            self.assertIn("Failed to load action class from file", str(raised.exception))
            self.assertIn(message, str(raised.exception))

    def test_old_constructors(self) -> None:
        source = """
class Old:
    def __init__(self, config):
        self.config = config
    def run(self): pass
"""
        old = lookup.instantiate(lookup.action_class(self.write(source)), {"a": 1}, "service")
        self.assertEqual((old.config, old.action_service), ({"a": 1}, "service"))

    def test_a_constructor_that_fails_is_not_tried_again(self) -> None:
        source = "class Bad:\n    def __init__(self, config, action_service): raise TypeError('mine')\n    def run(self): pass\n"
        kind = lookup.action_class(self.write(source))
        with self.assertRaisesRegex(TypeError, "mine"):
            lookup.instantiate(kind, {}, None)

    def test_carry_out(self) -> None:
        source = BEGIN + "class A(Action):\n    def run(self, x): return self.config['k'], x\n"
        reported: List[Dict[str, Any]] = []
        request = {"pack": "p", "log_level": "INFO", "config": {"k": True}, "parameters": {"x": [1]}}
        action.carry_out({"file": self.write(source), **request}, reported.append)
        self.assertEqual(reported, [{"result": [1], "status": True}])


class JudgeTest(unittest.TestCase):
    def test_results_and_statuses(self) -> None:
        thing = type("Thing", (), {"__repr__": lambda self: "<a thing>"})()
        for returned, result, status in [
            (None, None, None),
            (5, 5, None),
            ((True, "x"), "x", True),
            ((False, None), None, False),
            ((None, 5), 5, None),
            ([1, 2], [1, 2], None),
            ((1, 2, 3), [1, 2, 3], None),
            ((True, thing), "<a thing>", True),
            ((False, {1: 2}), "{1: 2}", False),
            # Without a status, StackStorm's way through Python text leaves the end of its own reply behind.
            ({"a": thing}, "{'a': <a thing>}, 'status': None}", None),
        ]:
            with self.subTest(returned=returned):
                self.assertEqual(action.judge(returned), {"result": result, "status": status})

    def test_other_statuses_end_the_action(self) -> None:
        complaint = io.StringIO()
        with contextlib.redirect_stderr(complaint), self.assertRaises(SystemExit) as raised:
            action.judge((1, "x"))
        self.assertEqual(raised.exception.code, action.INVALID_STATUS)
        self.assertIn("must either be True or False, got: 1\n", complaint.getvalue())

"""What packs import: the action's base class, its config, its log, the datastore."""

import io
import logging
import unittest
from typing import Any, Dict, List
from unittest import mock

from squall_worker import channel
from squall_worker.service import ActionService
from st2common import log
from st2common.runners import utils
from st2common.runners.base_action import Action
from st2common.runners.utils import PackConfigDict


class Greet(Action):
    def run(self) -> None:
        pass


class ActionTest(unittest.TestCase):
    def test_the_base_class_is_abstract(self) -> None:
        with self.assertRaises(TypeError):
            Action()  # type: ignore[abstract]

    def test_config_tells_what_is_missing(self) -> None:
        action = Greet(config={"here": 1}, action_service=ActionService("shop", "Greet", "INFO"))
        self.assertEqual(action.config["here"], 1)
        self.assertIsNone(action.config.get("there"))
        with self.assertRaisesRegex(ValueError, 'Config for pack "shop" is missing key "there"'):
            action.config["there"]
        self.assertEqual(PackConfigDict("p", {"a": 1}), {"a": 1})

    def test_the_log_goes_to_standard_error(self) -> None:
        utils.LOGGERS.clear()
        with mock.patch("sys.stderr", io.StringIO()) as stderr:
            logger = utils.get_logger_for_python_runner_action("Logs", "info")
            logger.debug("unseen")
            logger.info("seen %s", 1)
            logger.error("bad", extra={"name": "no clash"})
            logger.audit("all")
        self.assertEqual(
            stderr.getvalue(),
            "st2.actions.python.Logs: INFO     seen 1\n"
            "st2.actions.python.Logs: ERROR    bad\n"
            "st2.actions.python.Logs: AUDIT    all\n",
        )

    def test_loggers_keep_their_caller(self) -> None:
        logger = log.getLogger("caller")
        log.getLogger("st2.caller")
        records: List[logging.LogRecord] = []
        with mock.patch.object(logger, "handle", records.append):
            logger.error("here")
        self.assertEqual(records[0].funcName, "test_loggers_keep_their_caller")


class DatastoreTest(unittest.TestCase):
    def setUp(self) -> None:
        self.asked: List[Dict[str, Any]] = []
        self.answer: Any = None
        patch = mock.patch.object(channel, "ask", self.ask)
        patch.start()
        self.addCleanup(patch.stop)
        self.service = ActionService("shop", "Sell", "CRITICAL")

    def ask(self, question: Dict[str, Any]) -> Any:
        self.asked.append(question)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def test_names_are_local_unless_told_otherwise(self) -> None:
        self.answer = "12"
        self.assertEqual(self.service.get_value("price"), "12")
        self.assertEqual(self.service.get_value("price", local=False, decrypt=True), "12")
        self.assertEqual(
            self.asked,
            [
                {"get_key": {"scope": "system", "name": "shop.Sell:price", "decrypt": False}},
                {"get_key": {"scope": "system", "name": "price", "decrypt": True}},
            ],
        )

    def test_values_are_text(self) -> None:
        self.assertIs(self.service.set_value("n", 5, ttl=60, encrypt=True), True)
        question = {"scope": "system", "name": "shop.Sell:n", "value": "5", "ttl": 60, "encrypt": True}
        self.assertEqual(self.asked, [{"set_key": question}])

    def test_lists_are_of_objects(self) -> None:
        self.answer = [{"name": "shop.Sell:a", "value": "1"}]
        (key,) = self.service.list_values(prefix="a")
        self.assertEqual((key.id, key.name, key.value), ("shop.Sell:a", "shop.Sell:a", "1"))
        self.service.list_values(local=False, limit=5, offset=2)
        self.assertEqual(self.asked[0], {"list_keys": {"prefix": "shop.Sell:a", "limit": None, "offset": 0}})
        self.assertEqual(self.asked[1], {"list_keys": {"prefix": "", "limit": 5, "offset": 2}})

    def test_refusals(self) -> None:
        self.answer = channel.Refused("not yours")
        self.assertIsNone(self.service.get_value("x"))
        self.assertIs(self.service.delete_value("x"), False)
        with self.assertRaisesRegex(channel.Refused, "not yours"):
            self.service.set_value("x", "y")

    def test_only_the_systems_keys(self) -> None:
        for call in (self.service.get_value, self.service.delete_value):
            with self.assertRaisesRegex(ValueError, "Scope user is unsupported"):
                call("x", scope="user")
        self.assertEqual(self.asked, [])

    def test_the_user(self) -> None:
        self.answer = {"username": "pat"}
        self.assertEqual(self.service.get_user_info(), {"username": "pat"})

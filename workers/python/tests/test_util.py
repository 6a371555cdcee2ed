"""The small things that packs import."""

import datetime
import decimal
import unittest
from unittest import mock

from st2actions.runners.pythonrunner import Action as OldAction
from st2common.runners.base_action import Action
from st2common.util import api, date, isotime, jsonify, misc, shell

UTC = datetime.timezone.utc


class UtilTest(unittest.TestCase):
    def test_the_old_place_of_the_base_class(self) -> None:
        self.assertIs(OldAction, Action)

    def test_shell(self) -> None:
        self.assertEqual(shell.quote_unix("a b'c"), "'a b'\"'\"'c'")
        self.assertEqual(shell.quote_windows('a "b"'), '"a \\"b\\""')
        self.assertEqual((shell.quote_unix(""), shell.quote_unix(None)), ("", None))
        self.assertEqual(shell.run_command(["sh", "-c", "echo out; echo err >&2; exit 3"]), (3, b"out\n", b"err\n"))

    def test_times_are_read(self) -> None:
        expected = datetime.datetime(2020, 1, 2, 3, 4, 5, 600000, UTC)
        for text in ["2020-01-02T03:04:05.6Z", "2020-01-02 03:04:05.600", "2020-01-02T05:04:05.6+02:00",
                     "2020-01-02T05:04:05.6+0200", "2020-01-02T01:04:05.600000000-02"]:
            with self.subTest(text):
                self.assertEqual(date.parse(text), expected)
                self.assertEqual(date.parse(text).utcoffset(), datetime.timedelta(0))
        kept = date.parse("2020-01-02T05:00:00+02:00", preserve_original_tz=True)
        self.assertEqual(kept.utcoffset(), datetime.timedelta(hours=2))
        with self.assertRaises(ValueError):
            date.parse("yesterday")

    def test_times_are_written(self) -> None:
        moment = datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
        self.assertEqual(isotime.format(moment), "2020-01-02T03:04:05.000000+00:00")
        self.assertEqual(isotime.format(moment, usec=False, offset=False), "2020-01-02T03:04:05Z")
        self.assertEqual(isotime.format(moment.replace(tzinfo=None), usec=False), "2020-01-02T03:04:05+00:00")
        self.assertEqual(isotime.format(0, usec=False), "1970-01-01T00:00:00+00:00")
        self.assertEqual(isotime.parse(isotime.format(moment)), moment)
        self.assertFalse(isotime.validate("2020-01-02", raise_exception=False))
        with self.assertRaises(ValueError):
            isotime.parse("2020-01-02T03:04:05+02:00")

    def test_times_without_a_zone_are_utc(self) -> None:
        self.assertEqual(date.convert_to_utc(datetime.datetime(2020, 1, 1)), datetime.datetime(2020, 1, 1, tzinfo=UTC))
        self.assertEqual(date.get_datetime_utc_now().utcoffset(), datetime.timedelta(0))
        with self.assertRaises(ValueError):
            date.add_utc_tz(datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1))))

    def test_json(self) -> None:
        class Own:
            def __json__(self) -> str:
                return "own"

        self.assertEqual(jsonify.json_encode({"b": 1, "a": "é", "o": Own(), "s": b"x"}), '{"b":1,"a":"é","o":"own","s":"x"}')
        self.assertEqual(jsonify.json_encode({"a": [1]}, indent=4), '{\n  "a": [\n    1\n  ]\n}')
        with self.assertRaises(TypeError):
            jsonify.json_encode(decimal.Decimal(1))
        self.assertEqual(jsonify.json_loads({"a": "[1]", "b": "no", "c": 5}, ["a", "b"]), {"a": [1], "b": "no", "c": 5})
        kinds = [jsonify.get_json_type_for_python_value(value) for value in (None, True, 1, 1.5, "x", [], {}, object())]
        self.assertEqual(kinds, ["null", "boolean", "integer", "number", "string", "array", "object", "unknown"])

    def test_misc(self) -> None:
        self.assertEqual(misc.sanitize_output("a\r\nb\r\n", uses_pty=True), "a\nb")
        self.assertEqual(misc.lowercase_value({"A": ["B", {"C": "D"}]}), {"a": ["b", {"c": "d"}]})
        self.assertEqual(misc.deep_update({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}), {"a": {"b": 3, "c": 2}})
        self.assertEqual(misc.prefix_dict_keys({"a": 1}), {"_a": 1})

    def test_where_the_api_is(self) -> None:
        with mock.patch.dict("os.environ", {"ST2_ACTION_API_URL": "https://host/st2api/v1/"}, clear=True):
            self.assertEqual(api.get_full_public_api_url(), "https://host/st2api/v1")
            self.assertEqual(api.get_base_public_api_url(), "https://host/st2api")

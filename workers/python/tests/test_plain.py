"""What of an action's result is JSON, and what becomes text. The expectations are what orjson 3.10 does."""

import collections
import dataclasses
import datetime
import decimal
import enum
import json
import unittest
import uuid
from typing import Any

from squall_worker.plain import MAX_DEPTH, NotPlain, plain, valid_text


class Text(str):
    pass


class Number(int):
    pass


class Fraction(float):
    pass


class Colour(enum.Enum):
    RED = "red"
    KEYS = {1: 2}


class Level(enum.IntEnum):
    LOW = 1


@dataclasses.dataclass
class Point:
    x: int
    y: int = 2
    _hidden: int = 3


Pair = collections.namedtuple("Pair", "one other")

UTC = datetime.timezone.utc
INDIA = datetime.timezone(datetime.timedelta(hours=5, minutes=30, seconds=10))
WEST = datetime.timezone(-datetime.timedelta(hours=3, minutes=30))


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


PLAIN = [
    (None, None),
    (True, True),
    (1, 1),
    (2**64 - 1, 2**64 - 1),
    (-(2**63), -(2**63)),
    (1.5, 1.5),
    (float("nan"), None),
    (float("-inf"), None),
    ("ä€😀", "ä€😀"),
    ((1, (2,)), [1, [2]]),
    ({"a": [{"b": ()}]}, {"a": [{"b": []}]}),
    (Text("x"), "x"),
    (Number(5), 5),
    (collections.OrderedDict(a=1), {"a": 1}),
    (collections.defaultdict(int, a=1), {"a": 1}),
    (Colour.RED, "red"),
    (Level.LOW, 1),
    (datetime.datetime(2020, 1, 2, 3, 4, 5, 6), "2020-01-02T03:04:05.000006"),
    (datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), "2020-01-02T03:04:05+00:00"),
    (datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=INDIA), "2020-01-02T03:04:05+05:30"),
    (datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=WEST), "2020-01-02T03:04:05-03:30"),
    (datetime.date(1, 1, 1), "0001-01-01"),
    (datetime.time(1, 2, 3, 4), "01:02:03.000004"),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (Point(1), {"x": 1, "y": 2}),
]

NOT_PLAIN = [
    2**64,
    -(2**63) - 1,
    {1: 2},
    {None: 1},
    {Text("a"): 1},
    {1},
    b"x",
    Fraction(1.5),
    Pair(1, 2),
    Colour.KEYS,
    datetime.time(1, tzinfo=UTC),
    datetime.timedelta(1),
    decimal.Decimal("1"),
    "\ud800",
    {"\udc80": 1},
    object(),
    Point,
    [[{"a": {1, 2}}]],
    nested(MAX_DEPTH + 2),
]


class PlainTest(unittest.TestCase):
    def test_plain(self) -> None:
        for value, expected in PLAIN:
            with self.subTest(value=value):
                found = plain(value)
                self.assertEqual(found, expected)
                self.assertIs(type(found), type(expected))
                json.dumps(found, allow_nan=False)

    def test_not_plain(self) -> None:
        for value in NOT_PLAIN:
            with self.subTest(value=value), self.assertRaises(NotPlain):
                plain(value)

    def test_depth_and_cycles_are_bounded(self) -> None:
        plain(nested(MAX_DEPTH))
        cycle: Any = []
        cycle.append(cycle)
        with self.assertRaises(NotPlain):
            plain(cycle)

    def test_text_is_made_valid(self) -> None:
        self.assertEqual(valid_text("a\ud800b"), "a?b")

"""Times as ISO 8601 text."""

import datetime
import re
from typing import Any

from st2common.util import date

__all__ = ["format", "validate", "parse"]

ISO8601_FORMAT = "%Y-%m-%dT%H:%M:%S"
ISO8601_FORMAT_MICROSECOND = "%Y-%m-%dT%H:%M:%S.%f"
ISO8601_UTC_REGEX = r"^\d{4}-\d{2}-\d{2}(\s|T)\d{2}:\d{2}:\d{2}(\.\d{3,6})?(Z|\+00|\+0000|\+00:00)$"


def format(dt: Any, usec: bool = True, offset: bool = True) -> str:
    """The text of a time, of ISO 8601 text, or of seconds since 1970."""
    if isinstance(dt, str):
        dt = parse(dt)
    elif isinstance(dt, int):
        dt = datetime.datetime.fromtimestamp(dt, datetime.timezone.utc)
    text = dt.strftime(ISO8601_FORMAT_MICROSECOND if usec else ISO8601_FORMAT)
    if offset:
        zone = dt.strftime("%z") or "+0000"
        return text + zone[:3] + ":" + zone[3:]
    name = dt.tzname() or "UTC"
    return text + ("Z" if name == "UTC" else name)


def validate(value: Any, raise_exception: bool = True) -> bool:
    """Whether this is a time, or the text of one in UTC."""
    if isinstance(value, datetime.datetime) or (isinstance(value, str) and re.match(ISO8601_UTC_REGEX, value)):
        return True
    if raise_exception:
        raise ValueError("Datetime value does not match expected format.")
    return False


def parse(value: Any, preserve_original_tz: bool = False, validate_value: bool = True) -> datetime.datetime:
    """Reads the text of a time."""
    if validate_value:
        validate(value)
    return date.parse(value, preserve_original_tz)

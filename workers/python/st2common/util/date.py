"""Times, always in UTC unless asked otherwise."""

import datetime
import re

__all__ = ["get_datetime_utc_now", "add_utc_tz", "convert_to_utc", "parse"]

_UTC = datetime.timezone.utc
_ZONE = re.compile(r"(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)?$")


def get_datetime_utc_now() -> datetime.datetime:
    """The present time."""
    return datetime.datetime.now(_UTC)


def append_milliseconds_to_time(date: datetime.datetime, millis: float) -> datetime.datetime:
    """The time so many milliseconds later."""
    return convert_to_utc(date + datetime.timedelta(milliseconds=millis))


def add_utc_tz(dt: datetime.datetime) -> datetime.datetime:
    """The time with the zone UTC, if it has none."""
    if dt.utcoffset():
        raise ValueError("datetime already contains a non UTC timezone")
    return dt.replace(tzinfo=_UTC)


def convert_to_utc(dt: datetime.datetime) -> datetime.datetime:
    """The same moment in UTC. A time without a zone is taken to be in UTC."""
    return dt.astimezone(_UTC) if dt.tzinfo else add_utc_tz(dt)


def parse(value: str, preserve_original_tz: bool = False) -> datetime.datetime:
    """Reads an ISO 8601 time: date, `T` or a blank, time with or without seconds and fractions, zone or none."""
    text = str(value).strip()
    zone = _UTC
    found = _ZONE.search(text, 10)
    if text.endswith(("Z", "z")):
        text = text[:-1]
    elif found:
        minutes = int(found["hours"]) * 60 + int(found["minutes"] or 0)
        zone = datetime.timezone(datetime.timedelta(minutes=-minutes if found["sign"] == "-" else minutes))
        text = text[: found.start()]
    time = re.sub(r"\.(\d+)$", lambda digits: "." + (digits[1] + "000000")[:6], text.replace("T", " ", 1))
    parsed = datetime.datetime.fromisoformat(time).replace(tzinfo=zone)
    return parsed if preserve_original_tz else parsed.astimezone(_UTC)

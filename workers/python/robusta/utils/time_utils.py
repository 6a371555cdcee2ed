"""Now."""

from datetime import datetime, timezone


def current_utc_timestamp() -> datetime:
    """The time, in UTC."""
    return datetime.now(timezone.utc)

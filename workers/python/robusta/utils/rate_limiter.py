"""Keeps things from being done too often."""

from squall_worker import calls


class RateLimiter:
    """Squall remembers what was done when, also over restarts."""

    @staticmethod
    def mark_and_test(operation: str, id: str, period_seconds: int) -> bool:
        """Whether it may be done now: it was not within `period_seconds`. If it may, it counts as done."""
        arguments = {"operation": operation, "id": id, "period_seconds": period_seconds}
        return bool(calls.call("rate_limit", arguments))

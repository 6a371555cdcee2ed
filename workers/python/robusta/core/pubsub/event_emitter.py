"""Notes that actions send to whoever listens."""

from typing import Any

from squall_worker import calls


class EventEmitter:
    """Hands notes to Squall."""

    def emit_event(self, event_name: str, **kwargs: Any) -> None:
        """Sends one note."""
        from robusta.core.reporting.neutral import plain

        calls.call("emit_event", {"name": event_name, "arguments": plain(kwargs)})

"""Names of notes, and who is told inside an action."""

from typing import Any, Callable, Dict, List

from robusta.core.pubsub.event_emitter import EventEmitter


class EventsPubSub(EventEmitter):
    """Tells those who subscribed in the same process, and Squall."""

    def __init__(self) -> None:
        self._listeners: Dict[str, List[Callable[..., Any]]] = {}

    def subscribe(self, event_name: str, listener: Callable[..., Any]) -> None:
        """Calls `listener` for each note of that name."""
        self._listeners.setdefault(event_name, []).append(listener)

    def unsubscribe(self, event_name: str, listener: Callable[..., Any]) -> None:
        """Stops calling it."""
        self._listeners.get(event_name, []).remove(listener)

    def emit_event(self, event_name: str, **kwargs: Any) -> None:
        """Sends one note."""
        for listener in self._listeners.get(event_name, []):
            listener(**kwargs)
        super().emit_event(event_name, **kwargs)

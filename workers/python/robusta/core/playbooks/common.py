"""Kubernetes' own events about an object."""

from typing import Any, List, Optional

from hikaru.model.rel_1_26 import EventList

from robusta.core.reporting.blocks import EventRow, EventsBlock, TableBlock
from robusta.core.reporting.custom_rendering import RendererType, render_value
from robusta.integrations.kubernetes.times import parse_kubernetes_datetime_to_ms


def get_event_timestamp(event: Any) -> Optional[str]:
    """When an event happened last, as far as it tells."""
    return (
        event.deprecatedLastTimestamp
        or event.eventTime
        or event.deprecatedFirstTimestamp
        or event.metadata.creationTimestamp
        or None
    )


def filter_event(ev: Any, name_substring_filter: Optional[str], included_types: Optional[List[str]]) -> bool:
    """Whether an event is about an object with such a name and of one of the types."""
    if name_substring_filter is not None and name_substring_filter not in ev.regarding.name:
        return False
    return included_types is None or ev.type.lower() in [one.lower() for one in included_types]


def get_events_list(event_type: Optional[str] = None) -> Any:
    """All events, or those of a type: `Normal` or `Warning`."""
    if event_type:
        return EventList.listEventForAllNamespaces(field_selector="type=%s" % event_type).obj
    return EventList.listEventForAllNamespaces().obj


def get_resource_events(
    kind: Optional[str] = None,
    name: Optional[str] = None,
    namespace: Optional[str] = None,
    name_substring: str = "",
    included_types: Optional[List[str]] = None,
) -> List[Any]:
    """The events about an object."""
    wanted = {"kind": kind, "name": name, "namespace": namespace}
    selector = ",".join("regarding.%s=%s" % one for one in wanted.items() if one[1])
    found = EventList.listEventForAllNamespaces(field_selector=selector).obj.items
    return [event for event in found if filter_event(event, name_substring, included_types)]


def get_resource_events_table(
    table_name: str,
    kind: str,
    name: Optional[str] = None,
    namespace: Optional[str] = None,
    name_substring: str = "",
    included_types: Optional[List[str]] = None,
    max_events: Optional[int] = None,
) -> Optional[TableBlock]:
    """The newest events about an object as a table; none if there are none."""
    found = get_resource_events(kind, name, namespace, name_substring, included_types)
    if not found:
        return None
    found = sorted(found, key=lambda event: get_event_timestamp(event) or "", reverse=True)[:max_events]
    times = [_milliseconds(event) for event in found]
    events = [
        EventRow(
            reason=event.reason,
            type=event.type,
            time=render_value(RendererType.DATETIME, time),
            message=event.note,
            kind=kind.lower(),
            name=name or event.regarding.name,
            namespace=namespace,
        )
        for event, time in zip(found, times)
    ]
    return EventsBlock(
        events=events,
        rows=[[event.reason, event.type, time, event.note] for event, time in zip(found, times)],
        headers=["reason", "type", "time", "message"],
        column_renderers={"time": RendererType.DATETIME},
        table_name=table_name,
        column_width=[1, 1, 1, 2],
    )


def _milliseconds(event: Any) -> float:
    time = get_event_timestamp(event)
    return parse_kubernetes_datetime_to_ms(time) if time else 0

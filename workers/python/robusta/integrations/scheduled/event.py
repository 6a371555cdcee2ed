"""Events of schedules."""

from dataclasses import dataclass

from robusta.core.model.events import ExecutionBaseEvent
from robusta.core.reporting.base import Finding
from robusta.core.reporting.consts import FindingSource


@dataclass
class ScheduledExecutionEvent(ExecutionBaseEvent):
    """The time of a schedule has come; `recurrence` counts from 0."""

    recurrence: int = 0

    def create_default_finding(self) -> Finding:
        """Says no more than that."""
        return Finding(title="General scheduled task", aggregation_key="GeneralScheduledTask")

    @classmethod
    def get_source(cls) -> FindingSource:
        return FindingSource.SCHEDULER

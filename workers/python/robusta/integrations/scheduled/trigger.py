"""Triggers of time."""

from typing import Any, List, Optional

from pydantic import BaseModel

from robusta.core.playbooks.base_trigger import BaseTrigger
from robusta.core.schedule.model import CronScheduleRepeat, DynamicDelayRepeat, FixedDelayRepeat
from robusta.integrations.scheduled.event import ScheduledExecutionEvent


class FixedDelayRepeatTrigger(FixedDelayRepeat):
    """The same delay between all runs."""


class DynamicDelayRepeatTrigger(DynamicDelayRepeat):
    """One run after each of the delays."""


class CronScheduleRepeatTrigger(CronScheduleRepeat):
    """Runs at the times of a cron expression."""


class ScheduledTrigger(BaseTrigger):
    """One of the three."""

    fixed_delay_repeat: Optional[FixedDelayRepeatTrigger]
    dynamic_delay_repeat: Optional[DynamicDelayRepeatTrigger]
    cron_schedule_repeat: Optional[CronScheduleRepeatTrigger]

    @staticmethod
    def get_execution_event_type() -> Any:
        return ScheduledExecutionEvent


class ScheduledTriggers(BaseModel):
    """The trigger under the name that playbook files have for it."""

    on_schedule: Optional[ScheduledTrigger]


ALL: List[Any] = [FixedDelayRepeatTrigger, DynamicDelayRepeatTrigger, CronScheduleRepeatTrigger]
"""The ways to say when."""

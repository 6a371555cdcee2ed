"""When a scheduled action runs, and how often it has."""

from enum import Enum
from typing import List, Union

from pydantic import BaseModel


class JobStatus(Enum):
    """How far a scheduled action is."""

    NEW = 1
    RUNNING = 2
    DONE = 3


class BaseDelayRepeat(BaseModel):
    """What all schedules are."""


class FixedDelayRepeat(BaseDelayRepeat):
    """The same delay between all runs; for ever if `repeat` is -1."""

    repeat: int = -1
    seconds_delay: int


class DynamicDelayRepeat(BaseDelayRepeat):
    """One run after each of the delays."""

    delay_periods: List[int]


class CronScheduleRepeat(BaseDelayRepeat):
    """Runs at the times of a cron expression."""

    cron_expression: str


class JobState(BaseModel):
    """What has happened."""

    exec_count: int = 0
    job_status: JobStatus = JobStatus.NEW
    last_exec_time_sec: int = 0


class ScheduledJob(BaseModel):
    """A scheduled action, whole."""

    job_id: str
    runnable_name: str
    runnable_params: dict
    state: JobState
    scheduling_params: Union[FixedDelayRepeat, DynamicDelayRepeat, CronScheduleRepeat]
    replace_existing: bool = False
    standalone_task: bool = False


class SchedulingInfo(BaseModel):
    """How often an action has run."""

    execution_count: int

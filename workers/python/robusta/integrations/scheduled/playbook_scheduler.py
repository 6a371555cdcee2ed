"""Schedules other actions from within an action."""

import json
from typing import Any, Callable, List, Optional

from squall_worker import calls

from robusta.core.schedule.model import BaseDelayRepeat, JobState


class PlaybooksScheduler:
    """Squall keeps the schedule, also over restarts."""

    def schedule_action(
        self,
        action_func: Callable[..., Any],
        task_id: str,
        scheduling_params: BaseDelayRepeat,
        named_sinks: List[str],
        action_params: Any = None,
        job_state: Optional[JobState] = None,
        replace_existing: bool = False,
        standalone_task: bool = False,
    ) -> None:
        """Lets an action run at the times of `scheduling_params`. With the same `task_id` it is the same task."""
        schedule = {"kind": type(scheduling_params).__name__, **scheduling_params.dict()}
        arguments = {
            "action": action_func.__name__,
            "task_id": task_id,
            "schedule": schedule,
            "named_sinks": named_sinks,
            "action_params": None if action_params is None else json.loads(action_params.json(exclude_defaults=True)),
            "replace_existing": replace_existing,
            "standalone_task": standalone_task,
        }
        calls.call("schedule_action", arguments)

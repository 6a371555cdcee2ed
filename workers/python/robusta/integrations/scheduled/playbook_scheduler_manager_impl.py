"""The names under which Robusta keeps its schedules."""

from typing import List, Optional

from pydantic import BaseModel

from robusta.integrations.scheduled.playbook_scheduler import PlaybooksScheduler


class ScheduledIntegrationParams(BaseModel):
    """What a scheduled action runs with."""

    action_name: str
    action_params: Optional[dict] = None
    named_sinks: Optional[List[str]] = None


class PlaybooksSchedulerManagerImpl(PlaybooksScheduler):
    """Schedules actions. Loading and unloading playbooks is Squall's affair."""

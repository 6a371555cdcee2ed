"""What triggers are, for playbooks that name their classes. Squall decides itself when a trigger fires."""

from typing import Any, Dict, List, Optional, Type

from pydantic import BaseModel

from robusta.core.model.events import ExecutionBaseEvent
from robusta.utils.documented_pydantic import DocumentedModel


class TriggerEvent(BaseModel):
    """What comes in."""

    def get_event_name(self) -> str:
        """The kind of event."""
        return ""

    def get_event_description(self) -> str:
        """The event in a few words."""
        return "NA"


class BaseTrigger(DocumentedModel):
    """What decides whether an event starts a playbook."""

    def get_trigger_event(self) -> Any:
        """The kind of event that it looks at."""

    def should_fire(self, event: TriggerEvent, playbook_id: str, build_context: Dict[str, Any]) -> bool:
        """Whether the playbook starts."""
        return True

    def build_execution_event(
        self, event: TriggerEvent, sink_findings: Dict[str, List[Any]], build_context: Dict[str, Any]
    ) -> Optional[ExecutionBaseEvent]:
        """The event that actions get."""
        return None

    @staticmethod
    def get_execution_event_type() -> Optional[Type[ExecutionBaseEvent]]:
        """The class of that event."""
        return None

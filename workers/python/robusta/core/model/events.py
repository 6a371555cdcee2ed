"""Events, as actions get them, and the findings that actions put on them."""

import copy
import logging
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Callable, Dict, List, Optional

from pydantic import BaseModel

from robusta.core.reporting.base import (
    BaseBlock,
    EnrichmentType,
    Finding,
    FindingSeverity,
    FindingSource,
    FindingSubject,
    FindingSubjectType,
    Link,
    LinkType,
)


class EventType(Enum):
    """Where events come from."""

    KUBERNETES_TOPOLOGY_CHANGE = 1
    PROMETHEUS = 2
    MANUAL_TRIGGER = 3
    SCHEDULED_TRIGGER = 4


class ExecutionEventBaseParams(BaseModel):
    """What any action can be told when it is called by hand."""

    named_sinks: Optional[List[str]] = None


class ExecutionContext(BaseModel):
    """Whose cluster it is."""

    account_id: str
    cluster_name: str


@dataclass
class ExecutionBaseEvent:
    """What every event can do. All playbooks of one trigger event share `sink_findings`."""

    sink_findings: Dict[str, List[Finding]] = field(default_factory=lambda: defaultdict(list))
    named_sinks: Optional[List[str]] = None
    all_sinks: Optional[Dict[str, Any]] = None
    response: Dict[str, Any] = None  # type: ignore[assignment]
    stop_processing: bool = False
    _scheduler: Optional[Any] = None
    _context: Optional[ExecutionContext] = None
    _event_emitter: Optional[Any] = None
    _ws: Optional[Callable[[str], None]] = None

    def set_context(self, context: ExecutionContext) -> None:
        """Says whose cluster it is."""
        self._context = context

    def get_context(self) -> Optional[ExecutionContext]:
        """Whose cluster it is."""
        return self._context

    def set_scheduler(self, scheduler: Any) -> None:
        """Gives the event a scheduler."""
        self._scheduler = scheduler

    def get_scheduler(self) -> Any:
        """What schedules other actions."""
        return self._scheduler

    def set_event_emitter(self, emitter: Any) -> None:
        """Gives the event somebody to tell."""
        self._event_emitter = emitter

    def set_all_sinks(self, all_sinks: Dict[str, Any]) -> None:
        """Says which sinks there are."""
        self.all_sinks = all_sinks

    def get_all_sinks(self) -> Optional[Dict[str, Any]]:
        """Which sinks there are."""
        return self.all_sinks

    def create_default_finding(self) -> Finding:
        """The finding that enrichments go to when an action made none."""
        return Finding(title="Robusta notification", aggregation_key="GenericFindingKey")

    def is_sink_findings_empty(self) -> bool:
        """Whether no sink has a finding."""
        return len(self.sink_findings) == 0

    def add_link(self, link: Link, suppress_warning: bool = False) -> None:
        """Adds a link to the newest finding of each sink."""
        for finding in self._newest():
            finding.add_link(link, suppress_warning)

    def add_video_link(self, video_link: Link) -> None:
        """Adds a link to a video."""
        video_link.type = LinkType.VIDEO
        self.add_link(video_link, True)

    def emit_event(self, event_name: str, **kwargs: Any) -> None:
        """Tells whoever listens."""
        if self._event_emitter:
            self._event_emitter.emit_event(event_name, **kwargs)

    def add_enrichment(
        self,
        enrichment_blocks: List[BaseBlock],
        annotations: Optional[Dict[str, Any]] = None,
        enrichment_type: Optional[EnrichmentType] = None,
        title: Optional[str] = None,
    ) -> None:
        """Adds blocks to the newest finding of each sink. Without a finding there is one from now on."""
        for finding in self._newest():
            finding.add_enrichment(enrichment_blocks, annotations, True, enrichment_type=enrichment_type, title=title)

    def add_finding(self, finding: Finding, suppress_warning: bool = False) -> None:
        """Adds a finding to each sink. It is the newest then; each sink has its own copy."""
        finding.dirty = True
        for number, sink in enumerate(self.named_sinks):  # type: ignore[arg-type]
            if self.sink_findings[sink] and not suppress_warning:
                logging.warning("Overriding active finding for %s. new finding: %s", sink, finding)
            self.sink_findings[sink].insert(0, finding if number == 0 else copy.deepcopy(finding))

    def override_finding_attributes(
        self,
        title: Optional[str] = None,
        description: Optional[str] = None,
        severity: Optional[FindingSeverity] = None,
        aggregation_key: Optional[str] = None,
    ) -> None:
        """Changes all findings so far; what is empty stays. Fingerprints stay as well."""
        given = {"title": title, "description": description, "severity": severity, "aggregation_key": aggregation_key}
        for finding in self._all():
            for name, value in given.items():
                if value:
                    setattr(finding, name, value)

    def inject_finding_labels(self, labels: Dict[str, str]) -> None:
        """Adds labels to the subjects of all findings so far."""
        for finding in self._all():
            finding.subject.labels.update(labels)

    def extend_description(self, text: str) -> None:
        """Adds a paragraph to the descriptions of all findings so far."""
        for finding in self._all():
            finding.description = "%s\n\n%s" % (finding.description, text) if finding.description else text

    @staticmethod
    def from_params(params: ExecutionEventBaseParams) -> Optional["ExecutionBaseEvent"]:
        """The event of an action that is called by hand."""
        return ExecutionBaseEvent(named_sinks=params.named_sinks)

    def get_subject(self) -> FindingSubject:
        """What it is about."""
        return FindingSubject(name="Unresolved", subject_type=FindingSubjectType.TYPE_NONE)

    @classmethod
    def get_source(cls) -> FindingSource:
        """Where it comes from."""
        return FindingSource.NONE

    def _newest(self) -> List[Finding]:
        """The newest finding of each sink; where there is none, the default one. It has the same id in all sinks."""
        shared_id = uuid.uuid4()
        found = []
        for sink in self.named_sinks:  # type: ignore[union-attr]
            if not self.sink_findings[sink]:
                made = self.create_default_finding()
                made.id = shared_id
                self.sink_findings[sink].append(made)
            found.append(self.sink_findings[sink][0])
        return found

    def _all(self) -> List[Finding]:
        return [finding for sink in self.named_sinks for finding in self.sink_findings[sink]]  # type: ignore[union-attr]

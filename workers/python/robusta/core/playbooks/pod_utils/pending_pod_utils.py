"""Why a pod cannot be placed on a node."""

import re
from enum import Enum
from typing import Any, List, Optional

from hikaru.model.rel_1_26 import EventList

from robusta.core.model.pods import pod_other_requests, pod_requests
from robusta.core.playbooks.common import get_event_timestamp
from robusta.core.reporting.base import BaseBlock, Enrichment, EnrichmentType
from robusta.core.reporting.blocks import MarkdownBlock, TableBlock, TableBlockFormat


class PendingPodReason(str, Enum):
    """What nodes lack, or have against the pod."""

    Unknown = "Unknown"
    NotEnoughGPU = "NotEnoughGPU"
    NotEnoughCPU = "NotEnoughCPU"
    NotEnoughMemory = "NotEnoughMemory"
    NoMatchingTaint = "NoMatchingTaint"
    NoMatchingAffinity = "NoMatchingAffinity"
    PVCNotFound = "PVCNotFound"
    TooManyPods = "TooManyPods"
    NodesUnschedulable = "NodesUnschedulable"


_PATTERNS = (
    (PendingPodReason.NotEnoughGPU, r"Insufficient [^/]+/gpu"),
    (PendingPodReason.NotEnoughMemory, r"Insufficient memory"),
    (PendingPodReason.NotEnoughCPU, r"Insufficient cpu"),
    (PendingPodReason.NoMatchingTaint, r"had taint \{[^}]+\}, that the pod didn't tolerate|node\(s\) had untolerated taint"),
    (PendingPodReason.NodesUnschedulable, r"node\(s\) were unschedulable"),
    (
        PendingPodReason.NoMatchingAffinity,
        r"didn't match Pod's node affinity/selector|didn't match pod (affinity/)?anti-affinity rules",
    ),
    (PendingPodReason.PVCNotFound, r'persistentvolumeclaim "[^"]*" not found'),
    (PendingPodReason.TooManyPods, r"Too many pods"),
)
_RESOURCES = (PendingPodReason.NotEnoughGPU, PendingPodReason.NotEnoughCPU, PendingPodReason.NotEnoughMemory)


def get_pending_pod_enrichment(pod: Any) -> Enrichment:
    """What the scheduler says of a pod, and what the pod asks for if that is too much."""
    message = get_unscheduled_message(pod)
    rows = [["Pod", pod.metadata.name]] + ([["Reason", message]] if message else [])
    blocks: List[BaseBlock] = [TableBlock(rows, ["label", "value"], table_format=TableBlockFormat.vertical)]
    reasons = PendingInvestigator(pod).investigate() or []
    if any(reason in _RESOURCES for reason in reasons):
        asked = pod_requests(pod)
        texts = ["%s CPU" % asked.cpu] if asked.cpu else []
        texts += ["%s Memory" % asked.memory] if asked.memory else []
        texts += ["%s %s" % (amount, name) for name, amount in pod_other_requests(pod).items()]
        blocks.append(MarkdownBlock("*Pod requires:* " + ", ".join(texts)))
    return Enrichment(blocks, None, EnrichmentType.pending_pod_info, "Unscheduled Pod Information")


def get_unscheduled_message(pod: Any) -> Optional[str]:
    """What the pod's own condition says."""
    return next((one.message for one in pod.status.conditions if one.type == "PodScheduled"), None)


class PendingInvestigator:
    """Reads what the scheduler says."""

    def __init__(self, pod: Any) -> None:
        self.pod = pod
        selector = "regarding.name=%s" % pod.metadata.name
        self.pod_events = EventList.listNamespacedEvent(pod.metadata.namespace, field_selector=selector).obj

    def investigate(self) -> Optional[List[PendingPodReason]]:
        """The reasons in the newest event, or else in the pod's condition; none if it has been placed."""
        message = get_unscheduled_message(self.pod)
        if not message:
            return None
        events = [event for event in self.pod_events.items if self.is_scheduler_failed_scheduling_event(event)]
        if events:
            message = max(events, key=lambda event: get_event_timestamp(event) or "").note
        return self.get_reason_from_failed_scheduling_event_message(message)

    @staticmethod
    def is_scheduler_failed_scheduling_event(pod_event: Any) -> bool:
        """Whether an event says that no node will do."""
        if (pod_event.type, pod_event.reason) != ("Warning", "FailedScheduling"):
            return False
        return bool(re.match(r"\d+/\d+ nodes are available:", pod_event.note or ""))

    @staticmethod
    def get_reason_from_failed_scheduling_event_message(event_message: str) -> List[PendingPodReason]:
        """The reasons that a message names."""
        found = [reason for reason, pattern in _PATTERNS if re.search(pattern, event_message)]
        return found or [PendingPodReason.Unknown]

"""Why an image cannot be pulled."""

import re
from enum import Flag
from typing import Any, List, NamedTuple, Optional, Tuple

from hikaru.model.rel_1_26 import EventList

from robusta.core.reporting.base import BaseBlock, Enrichment, EnrichmentType
from robusta.core.reporting.blocks import MarkdownBlock, TableBlock, TableBlockFormat


class ImagePullBackoffReason(Flag):
    """What is wrong."""

    Unknown = 0
    RepoDoesntExist = 1
    NotAuthorized = 2
    Timeout = 16


_CONTAINERD = r'failed to pull and unpack image ".*?": failed to resolve reference ".*?": '
_DOCKER = r"Error response from daemon: "
_PATTERNS = (
    (_CONTAINERD + r".*?(no such host|not found)", ImagePullBackoffReason.RepoDoesntExist),
    (_CONTAINERD + r"pull access denied, .*authorization failed", ImagePullBackoffReason.NotAuthorized),
    (_CONTAINERD + r"failed to authorize: .*403 Forbidden", ImagePullBackoffReason.NotAuthorized),
    (_DOCKER + r"pull access denied for .*?, .* denied", ImagePullBackoffReason.NotAuthorized),
    (_DOCKER + r"manifest for .*? not found: manifest unknown: .*", ImagePullBackoffReason.RepoDoesntExist),
    (_DOCKER + r'Head ".*?": denied: Permission .* denied on resource .*', ImagePullBackoffReason.NotAuthorized),
    (r".*Timeout exceeded.*", ImagePullBackoffReason.Timeout),
)
_ADVICE = {
    ImagePullBackoffReason.RepoDoesntExist: (
        "Image not found",
        "Make sure the image repository, image name and image tag are correct.",
    ),
    ImagePullBackoffReason.NotAuthorized: (
        "Unauthorized",
        "The repo is access protected. Make sure to configure the correct image pull secrets: "
        "https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry",
    ),
    ImagePullBackoffReason.Timeout: (
        "Timeout",
        "If this does not resolved after a few minutes, make sure the image repository is responding.",
    ),
}


class ImagePullOffInvestigation(NamedTuple):
    """What an event says."""

    error_message: str
    reason: ImagePullBackoffReason


def get_image_pull_backoff_container_statuses(status: Any) -> List[Any]:
    """The containers whose image cannot be pulled."""
    waiting = ((one, one.state.waiting if one.state else None) for one in status.containerStatuses)
    return [one for one, state in waiting if state and state.reason in ("ImagePullBackOff", "ErrImagePull")]


def get_pod_issue_message_and_reason(pod: Any) -> Tuple[Optional[str], Optional[str]]:
    """What the first container waits for, and why."""
    first = next(iter(pod.status.containerStatuses), None)
    if first is None or not first.state or not first.state.waiting:
        return None, None
    return first.state.waiting.message, first.state.waiting.reason or "unknown"


def get_image_pull_backoff_enrichment(pod: Any) -> Enrichment:
    """For each such container, what is wrong and what can be done."""
    investigator = ImagePullBackoffInvestigator(pod.metadata.name, pod.metadata.namespace)
    tables: List[BaseBlock] = []
    errors: List[BaseBlock] = []
    for status in get_image_pull_backoff_container_statuses(pod.status):
        found = investigator.investigate(status)
        if found is None:
            continue
        rows = [["Container", status.name], ["Image", status.image]]
        if found.reason in _ADVICE:
            reason, advice = _ADVICE[found.reason]
            rows += [["Reason", reason], ["Fix", advice]]
        else:
            errors.append(MarkdownBlock("*Error message:* %s:\n%s" % (status.name, found.error_message)))
        tables.append(TableBlock(rows, ["label", "value"], table_format=TableBlockFormat.vertical))
    title = "Container ImagePullBackoff Information"
    return Enrichment(tables + errors, None, EnrichmentType.image_pull_backoff_info, title)


class ImagePullBackoffInvestigator:
    """Reads a pod's events."""

    def __init__(self, pod_name: str, namespace: str) -> None:
        selector = "regarding.name=%s" % pod_name
        self.pod_events = EventList.listNamespacedEvent(namespace, field_selector=selector).obj

    def investigate(self, container_status: Any) -> Optional[ImagePullOffInvestigation]:
        """What the first event about the container's image says."""
        for event in self.pod_events.items:
            message = self.get_kubelet_image_pull_error_from_event(event, container_status.image)
            if message is not None:
                return ImagePullOffInvestigation(message, self.get_reason_from_kubelet_image_pull_error(message))
        return None

    @staticmethod
    def get_kubelet_image_pull_error_from_event(pod_event: Any, image_name: str) -> Optional[str]:
        """The error in an event, if it is about pulling that image."""
        source = pod_event.deprecatedSource.component if pod_event.deprecatedSource else None
        if (pod_event.type, pod_event.reason, source) != ("Warning", "Failed", "kubelet"):
            return None
        start = r'Failed to pull image "%s": rpc error: code = (?:Unknown|NotFound) desc = (.*)' % re.escape(image_name)
        found = re.match(start, pod_event.note or "", re.S)
        return found.group(1) if found else None

    @staticmethod
    def get_reason_from_kubelet_image_pull_error(kubelet_image_pull_error: str) -> ImagePullBackoffReason:
        """What the error means."""
        for pattern, reason in _PATTERNS:
            if re.fullmatch(pattern, kubelet_image_pull_error):
                return reason
        return ImagePullBackoffReason.Unknown

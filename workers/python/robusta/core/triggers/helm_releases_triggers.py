"""Events of Helm's releases."""

from dataclasses import dataclass
from typing import List, Optional

from pydantic import BaseModel

from robusta.core.model.events import ExecutionBaseEvent
from robusta.core.model.helm_release import HelmRelease
from robusta.core.playbooks.base_trigger import TriggerEvent
from robusta.core.reporting.base import FindingSeverity

UNHEALTHY_STATUSES = ["pending-install", "pending-upgrade", "pending-rollback", "uninstalling"]
FAILED_STATUSES = ["failed", "unknown"]
DEPLOYED_STATUSES = ["deployed"]


class IncomingHelmReleasesEventPayload(BaseModel):
    """Releases that have come in."""

    data: List[HelmRelease]


class HelmReleasesTriggerEvent(TriggerEvent):
    """A release that has come in."""

    helm_release: HelmRelease

    def get_event_name(self) -> str:
        return HelmReleasesTriggerEvent.__name__

    def get_event_description(self) -> str:
        release = self.helm_release
        version = release.chart.metadata.version if release.chart else ""
        return "HelmReleases-%s/%s/%s-%s" % (release.namespace, release.name, version, release.info.status)


@dataclass
class HelmReleasesEvent(ExecutionBaseEvent):
    """A release is as a trigger wants it."""

    helm_release: Optional[HelmRelease] = None

    @staticmethod
    def get_severity(helm_release: HelmRelease) -> FindingSeverity:
        """How bad its status is."""
        fine = helm_release.info.status in ("deployed", "uninstalled")
        return FindingSeverity.INFO if fine else FindingSeverity.HIGH

    def get_aggregation_key(self) -> str:
        """The key of findings about it."""
        unhealthy = self.helm_release.info.status in UNHEALTHY_STATUSES
        return "Helm Release Unhealthy" if unhealthy else "Helm Release Info"

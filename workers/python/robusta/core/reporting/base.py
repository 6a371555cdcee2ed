"""Findings: what an action tells people."""

import hashlib
import logging
import re
import uuid
from abc import ABC, abstractmethod
from datetime import datetime
from enum import Enum
from typing import Any, Dict, List, Optional
from urllib.parse import urlencode

from pydantic import BaseModel

from robusta.core.discovery.top_service_resolver import TopServiceResolver
from robusta.core.model.env_vars import ROBUSTA_UI_DOMAIN
from robusta.core.reporting.consts import FindingSource, FindingSubjectType, FindingType
from robusta.utils.time_utils import current_utc_timestamp


class _NotAsked:
    """Stands for a workload that nobody has asked for. As a class it stays the same in copies."""


class BaseBlock(BaseModel):
    """A piece of a message."""

    hidden: bool = False
    html_class: str = None  # type: ignore[assignment]


class _TextEnum(str, Enum):
    def __str__(self) -> str:
        return str(self.value)


class Emojis(_TextEnum):
    """Signs for texts."""

    Explain = "📘"
    Recommend = "🛠"
    Alert = "🚨"
    K8Notification = "👀"
    Video = "🎬"
    Graph = "📈"


class FindingSeverity(Enum):
    """How bad it is."""

    DEBUG = 0
    INFO = 1
    LOW = 2
    HIGH = 3

    @staticmethod
    def from_severity(severity: str) -> "FindingSeverity":
        """The severity of that name; `MEDIUM` counts as high."""
        if severity == "MEDIUM":
            return FindingSeverity.HIGH
        if severity not in FindingSeverity.__members__:
            raise Exception("Unknown severity %s" % severity)
        return FindingSeverity[severity]

    def to_emoji(self) -> str:
        """A coloured dot."""
        return ("🔵", "⚪️", "🟡", "🔴")[self.value]


class FindingStatus(Enum):
    """Whether an alert is still on."""

    FIRING = 0
    RESOLVED = 1

    def to_color_hex(self) -> str:
        """Green or red, as HTML writes it."""
        return "#00B302" if self is FindingStatus.RESOLVED else "#EF311F"

    def to_color_decimal(self) -> str:
        """Green or red, as a number."""
        return "45826" if self is FindingStatus.RESOLVED else "15675679"

    def to_emoji(self) -> str:
        """A tick or a flame."""
        return "✅" if self is FindingStatus.RESOLVED else "🔥"


class LinkType(_TextEnum):
    """What a link leads to."""

    VIDEO = "video"
    PROMETHEUS_GENERATOR_URL = "prometheus_generator_url"
    OPSGENIE_LIST_ALERT_BY_ALIAS = "opsgenie_list_alert_by_alias"


class Link(BaseModel):
    """A link beside a finding."""

    url: str
    name: str = "See more"
    type: Optional[LinkType] = None

    @property
    def link_text(self) -> str:
        """Its name, with a sign for what it leads to."""
        sign = {LinkType.PROMETHEUS_GENERATOR_URL: Emojis.Graph, LinkType.VIDEO: Emojis.Video}.get(self.type)
        return "%s %s" % (sign, self.name) if sign else self.name


class EnrichmentType(Enum):
    """What blocks show."""

    graph = "graph"
    ai_analysis = "ai_analysis"
    node_info = "node_info"
    container_info = "container_info"
    k8s_events = "k8s_events"
    alert_labels = "alert_labels"
    diff = "diff"
    text_file = "text_file"
    crash_info = "crash_info"
    image_pull_backoff_info = "image_pull_backoff_info"
    pending_pod_info = "pending_pod_info"


class Enrichment:
    """Blocks that belong together."""

    def __init__(
        self,
        blocks: List[BaseBlock],
        annotations: Optional[Dict[str, Any]] = None,
        enrichment_type: Optional[EnrichmentType] = None,
        title: Optional[str] = None,
    ) -> None:
        self.blocks = blocks
        self.annotations = {} if annotations is None else annotations
        self.enrichment_type = enrichment_type
        self.title = title

    def __str__(self) -> str:
        return "annotations: %s Enrichment: %s " % (self.annotations, self.blocks)


class Filterable(ABC):
    """What a sink's `match` can be asked about."""

    @property
    @abstractmethod
    def attribute_map(self) -> Dict[str, Any]:
        """The attributes by name."""

    def get_invalid_attributes(self, attributes: List[str]) -> List[str]:
        """Names that are no attributes."""
        return list(set(attributes) - set(self.attribute_map))

    def attribute_matches(self, attribute: str, expression: Any) -> bool:
        """Whether an attribute fits an expression, or one of a list of them."""
        value = self.attribute_map[attribute]
        candidates = [expression] if isinstance(expression, (str, dict)) else expression
        return any(_fits(value, candidate) for candidate in candidates)


def _fits(value: Any, expression: Any) -> bool:
    if isinstance(value, str) and isinstance(expression, str):
        return bool(re.match(expression, value))
    if isinstance(value, dict) and isinstance(expression, dict):
        return expression.items() <= value.items()
    logging.error("Failed to evaluate matcher. Finding value: %s matcher: %s", value, expression)
    return False


class FindingSubject:
    """What a finding is about."""

    def __init__(
        self,
        name: Optional[str] = None,
        subject_type: FindingSubjectType = FindingSubjectType.TYPE_NONE,
        namespace: Optional[str] = None,
        node: Optional[str] = None,
        container: Optional[str] = None,
        labels: Optional[Dict[str, str]] = None,
        annotations: Optional[Dict[str, str]] = None,
    ) -> None:
        self.name = name
        self.subject_type = subject_type
        self.namespace = namespace
        self.node = node
        self.container = container
        self.labels = labels or {}
        self.annotations = annotations or {}

    def __str__(self) -> str:
        start = "" if self.namespace is None else self.namespace + "/"
        return "%s%s/%s" % (start, self.subject_type.value, self.name)


class Finding(Filterable):
    """Something that sinks should tell."""

    def __init__(
        self,
        title: str,
        aggregation_key: str,
        severity: FindingSeverity = FindingSeverity.INFO,
        source: FindingSource = FindingSource.NONE,
        description: Optional[str] = None,
        subject: Optional[FindingSubject] = None,
        finding_type: FindingType = FindingType.ISSUE,
        failure: bool = True,
        creation_date: Optional[str] = None,
        fingerprint: Optional[str] = None,
        starts_at: Optional[datetime] = None,
        ends_at: Optional[datetime] = None,
        add_silence_url: bool = False,
        silence_labels: Optional[Dict[Any, Any]] = None,
    ) -> None:
        self.id: Any = uuid.uuid4()
        self.title = title
        self.finding_type = finding_type
        self.failure = failure
        self.description = description
        self.source = source
        self.aggregation_key = aggregation_key
        self.severity = severity
        self.category = None
        self.subject = FindingSubject() if subject is None else subject
        self.enrichments: List[Enrichment] = []
        self.links: List[Link] = []
        self.add_silence_url = add_silence_url
        self.silence_labels = silence_labels
        self.creation_date = creation_date
        self.fingerprint = fingerprint or _fingerprint(self.subject, source, aggregation_key)
        self.starts_at = starts_at or current_utc_timestamp()
        self.ends_at = ends_at
        self.dirty = False
        self._service: Any = _NotAsked

    @property
    def service(self) -> Any:
        """The workload that the subject belongs to. Asked for when first wanted."""
        if self._service is _NotAsked:
            self._service = TopServiceResolver.guess_cached_resource(self.subject.name, self.subject.namespace)
        return self._service

    @property
    def service_key(self) -> str:
        """The key of the workload, or nothing."""
        return self.service.get_resource_key() if self.service else ""

    @property
    def investigate_uri(self) -> str:
        """Where Robusta's user interface shows the workload."""
        key = self.service_key
        return "%s/%s" % (ROBUSTA_UI_DOMAIN, "services/%s?tab=grouped" % key if key else "graphs")

    @property
    def attribute_map(self) -> Dict[str, Any]:
        return {
            "title": str(self.title),
            "identifier": str(self.aggregation_key),
            "severity": str(self.severity.name),
            "source": str(self.source.name),
            "type": str(self.finding_type.name),
            "kind": str(self.subject.subject_type.value),
            "namespace": str(self.subject.namespace),
            "node": str(self.subject.node),
            "name": str(self.subject.name),
            "labels": self.subject.labels,
            "annotations": self.subject.annotations,
        }

    def get_investigate_uri(self, account_id: str, cluster_name: Optional[str] = None) -> str:
        """Where Robusta's user interface shows the finding."""
        kind = self.service.resource_type if self.service else None
        namespace, name = self.subject.namespace, self.service.name if self.service else None
        if kind and kind.lower() == "job":
            page = "jobs"
            given = {
                "account": account_id,
                "cluster": cluster_name and '"%s"' % cluster_name,
                "namespace": namespace and '"%s"' % namespace,
                "name": name and '"%s"' % name,
            }
        else:
            page = "graphs"
            given = {
                "account": account_id,
                "clusters": cluster_name and '["%s"]' % cluster_name,
                "namespaces": namespace and '["%s"]' % namespace,
                "kind": kind,
                "name": name,
                "names": self.aggregation_key and '["%s"]' % self.aggregation_key,
                "finding": self.id,
            }
        query = urlencode({key: value for key, value in given.items() if value not in (None, "")})
        return "%s/%s?%s" % (ROBUSTA_UI_DOMAIN, page, query)

    def add_enrichment(
        self,
        enrichment_blocks: List[BaseBlock],
        annotations: Optional[Dict[str, Any]] = None,
        suppress_warning: bool = False,
        enrichment_type: Optional[EnrichmentType] = None,
        title: Optional[str] = None,
    ) -> None:
        """Adds blocks, if there are any."""
        self._warn_if_added(suppress_warning)
        if enrichment_blocks:
            self.enrichments.append(Enrichment(enrichment_blocks, annotations, enrichment_type, title))

    def add_link(self, link: Link, suppress_warning: bool = False) -> None:
        """Adds a link."""
        self._warn_if_added(suppress_warning)
        self.links.append(link)

    def add_video_link(self, video_link: Link, suppress_warning: bool = False) -> None:
        """Adds a link to a video."""
        video_link.type = LinkType.VIDEO
        self.add_link(video_link, suppress_warning)

    def get_prometheus_silence_url(self, account_id: str, cluster_name: str) -> str:
        """Where Robusta's user interface makes a silence for the alert."""
        labels = {"alertname": self.aggregation_key, "cluster": cluster_name, "account": account_id}
        kind = self.subject.subject_type.value
        if kind != "node":
            if self.subject.namespace:
                labels["namespace"] = self.subject.namespace
            if self.silence_labels and self.silence_labels.get("service"):
                labels["service"] = self.silence_labels["service"]
            if kind and self.subject.name:
                # What Prometheus calls a job is a target of its own.
                labels["job_name" if kind == "job" else kind] = self.subject.name
        labels["referer"] = "sink"
        return "%s/silences/create?%s" % (ROBUSTA_UI_DOMAIN, urlencode(labels))

    def __str__(self) -> str:
        text = "title: %s desc: %s severity: %s sub-name: %s sub-type:%s enrich: %s"
        subject = self.subject
        return text % (
            *(self.title, self.description, self.severity, subject.name, subject.subject_type.value, self.enrichments),
        )

    def _warn_if_added(self, suppress_warning: bool) -> None:
        if self.dirty and not suppress_warning:
            logging.warning("Updating a finding after it was added to the event is not allowed!")


def _fingerprint(subject: FindingSubject, source: FindingSource, aggregation_key: str) -> str:
    parts = (subject.subject_type, subject.name, subject.namespace, subject.node, source.value)
    text = "%s,%s,%s,%s,%s%s" % (*parts, aggregation_key)
    return hashlib.sha256(text.encode()).hexdigest()

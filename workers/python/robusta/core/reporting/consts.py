"""The words that findings are described with."""

from enum import Enum

SYNC_RESPONSE_SINK = "robusta-synchronized-response-sink"


class FindingType(Enum):
    """What a finding is."""

    ISSUE = "issue"
    CONF_CHANGE = "configuration_change"
    HEALTH_CHECK = "health_check"
    REPORT = "report"
    AI_ANALYSIS = "ai_analysis"

    @classmethod
    def from_type(cls, finding_type: str) -> "FindingType":
        """The type with that value, whatever its case."""
        return cls(finding_type.lower())


class FindingAggregationKey(Enum):
    """Keys that have a name."""

    NONE = None
    CONFIGURATION_CHANGE_KUBERNETES_RESOURCE_CHANGE = "ConfigurationChange/KubernetesResource/Change"


class FindingSource(Enum):
    """Where a finding comes from."""

    NONE = None
    KUBERNETES_API_SERVER = "kubernetes_api_server"
    PROMETHEUS = "prometheus"
    MANUAL = "manual"
    HELM_RELEASE = "helm_release"
    CALLBACK = "callback"
    SCHEDULER = "scheduler"

    @classmethod
    def from_source(cls, source: str) -> "FindingSource":
        """The source with that value, whatever its case; `NONE` if there is none."""
        try:
            return cls(source.lower())
        except ValueError:
            return cls.NONE


class FindingSubjectType(Enum):
    """What a finding is about."""

    TYPE_NONE = None
    TYPE_DEPLOYMENT = "deployment"
    TYPE_NODE = "node"
    TYPE_POD = "pod"
    TYPE_JOB = "job"
    TYPE_DAEMONSET = "daemonset"
    TYPE_STATEFULSET = "statefulset"
    TYPE_HPA = "horizontalpodautoscaler"
    TYPE_HELM_RELEASES = "helmreleases"

    @staticmethod
    def from_kind(kind: str) -> "FindingSubjectType":
        """The type for a Kubernetes kind; `TYPE_NONE` for all others."""
        try:
            return FindingSubjectType(kind.lower())
        except ValueError:
            return FindingSubjectType.TYPE_NONE


class EnrichmentAnnotation:
    """Annotations that all sinks may look at."""

    SCAN = "scan"


class SlackAnnotations:
    """Annotations for Slack."""

    UNFURL = "unfurl"
    ATTACHMENT = "attachment"


class ActionEvent(str, Enum):
    """Notes of scans."""

    SCAN_UPDATED = "scan_updated"


class ScanState(str, Enum):
    """How far a scan is."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"


class ScanType(str, Enum):
    """Who scanned."""

    POPEYE = "popeye"
    KRR = "krr"

"""Parameters that several actions share. Their docstrings become the descriptions of their fields."""

import logging
from enum import Enum, auto
from typing import Any, Dict, List, Optional, Union

from pydantic import BaseModel, Field, SecretStr, validator

from robusta.integrations import openshift
from robusta.utils.documented_pydantic import DocumentedModel


class ChartValuesFormat(Enum):
    """How the values of a chart are shown."""

    Plain = auto()
    Bytes = auto()
    Percentage = auto()
    CPUUsage = auto()

    def __str__(self) -> str:
        return self.name


class ResourceChartItemType(Enum):
    """Whose resources a chart shows."""

    Pod = auto()
    Node = auto()
    Container = auto()


class ResourceChartResourceType(Enum):
    """Which resource a chart shows."""

    CPU = auto()
    Memory = auto()
    Disk = auto()


def _with_protocol(url: Optional[str]) -> Optional[str]:
    if url and not url.startswith("http"):
        url = "http://" + url
        logging.info("Adding protocol to url: %s", url)
    return url


def _with_cluster_token(given: Optional[SecretStr]) -> Optional[SecretStr]:
    if given is not None:
        return given
    token = openshift.load_token()
    return None if token is None else SecretStr("Bearer " + token)


class OverrideGraph(BaseModel):
    """A query to use for a graph in place of the usual one."""

    resource_type: str
    item_type: str
    query: str
    values_format: Optional[str]


class ActionParams(DocumentedModel):
    """What an action's parameters are derived from."""

    def post_initialization(self) -> None:
        """Called when a playbook is loaded with these parameters."""


class ResourceInfo(BaseModel):
    """A resource by name."""

    name: Optional[str] = "unresolved"
    namespace: Optional[str]
    kind: Optional[str]
    node: Optional[str]
    container: Optional[str]
    cluster: Optional[str]


class HolmesParams(ActionParams):
    """
    :var holmes_url: Where Holmes answers.
    :var model: The language model to use.
    """

    holmes_url: Optional[str]
    model: Optional[str]

    @validator("holmes_url", allow_reuse=True)
    def validate_protocol(cls, v: Optional[str]) -> Optional[str]:
        """Adds `http://` where there is no protocol."""
        return _with_protocol(v)


class AIInvestigateParams(HolmesParams):
    """
    :var resource: What the investigation is about: `name` and `kind`, perhaps `namespace` and `node`.
    :var investigation_type: issue or analyze_problems
    :var runbooks: Advice for the investigation, in words.
    :var ask: The question, in place of the usual one.
    :var context: More that can help.
    :var sections: Titles of the answer's sections, and what should stand in each.
    """

    resource: Optional[ResourceInfo]
    investigation_type: str
    runbooks: Optional[List[str]]
    ask: Optional[str]
    context: Optional[Dict[str, Any]]
    sections: Optional[Dict[str, str]] = None
    stream: bool = False


class HolmesToolsResult(BaseModel):
    """What a tool gave."""

    name: str
    description: str
    output: str


class HolmesInvestigationResult(BaseModel):
    """What an investigation gave."""

    result: str
    tools: Optional[List[HolmesToolsResult]] = []


class HolmesConversationHistory(BaseModel):
    """A question and its answer."""

    ask: str
    answer: HolmesInvestigationResult


class HolmesIssueChatParamsContext(BaseModel):
    """The issue that a conversation is about."""

    investigation_result: HolmesInvestigationResult
    issue_type: str
    robusta_issue_id: Optional[str] = None
    labels: Optional[Dict[str, str]] = None


class HolmesOldConversationIssueContext(HolmesIssueChatParamsContext):
    """The same, with what was said before."""

    conversation_history: Optional[List[HolmesConversationHistory]] = []
    source: Optional[str] = None


class ConversationType(str, Enum):
    """What a conversation is about."""

    ISSUE = "issue"


class ToolApprovalDecision(BaseModel):
    """Whether a tool may be used."""

    tool_call_id: str
    approved: bool
    save_prefixes: Optional[List[str]] = None
    decision: Optional[Dict[str, Any]] = None


class HolmesChatParams(HolmesParams):
    """
    :var ask: What to ask. Other parameters are passed on as they are.
    """

    ask: str
    conversation_history: Optional[List[dict]] = None
    render_graph_images: bool = False
    stream: bool = Field(default=False)
    enable_tool_approval: bool = Field(default=False)
    tool_decisions: Optional[List[ToolApprovalDecision]] = None
    additional_system_prompt: Optional[str] = None
    request_type: Optional[str] = None
    request_source: Optional[str] = None
    user_email: Optional[str] = None
    source_ref: Optional[str] = None
    conversation_id: Optional[str] = None
    conversation_source: Optional[str] = None
    is_internal: Optional[bool] = None
    meta: Optional[Dict[str, Any]] = None

    class Config:
        extra = "allow"


class HolmesIssueChatParams(HolmesChatParams):
    """A conversation about an issue."""

    resource: Optional[ResourceInfo] = ResourceInfo()
    context: HolmesIssueChatParamsContext


class HolmesOAuthParams(ActionParams):
    """
    :var toolset_name: What to sign in to. Other parameters are passed on as they are.
    """

    toolset_name: str

    class Config:
        extra = "allow"


class HolmesConversationParams(HolmesParams):
    """
    :var ask: What to ask.
    :var resource: What the conversation is about.
    :var context: The issue, with what was said before.
    :var conversation_type: What kind of conversation it is.
    """

    ask: str
    resource: Optional[ResourceInfo] = ResourceInfo()
    context: HolmesOldConversationIssueContext
    conversation_type: ConversationType
    include_tool_calls: bool = True
    include_tool_call_results: bool = True


class NamespacedResourcesParams(ActionParams):
    """
    :var name: The resource's name.
    :var namespace: The resource's namespace.
    """

    name: str
    namespace: str


class PodRunningParams(ActionParams):
    """
    :var custom_annotations: Annotations for the pod that is run.
    """

    custom_annotations: Optional[Dict[str, str]] = None


class VideoEnricherParams(ActionParams):
    """
    :var url: Where the video is.
    """

    url: str
    name: Optional[str]


class RateLimitParams(ActionParams):
    """
    :var rate_limit: Seconds that must lie between two runs.
    """

    rate_limit: int = 3600


class FindingKeyParams(ActionParams):
    """
    :var finding_key: A name by which other actions refer to the finding.
    """

    finding_key: str = "DEFAULT"


class BashParams(PodRunningParams):
    """
    :var bash_command: The command to run.

    :example bash_command: ls -l /etc/data/db
    """

    bash_command: str


class PrometheusParams(ActionParams):
    """
    :var prometheus_url: Where Prometheus answers. If it is not given, Prometheus is looked for in the cluster.
    :var prometheus_auth: What is sent as the Authorization header.
    :var prometheus_url_query_string: What is added to the URL of each query.
    :var prometheus_additional_headers: Headers for each query.
    :var prometheus_additional_labels: Labels that choose one cluster of many.
    :var add_additional_labels: Whether these labels are added to queries.

    :example prometheus_url: "http://prometheus-k8s.monitoring.svc.cluster.local:9090"
    :example prometheus_url_query_string: "demo-query=example-data"
    """

    prometheus_url: Optional[str] = None
    prometheus_auth: Optional[SecretStr] = None
    prometheus_url_query_string: Optional[str] = None
    prometheus_additional_headers: Optional[Dict[str, str]] = None
    prometheus_additional_labels: Optional[Dict[str, str]] = None
    add_additional_labels: bool = True
    prometheus_graphs_overrides: Optional[List[OverrideGraph]] = None

    @validator("prometheus_url", allow_reuse=True)
    def validate_protocol(cls, v: Optional[str]) -> Optional[str]:
        """Adds `http://` where there is no protocol."""
        return _with_protocol(v)

    @validator("prometheus_url_query_string", allow_reuse=True)
    def validate_query_string(cls, v: Optional[str]) -> Optional[str]:
        """Takes a leading question mark away."""
        return v.lstrip("?") if v else v

    @validator("prometheus_auth", allow_reuse=True, always=True)
    def auto_openshift_token(cls, v: Optional[SecretStr]) -> Optional[SecretStr]:
        """Uses the cluster's own token on OpenShift."""
        return _with_cluster_token(v)


class PrometheusDuration(BaseModel):
    """How many minutes back a query looks."""

    duration_minutes: int


class PrometheusDateRange(BaseModel):
    """From when to when a query looks, as `2022-09-14 09:40:59 UTC`."""

    starts_at: str
    ends_at: str


class GraphEnricherParams(PrometheusParams):
    """
    :var graph_duration_minutes: How many minutes back the graph begins.
    """

    graph_duration_minutes: int = 60


class PrometheusQueryParams(PrometheusParams):
    """
    :var promql_query: The query.
    :var duration: The time it looks at.
    :var step: The distance of its points, such as 100s or 170.3.
    """

    promql_query: str
    duration: Union[PrometheusDateRange, PrometheusDuration]
    step: Optional[str]


class TimedPrometheusParams(PrometheusParams):
    """
    :var default_query_duration: How many seconds back queries look.
    :example default_query_duration: 900
    """

    default_query_duration: int = 600


class CustomGraphEnricherParams(PrometheusParams):
    """
    :var promql_query: The query; $pod, $node and $node_internal_ip are filled in.
    :var graph_title: The graph's title; $name, $namespace, $node and others are filled in.
    :var graph_duration_minutes: How many minutes back the graph begins.
    :var chart_values_format: How values are shown: Plain, Bytes or Percentage.

    :example graph_title: CPU Usage for this node
    """

    promql_query: str
    graph_title: Optional[str] = None
    graph_duration_minutes: int = 60
    chart_values_format: str = "Plain"
    hide_legends: Optional[bool] = False


class ResourceGraphEnricherParams(PrometheusParams):
    """
    :var resource_type: CPU, Memory or Disk.
    :var graph_duration_minutes: How many minutes back the graph begins.

    :example resource_type: Memory
    """

    resource_type: str
    graph_duration_minutes: int = 60


class PodResourceGraphEnricherParams(ResourceGraphEnricherParams):
    """
    :var display_limits: Whether the pod's limits are shown (CPU and Memory).
    """

    display_limits: bool = False


class AlertResourceGraphEnricherParams(ResourceGraphEnricherParams):
    """
    :var item_type: Pod or Node.
    :example item_type: Pod
    """

    item_type: str


class GrafanaParams(ActionParams):
    """
    :var grafana_url: Where Grafana answers. If it is not given, Grafana is looked for in the cluster.
    :var grafana_api_key: A key that may write.
    :var grafana_dashboard_uid: The dashboard's id, as its URL has it.

    :example grafana_url: http://grafana.namespace.svc
    """

    grafana_api_key: SecretStr
    grafana_dashboard_uid: str
    grafana_url: str = None  # type: ignore[assignment]


class GrafanaAnnotationParams(GrafanaParams):
    """
    :var grafana_dashboard_panel: Text in the titles of the panels that are annotated; without it all are.
    :var cluster_name: One of the annotation's tags.
    :var custom_tags: More tags.
    """

    grafana_dashboard_panel: str = None  # type: ignore[assignment]
    cluster_name: str = None  # type: ignore[assignment]
    cluster_zone: str = None  # type: ignore[assignment]
    custom_tags: List[str] = None  # type: ignore[assignment]


class ProcessParams(PodRunningParams):
    """
    :var process_substring: The process' name, or a part of it.
    :var pid: The process' id.
    :var interactive: Whether people are asked where more than one process fits.
    """

    process_substring: str = ""
    pid: int = None  # type: ignore[assignment]
    interactive: bool = True


class EventEnricherParams(ActionParams):
    """Which events are shown."""

    max_events: int = 8
    included_types: List[str] = ["Warning", "Normal"]


class NamedRegexPattern(BaseModel):
    """A pattern of what is not shown, and what is shown in its place."""

    name: str = "Redacted"
    regex: str


class LogEnricherParams(ActionParams):
    """
    :var container_name: The container whose logs are fetched.
    :var warn_on_missing_label: Whether to warn if the alert names no pod.
    :var regex_replacer_patterns: What is replaced in the logs, in order.
    :var regex_replacement_style: SAME_LENGTH_ASTERISKS or NAMED.
    :var filter_regex: Only lines that fit are shown.
    """

    container_name: Optional[str]
    warn_on_missing_label: bool = False
    regex_replacer_patterns: Optional[List[NamedRegexPattern]] = None
    regex_replacement_style: Optional[str] = None
    previous: bool = False
    filter_regex: Optional[str] = None


class OOMGraphEnricherParams(ResourceGraphEnricherParams):
    """
    :var delay_graph_s: Seconds to wait, so that the graph shows the peak.
    """

    delay_graph_s: int = 0


class OomKillParams(OOMGraphEnricherParams, PodRunningParams):
    """What is told about a container that ran out of memory."""

    attach_logs: Optional[bool] = False
    container_memory_graph: Optional[bool] = False
    node_memory_graph: Optional[bool] = False
    dmesg_log: Optional[bool] = False

    def __init__(
        self,
        attach_logs: Optional[bool] = False,
        container_memory_graph: Optional[bool] = False,
        node_memory_graph: Optional[bool] = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            attach_logs=attach_logs,
            container_memory_graph=container_memory_graph,
            node_memory_graph=node_memory_graph,
            resource_type=ResourceChartResourceType.Memory.name,
            **kwargs,
        )

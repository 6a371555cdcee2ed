"""Graphs of what Prometheus knows."""

import math
import re
from collections import defaultdict, namedtuple
from datetime import datetime, timedelta
from string import Template
from typing import Any, Callable, Dict, List, Optional, Tuple

from pydantic import BaseModel

from robusta.core.model.base_params import (
    ChartValuesFormat,
    PrometheusParams,
    ResourceChartItemType,
    ResourceChartResourceType,
)
from robusta.core.model.env_vars import PROMETHEUS_REQUEST_TIMEOUT_SECONDS
from robusta.core.reporting.blocks import GraphBlock, PrometheusBlock, PrometheusBlockLineData
from robusta.integrations.prometheus.result import PrometheusQueryResult
from robusta.integrations.prometheus.utils import get_prometheus_connect

ChartOptions = namedtuple("ChartOptions", ["query", "values_format"])
ChartLabelFactory = Callable[[int], str]

_TARGET_LABELS = ("container", "pod", "node")
_OOM = "OOM Kill Time"
_MOST_POINTS = 3000
_NODE = 'job="node-exporter", instance=~"$node_internal_ip:[0-9]+"'
_POD = 'namespace="$namespace", pod=~"$pod"'


class XAxisLine(BaseModel):
    """A line at a value."""

    label: str
    value: float


class YAxisLine(BaseModel):
    """A line at a time."""

    label: str
    value: float


def get_node_internal_ip(node: Any) -> str:
    """A node's address in the cluster."""
    return next(one.address for one in node.status.addresses if one.type == "InternalIP")


def run_prometheus_query(prometheus_params: PrometheusParams, query: str) -> PrometheusQueryResult:
    """Asks for values of now."""
    client = get_prometheus_connect(prometheus_params)
    params = {"timeout": PROMETHEUS_REQUEST_TIMEOUT_SECONDS}
    client.check_prometheus_connection(params)
    return PrometheusQueryResult(client.safe_custom_query(_with_labels(query, prometheus_params), params))


def run_prometheus_query_range(
    prometheus_params: PrometheusParams,
    promql_query: str,
    starts_at: datetime,
    ends_at: datetime,
    step: Optional[str] = None,
) -> PrometheusQueryResult:
    """Asks for values over time."""
    if not starts_at or not ends_at:
        raise Exception("Invalid timerange specified for the prometheus query.")
    duration = ends_at - starts_at
    step = step or str(max(duration.total_seconds() / get_resolution_from_duration(duration), 1.0))
    client = get_prometheus_connect(prometheus_params)
    params = {"timeout": PROMETHEUS_REQUEST_TIMEOUT_SECONDS}
    client.check_prometheus_connection(params)
    query = _with_labels(promql_query, prometheus_params)
    return PrometheusQueryResult(client.safe_custom_query_range(query, starts_at, ends_at, step, params))


def get_resolution_from_duration(duration: timedelta) -> int:
    """How many points a graph of that length has."""
    if duration <= timedelta(hours=1):
        return 250
    if duration <= timedelta(days=1):
        return math.ceil(duration.total_seconds() / 60)
    if duration <= timedelta(weeks=1):
        return math.ceil(duration.total_seconds() / 300)
    return _MOST_POINTS


def get_target_name(series: Dict[str, Any]) -> Optional[str]:
    """What a series is about."""
    return next((series["metric"][label] for label in _TARGET_LABELS if label in series["metric"]), None)


def filter_prom_jobs_results(series_list_result: Optional[List[Dict[str, Any]]]) -> Optional[List[Dict[str, Any]]]:
    """One series for each target: that of the kubelet if there is one, else that of the first job by name."""
    if not series_list_result or len(series_list_result) == 1:
        return series_list_result
    by_target: Dict[str, List[Dict[str, Any]]] = {}
    for series in series_list_result:
        target = get_target_name(series)
        if target:
            by_target.setdefault(target, []).append(series)
    chosen = []
    for found in by_target.values():
        kubelets = [series for series in found if series["metric"].get("job") == "kubelet"]
        ordered = sorted(found, key=lambda series: series["metric"].get("job") or "")
        chosen.append(kubelets[0] if len(kubelets) == 1 else ordered[0])
    return chosen


def build_chart_from_prometheus_result(
    prometheus_query_result: PrometheusQueryResult,
    chart_title: Optional[str] = "Prometheus Chart",
    values_format: Optional[ChartValuesFormat] = None,
) -> Any:
    """A chart (of pygal) of an answer that is there already."""
    from robusta.core.playbooks.charts import draw

    if prometheus_query_result.result_type != "matrix":
        raise ValueError("Expected 'matrix' result_type, got '%s'" % prometheus_query_result.result_type)
    series = prometheus_query_result.series_list_result or []
    labels = [get_target_name(one) or "\n".join(_without_job(one["metric"])) for one in series]
    now = datetime.now()
    return draw(chart_title or "", list(zip(labels, series)), [], (now, now), values_format)


def _without_job(metric: Dict[str, str]) -> List[str]:
    return [value for name, value in metric.items() if name != "job"]


def create_chart_from_prometheus_query(
    prometheus_params: PrometheusParams,
    promql_query: str,
    alert_starts_at: Optional[datetime],
    include_x_axis: bool,
    graph_duration_minutes: int = 0,
    chart_title: Optional[str] = None,
    values_format: Optional[ChartValuesFormat] = None,
    lines: Optional[List[Any]] = None,
    chart_label_factory: Optional[ChartLabelFactory] = None,
    filter_prom_jobs: bool = False,
    hide_legends: Optional[bool] = False,
    metrics_legends_labels: Optional[List[str]] = None,
) -> Tuple[Any, PrometheusBlock]:
    """A chart (of pygal), and its data as a block."""
    from robusta.core.playbooks.charts import draw

    given = list(lines or [])
    starts_at, ends_at = _span(alert_starts_at, graph_duration_minutes, given)
    result = run_prometheus_query_range(prometheus_params, promql_query, starts_at, ends_at)
    if result.result_type != "matrix":
        text = "Unsupported query result for robusta chart, Type received: %s, type supported 'matrix'"
        raise Exception(text % result.result_type)
    found = result.series_list_result or []
    series = (filter_prom_jobs_results(found) if filter_prom_jobs else found) or []
    title = chart_title or promql_query
    labels = [_label(one, number, chart_label_factory) for number, one in enumerate(series)]
    chart = draw(title, list(zip(labels, series)), given, (starts_at, ends_at), values_format)
    chart.config.show_legend = hide_legends is not True
    chart.config.include_x_axis = include_x_axis
    block = PrometheusBlock(
        data=result,
        query=promql_query,
        y_axis_type=values_format,
        vertical_lines=[_line(one) for one in given if isinstance(one, YAxisLine)],
        horizontal_lines=[_line(one) for one in given if isinstance(one, XAxisLine)],
        graph_name=title,
        metrics_legends_labels=metrics_legends_labels,
    )
    return chart, block


def create_graph_enrichment(
    start_at: Optional[datetime],
    labels: Dict[Any, Any],
    promql_query: str,
    prometheus_params: PrometheusParams,
    graph_duration_minutes: int,
    graph_title: Optional[str],
    chart_values_format: Optional[ChartValuesFormat],
    lines: Optional[List[Any]] = None,
    chart_label_factory: Optional[ChartLabelFactory] = None,
    filter_prom_jobs: bool = False,
    hide_legends: Optional[bool] = False,
    metrics_legends_labels: Optional[List[str]] = None,
) -> GraphBlock:
    """A graph of a query, into which labels are filled as `$name`."""
    variables: Dict[Any, Any] = defaultdict(lambda: "<missing>", labels)
    query = Template(promql_query).safe_substitute(variables)
    chart, data = create_chart_from_prometheus_query(
        prometheus_params,
        query,
        start_at,
        include_x_axis=True,
        graph_duration_minutes=graph_duration_minutes,
        chart_title=graph_title,
        values_format=chart_values_format,
        lines=lines,
        chart_label_factory=chart_label_factory,
        filter_prom_jobs=filter_prom_jobs,
        hide_legends=hide_legends,
        metrics_legends_labels=metrics_legends_labels,
    )
    return GraphBlock("%s.svg" % (graph_title or query), chart.render(), graph_data=data)


def create_resource_enrichment(
    starts_at: Optional[datetime],
    labels: Dict[Any, Any],
    resource_type: ResourceChartResourceType,
    item_type: ResourceChartItemType,
    graph_duration_minutes: int,
    prometheus_params: PrometheusParams,
    lines: Optional[List[Any]] = None,
    title_override: Optional[str] = None,
    metrics_legends_labels: Optional[List[str]] = None,
) -> GraphBlock:
    """A graph of a resource of a pod, a container or a node, which the labels name."""
    chosen = _override(prometheus_params, resource_type, item_type) or _QUERIES.get((resource_type, item_type))
    if not chosen:
        combination = (resource_type, item_type)
        raise AttributeError("The following combination for resource chart is not supported: %s" % (combination,))
    word = "Utilization" if chosen.values_format == ChartValuesFormat.Percentage else "Usage"
    name = "%s Usage" % resource_type.name
    return create_graph_enrichment(
        starts_at,
        labels,
        chosen.query,
        prometheus_params=prometheus_params,
        graph_duration_minutes=graph_duration_minutes,
        graph_title=title_override or "%s %s for this %s" % (resource_type.name, word, item_type.name.lower()),
        chart_values_format=chosen.values_format,
        lines=lines,
        # Some of the queries give series without labels.
        chart_label_factory=lambda number: labels.get(item_type.name.lower(), name),
        filter_prom_jobs=True,
        metrics_legends_labels=metrics_legends_labels,
    )


def get_default_values_format(combination: Tuple[Any, Any]) -> ChartValuesFormat:
    """How values of a resource are shown."""
    resource_type, item_type = combination
    if item_type == ResourceChartItemType.Node:
        return ChartValuesFormat.Percentage
    if resource_type == ResourceChartResourceType.CPU:
        return ChartValuesFormat.CPUUsage
    return ChartValuesFormat.Bytes if resource_type == ResourceChartResourceType.Memory else ChartValuesFormat.Plain


def _queries() -> Dict[Tuple[Any, Any], ChartOptions]:
    resource, item = ResourceChartResourceType, ResourceChartItemType
    cpu = "sum(irate(container_cpu_usage_seconds_total{%s}[5m])) by (%s)"
    memory = "sum(max(container_memory_working_set_bytes{%s}) by (container, pod, job)) by (container, pod, job)"
    free = ["node_memory_%s_bytes{%s}" % (name, _NODE) for name in ("Buffers", "Cached", "MemFree", "Slab")]
    memory_node = "1 - ((node_memory_MemAvailable_bytes{%s} or (%s ) ) / node_memory_MemTotal_bytes{%s}) != 0"
    disk = 'max without (mountpoint, fstype) (node_filesystem_%s_bytes{' + _NODE.replace(",", ', fstype!="",') + "})"
    idle = 'rate(node_cpu_seconds_total{%s, mode=~"idle|iowait|steal"}[5m])' % _NODE
    texts = {
        (resource.CPU, item.Pod): cpu % (_POD, "pod, job"),
        (resource.CPU, item.Container): cpu % (_POD + ', container=~"$container"', "container, pod, job"),
        (resource.CPU, item.Node): "1 - avg without (cpu) ( sum without (mode) (%s)) != 0" % idle,
        (resource.Memory, item.Pod): memory % (_POD + ', container!="", image!=""'),
        (resource.Memory, item.Container): memory % (_POD + ', container=~"$container", image!=""'),
        (resource.Memory, item.Node): memory_node % (_NODE, " + ".join(free), _NODE),
        (resource.Disk, item.Node): "sum(sort_desc(1 -(%s/%s) != 0))" % (disk % "avail", disk % "size"),
    }
    return {key: ChartOptions(text, get_default_values_format(key)) for key, text in texts.items()}


_QUERIES = _queries()


def _override(params: PrometheusParams, resource_type: Any, item_type: Any) -> Optional[ChartOptions]:
    for one in params.prometheus_graphs_overrides or []:
        if (one.resource_type, one.item_type) == (resource_type.name, item_type.name):
            default = get_default_values_format((resource_type, item_type))
            return ChartOptions(one.query, ChartValuesFormat[one.values_format] if one.values_format else default)
    return None


def _with_labels(query: str, params: PrometheusParams) -> str:
    if not params.prometheus_additional_labels or not params.add_additional_labels:
        return query
    added = "".join(', %s="%s"' % label for label in params.prometheus_additional_labels.items())
    return re.sub(r"\{\s*,", "{", query.replace("}", added + "}"))


def _span(alert_starts_at: Optional[datetime], minutes: int, lines: List[Any]) -> Tuple[datetime, datetime]:
    """From when to when a graph goes: long enough to show the alert, and what led to an end for want of memory."""
    ends_at = datetime.now(tz=alert_starts_at.tzinfo if alert_starts_at else None)
    duration = timedelta(minutes=minutes)
    if alert_starts_at:
        duration = max(ends_at - alert_starts_at, duration)
    starts_at = ends_at - duration
    for line in lines:
        if line.label == _OOM:
            killed_at = datetime.fromtimestamp(line.value, tz=ends_at.tzinfo)
            starts_at = min(starts_at, killed_at - timedelta(hours=1))
            ends_at = max(ends_at, killed_at + timedelta(minutes=30))
    return starts_at, ends_at


def _label(series: Dict[str, Any], number: int, factory: Optional[ChartLabelFactory]) -> str:
    label = get_target_name(series)
    label = label or "\n".join(value for name, value in series["metric"].items() if name != "job")
    return factory(number) if not label and factory else label


def _line(given: Any) -> PrometheusBlockLineData:
    return PrometheusBlockLineData(legend=given.label, value=given.value)

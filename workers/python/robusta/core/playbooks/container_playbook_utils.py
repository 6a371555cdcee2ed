"""Graphs of containers."""

from datetime import datetime
from typing import Any, List, Optional

from robusta.core.model.base_params import ResourceChartItemType, ResourceChartResourceType, ResourceGraphEnricherParams
from robusta.core.model.pods import PodContainer
from robusta.core.playbooks.prometheus_enrichment_utils import XAxisLine, YAxisLine, create_resource_enrichment
from robusta.core.reporting.blocks import GraphBlock
from robusta.integrations.kubernetes.times import parse_kubernetes_datetime


def create_container_graph(
    params: ResourceGraphEnricherParams,
    pod: Any,
    oomkilled_container: PodContainer,
    show_limit: bool = False,
    metrics_legends_labels: Optional[List[str]] = None,
) -> GraphBlock:
    """A graph of a container's resource, with what it asks for and may have and when it ended, if `show_limit`."""
    container = oomkilled_container.container
    labels = {"pod": pod.metadata.name, "container": container.name, "namespace": pod.metadata.namespace}
    return create_resource_enrichment(
        datetime.now(),
        labels,
        ResourceChartResourceType[params.resource_type],
        ResourceChartItemType.Container,
        prometheus_params=params,
        graph_duration_minutes=params.graph_duration_minutes,
        lines=_lines(params.resource_type, oomkilled_container) if show_limit else [],
        title_override="%s Usage for container %s" % (params.resource_type, container.name),
        metrics_legends_labels=metrics_legends_labels,
    )


def _lines(resource_type: str, killed: PodContainer) -> List[Any]:
    asked, limit, unit = 0.0, 0.0, 1
    if resource_type == "Memory":
        asked, limit = PodContainer.get_memory_resources(killed.container)
        unit = 1024**2
    elif resource_type == "CPU":
        asked, limit = PodContainer.get_cpu_resources(killed.container)
    lines: List[Any] = [
        XAxisLine(label=label, value=value * unit) for label, value in (("Limit", limit), ("Request", asked)) if value > 0
    ]
    ended = killed.state.terminated
    if ended and ended.reason == "OOMKilled" and ended.finishedAt:
        lines.append(YAxisLine(label="OOM Kill Time", value=parse_kubernetes_datetime(ended.finishedAt).timestamp()))
    return lines

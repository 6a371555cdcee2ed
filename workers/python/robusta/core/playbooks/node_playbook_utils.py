"""Graphs and kernel messages of nodes."""

import logging
from datetime import datetime
from typing import Any, Dict, List, Optional

from robusta.core.model.base_params import ResourceChartItemType, ResourceChartResourceType, ResourceGraphEnricherParams
from robusta.core.playbooks.prometheus_enrichment_utils import create_resource_enrichment, get_node_internal_ip
from robusta.core.reporting.base import EnrichmentType
from robusta.core.reporting.blocks import FileBlock, GraphBlock
from robusta.integrations.kubernetes.custom_models import RobustaPod


def create_node_graph_enrichment(
    params: ResourceGraphEnricherParams, node: Any, metrics_legends_labels: Optional[List[str]] = None
) -> GraphBlock:
    """A graph of a node's resource."""
    labels = {"node": node.metadata.name}
    address = get_node_internal_ip(node)
    if address:
        labels["node_internal_ip"] = address
    return create_resource_enrichment(
        datetime.now(),
        labels,
        ResourceChartResourceType[params.resource_type],
        ResourceChartItemType.Node,
        prometheus_params=params,
        graph_duration_minutes=params.graph_duration_minutes,
        metrics_legends_labels=metrics_legends_labels,
    )


def dmesg_enricher(event: Any, node: Any, custom_annotations: Optional[Dict[str, str]] = None) -> None:
    """Adds the kernel's messages."""
    if not node:
        logging.error("_dmesg_enricher was called on event without node")
        return
    output = RobustaPod.exec_on_node(
        pod_name="dmesg_pod", node_name=node.metadata.name, cmd="dmesg", custom_annotations=custom_annotations
    )
    if output:
        block = FileBlock("dmesg.log", output.encode())
        event.add_enrichment([block], enrichment_type=EnrichmentType.text_file, title="DMESG Info")

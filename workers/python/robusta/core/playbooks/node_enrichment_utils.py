"""Tables about nodes."""

import logging
from typing import Any, Optional

from hikaru.model.rel_1_26 import PodList

from robusta.core.reporting.blocks import TableBlock


def get_node_allocatable_resources_table_block(
    node: Any,
    table_name: str = "Node Allocatable Resources - The amount of compute resources that are available for pods",
) -> TableBlock:
    """What the node can give to pods."""
    rows = [[name, amount] for name, amount in node.status.allocatable.items()]
    return TableBlock(rows, ["resource", "value"], table_name=table_name)


def get_node_status_table_block(node: Any, table_name: str = "*Node status details:*") -> TableBlock:
    """The node's conditions."""
    rows = [[condition.type, condition.status] for condition in node.status.conditions]
    return TableBlock(rows, headers=["Type", "Status"], table_name=table_name)


def get_node_running_pods_table_block_or_none(
    node: Any, table_name: str = "Pods running on the node"
) -> Optional[TableBlock]:
    """The pods on the node, and whether each is ready; none if they cannot be listed."""
    selector = "spec.nodeName=%s" % node.metadata.name
    try:
        pods = PodList.listPodForAllNamespaces(field_selector=selector).obj.items
    except Exception as error:
        logging.error("Failed to list pods for node %s: %s", node.metadata.name, error)
        return None
    rows = [[pod.metadata.namespace, pod.metadata.name, pod.is_pod_in_ready_condition()] for pod in pods]
    return TableBlock(rows, ["namespace", "name", "ready"], table_name=table_name)

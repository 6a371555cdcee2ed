"""Alerts as events: the objects that their labels name are read from the cluster."""

import logging
from typing import Any, Dict, List, Optional

from hikaru.model.rel_1_26 import DaemonSet, HorizontalPodAutoscaler, Node, NodeList, StatefulSet
from pydantic import BaseModel

from robusta.core.playbooks.base_trigger import BaseTrigger, TriggerEvent
from robusta.integrations.kubernetes.custom_models import RobustaDeployment, RobustaJob, RobustaPod
from robusta.integrations.prometheus.models import PrometheusAlert, PrometheusKubernetesAlert

_OBJECTS = (
    ("deployment", "deployment", RobustaDeployment.readNamespacedDeployment),
    ("daemonset", "daemonset", DaemonSet.readNamespacedDaemonSet),
    ("statefulset", "statefulset", StatefulSet.readNamespacedStatefulSet),
    ("job_name", "job", RobustaJob.readNamespacedJob),
    ("pod", "pod", RobustaPod.readNamespacedPod),
    (
        "horizontalpodautoscaler",
        "hpa",
        HorizontalPodAutoscaler.readNamespacedHorizontalPodAutoscaler,
    ),
)
"""Labels, the members of the event that they fill, and what reads the objects."""
_METRICS = "kube-state-metrics"


class PrometheusTriggerEvent(TriggerEvent):
    """An alert that has come in."""

    alert: PrometheusAlert

    def get_event_name(self) -> str:
        return PrometheusTriggerEvent.__name__

    def get_event_description(self) -> str:
        return "PrometheusAlert-%s-%s" % (self.alert.labels["alertname"], self.alert.status)


class PrometheusAlertTrigger(BaseTrigger):
    """
    :var status: "firing", "resolved" or "all".
    """

    alert_name: str = None  # type: ignore[assignment]
    status: str = "firing"
    pod_name_prefix: str = None  # type: ignore[assignment]
    namespace_prefix: str = None  # type: ignore[assignment]
    instance_name_prefix: str = None  # type: ignore[assignment]
    k8s_providers: Optional[List[str]]

    @staticmethod
    def get_execution_event_type() -> Any:
        return PrometheusKubernetesAlert


class PrometheusAlertTriggers(BaseModel):
    """The trigger under the name that playbook files have for it."""

    on_prometheus_alert: Optional[PrometheusAlertTrigger]


def build_event(alert: PrometheusAlert) -> PrometheusKubernetesAlert:
    """The event for an alert. Objects that cannot be read are left out."""
    labels = alert.labels
    event = PrometheusKubernetesAlert(
        alert=alert,
        alert_name=labels["alertname"],
        alert_severity=labels.get("severity"),
        label_namespace=labels.get("namespace"),
    )
    namespace = labels.get("namespace", "default")
    for label, member, read in _OBJECTS:
        name = labels.get(label)
        if name and _METRICS not in name:
            setattr(event, member, _read_or_none(label, lambda: read(name=name, namespace=namespace).obj))
    event.node = _node(labels)
    return event


def _node(labels: Dict[str, str]) -> Optional[Any]:
    found = _node_of(labels["node"]) if labels.get("node") else None
    # With that job the instance is where the metric was read, not what it is about.
    if found is None and labels.get("instance") and labels.get("job") != _METRICS:
        found = _node_of(labels["instance"])
    return found


def _node_of(name: str) -> Optional[Any]:
    if ":" not in name:
        return _read_or_none("node", lambda: Node.readNode(name=name).obj)
    address = name.split(":")[0]

    def find() -> Optional[Any]:
        nodes = NodeList.listNode().obj.items
        return next((node for node in nodes if address in [one.address for one in node.status.addresses]), None)

    return _read_or_none("node", find)


def _read_or_none(label: str, read: Any) -> Optional[Any]:
    try:
        return read()
    except Exception as error:
        text = "cannot read the %s that an alert names: reason: %s status: %s"
        logging.info(text, label, getattr(error, "reason", "NA"), getattr(error, "status", 0))
        return None

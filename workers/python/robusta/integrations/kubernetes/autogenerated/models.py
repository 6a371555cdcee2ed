"""Which class stands for a version and a kind."""

from typing import Any, Dict, Optional

from hikaru.model import rel_1_26

from robusta.integrations.kubernetes.custom_models import RobustaDeployment, RobustaJob, RobustaPod

KINDS = (
    *("Pod", "ReplicaSet", "DaemonSet", "Deployment", "StatefulSet", "Service", "Event", "HorizontalPodAutoscaler"),
    *("Node", "ClusterRole", "ClusterRoleBinding", "Job", "Namespace", "ServiceAccount", "PersistentVolume"),
    *("PersistentVolumeClaim", "NetworkPolicy", "ConfigMap", "Ingress", "Secret"),
)
"""The kinds that have events of their own."""

CLUSTER_SCOPED = frozenset(("Node", "ClusterRole", "ClusterRoleBinding", "Namespace", "PersistentVolume"))

_EXTENDED = {"Pod": RobustaPod, "Deployment": RobustaDeployment, "Job": RobustaJob}

VERSION_KIND_TO_MODEL_CLASS: Dict[str, Dict[str, Any]] = {
    "v1": {kind: _EXTENDED.get(kind) or getattr(rel_1_26, kind) for kind in KINDS}
}


def get_api_version(apiVersion: str) -> Optional[Dict[str, Any]]:
    """The classes of a version by kind; its group does not matter."""
    return VERSION_KIND_TO_MODEL_CLASS.get(apiVersion.rpartition("/")[2])

"""What is told of workloads."""

from typing import Any, Dict, List, Optional

from robusta.core.model.env_vars import DISCOVERY_POD_OWNED_PODS
from robusta.core.model.services import ContainerInfo, VolumeInfo


def _pod_spec(resource: Any) -> Any:
    template = getattr(resource.spec, "template", None)
    return template.spec if template else resource.spec


def extract_containers_k8(resource: Any) -> List[Any]:
    """The containers of a pod or of what makes pods."""
    return getattr(_pod_spec(resource), "containers", None) or []


def extract_containers(resource: Any) -> List[ContainerInfo]:
    """The same, with what of them matters."""
    return [ContainerInfo.get_container_info(container) for container in extract_containers_k8(resource)]


def extract_volumes_k8(resource: Any) -> List[Any]:
    """The volumes of a pod or of what makes pods."""
    return getattr(_pod_spec(resource), "volumes", None) or []


def extract_volumes(resource: Any) -> List[VolumeInfo]:
    """The same, with what of them matters."""
    return [VolumeInfo.get_volume_info(volume) for volume in extract_volumes_k8(resource)]


def is_pod_ready(pod: Any) -> bool:
    """Whether a pod can do its work."""
    ready = next((one for one in pod.status.conditions or [] if one.type == "Ready"), None)
    return ready is not None and ready.status.lower() == "true"


def is_pod_finished(pod: Any) -> bool:
    """Whether a pod has ended."""
    phase = pod.status.phase if pod.status else None
    return (phase or "").lower() in ("succeeded", "failed")


def should_report_pod(pod: Any) -> bool:
    """Whether a pod counts as a workload of its own: it has not ended, and nothing made it."""
    if is_pod_finished(pod):
        return False
    owners = _member(pod.metadata, "ownerReferences", "owner_references")
    if not owners:
        return True
    return bool(DISCOVERY_POD_OWNED_PODS) and all(owner.kind.lower() == "pod" for owner in owners)


def extract_ready_pods(resource: Any) -> int:
    """How many pods of a workload are ready."""
    kind = type(resource).__name__
    if kind.endswith("Pod"):
        return 1 if is_pod_ready(resource) else 0
    status = resource.status
    if kind.endswith("DaemonSet"):
        return _member(status, "numberReady", "number_ready") or 0
    return _member(status, "readyReplicas", "ready_replicas") or 0


def extract_total_pods(resource: Any) -> int:
    """How many pods a workload should have."""
    kind = type(resource).__name__
    if kind.endswith("Pod"):
        return 1
    if kind.endswith("DaemonSet"):
        return _member(resource.status, "desiredNumberScheduled", "desired_number_scheduled") or 0
    replicas = getattr(resource.spec, "replicas", 0)
    return 1 if replicas is None else replicas


def is_release_managed_by_helm(labels: Optional[Dict[str, str]], annotations: Optional[Dict[str, str]]) -> bool:
    """Whether Helm made an object."""
    if (labels or {}).get("app.kubernetes.io/managed-by") == "Helm":
        return True
    return any(name.startswith(("helm.", "meta.helm.")) for name in [*(labels or ()), *(annotations or ())])


def _member(owner: Any, name: str, client_name: str) -> Any:
    """A member by its name here, or by that of Kubernetes' Python client."""
    return getattr(owner, name, None) or getattr(owner, client_name, None)

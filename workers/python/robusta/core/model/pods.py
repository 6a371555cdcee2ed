"""What containers ask for, may have, and ran out of."""

import logging
from enum import Enum
from typing import Any, Dict, List, Optional, Tuple, Union

from pydantic import BaseModel

from robusta.integrations.kubernetes.times import parse_kubernetes_datetime_to_ms

k8s_memory_factors = {
    "m": 1 / 1000,
    "u": 1 / 1000**2,
    "n": 1 / 1000**3,
    "K": 1000,
    "M": 1000**2,
    "G": 1000**3,
    "T": 1000**4,
    "P": 1000**5,
    "E": 1000**6,
    "k": 1024,
    "Ki": 1024,
    "Mi": 1024**2,
    "Gi": 1024**3,
    "Ti": 1024**4,
    "Pi": 1024**5,
    "Ei": 1024**6,
}
_BINARY_UNITS = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")

ResourceAttributes = Enum("ResourceAttributes", "requests limits")


def format_unit(x: Union[float, int]) -> str:
    """A number with its unit: less than 500 is taken for processors, more for bytes."""
    if x < 1:
        return "%dm" % int(x * 1000)
    if x < 500:
        return str(x)
    x = int(x)
    for power, unit in enumerate(_BINARY_UNITS):
        if x / 1024 ** (power + 1) < 10:
            break
    return "%.0f%s" % (x / 1024**power, unit)


class ContainerResources(BaseModel):
    """Processors, and memory in MiB."""

    cpu: float = 0
    memory: int = 0


class PodResources(BaseModel):
    """The same for a pod."""

    pod_name: str
    cpu: float
    memory: int

    @staticmethod
    def parse_cpu(cpu: Any) -> float:
        """Processors, from Kubernetes' notation."""
        if not cpu:
            return 0.0
        text = str(cpu)
        if "m" in text:
            return round(float(text.replace("m", "").strip()) / 1000, 3)
        if "k" in text:
            return round(float(text.replace("k", "").strip()) * 1000, 3)
        return round(float(text), 3)

    @staticmethod
    def parse_mem(mem: Any) -> int:
        """MiB, from Kubernetes' notation."""
        return int(PodResources.get_number_of_bytes_from_kubernetes_mem_spec(mem) / 1024**2) if mem else 0

    @staticmethod
    def get_number_of_bytes_from_kubernetes_mem_spec(mem_spec: Any) -> Any:
        """Bytes, from Kubernetes' notation; 0 for what cannot be read."""
        try:
            if not mem_spec:
                return 0
            for length in (2, 1):
                unit = mem_spec[-length:]
                if len(mem_spec) > length and unit in k8s_memory_factors:
                    return int(mem_spec[:-length]) * k8s_memory_factors[unit]
            return int(mem_spec) if mem_spec.isdigit() else int(float(mem_spec))
        except Exception:
            logging.error("error parsing memory %s", mem_spec, exc_info=True)
            return 0


class PodContainer:
    """A container of a pod, in one of its states."""

    def __init__(self, pod: Any, state: Any, container_name: str) -> None:
        self.state = state
        self.container = PodContainer.get_pod_container_by_name(pod, container_name)

    @staticmethod
    def get_memory_resources(container: Any) -> Tuple[int, int]:
        """The memory it asks for and may have, in MiB."""
        return PodContainer.get_requests(container).memory, PodContainer.get_limits(container).memory

    @staticmethod
    def get_cpu_resources(container: Any) -> Tuple[float, float]:
        """The processors it asks for and may have."""
        return PodContainer.get_requests(container).cpu, PodContainer.get_limits(container).cpu

    @staticmethod
    def get_requests(container: Any) -> ContainerResources:
        """What it asks for."""
        return PodContainer.get_resources(container, ResourceAttributes.requests)

    @staticmethod
    def get_limits(container: Any) -> ContainerResources:
        """What it may have."""
        return PodContainer.get_resources(container, ResourceAttributes.limits)

    @staticmethod
    def get_resources(container: Any, resource_type: Any) -> ContainerResources:
        """One or the other."""
        given = getattr(getattr(container, "resources", None), resource_type.name, None) or {}
        try:
            cpu, memory = PodResources.parse_cpu(given.get("cpu")), PodResources.parse_mem(given.get("memory"))
        except (AttributeError, ValueError):
            return ContainerResources()
        return ContainerResources(cpu=cpu, memory=memory)

    @staticmethod
    def get_pod_container_by_name(pod: Any, container_name: str) -> Optional[Any]:
        """The container of that name."""
        return next((container for container in pod.spec.containers if container.name == container_name), None)

    @staticmethod
    def get_status(pod: Any, container_name: str) -> Optional[Any]:
        """The status of the container of that name."""
        statuses = _either(pod.status, "containerStatuses", "container_statuses") if pod.status else None
        return next((status for status in statuses or [] if status.name == container_name), None)


def _either(owner: Any, name: str, client_name: str) -> Any:
    """A member by its name here, or by that of Kubernetes' Python client."""
    return getattr(owner, name) if hasattr(owner, name) else getattr(owner, client_name, None)


def pod_restarts(pod: Any) -> int:
    """How often containers of a pod were started again."""
    statuses = _either(pod.status, "containerStatuses", "container_statuses") or []
    return sum(_either(status, "restartCount", "restart_count") for status in statuses)


def pod_resources(pod: Any, resource_attribute: Any) -> PodResources:
    """What all containers of a pod ask for or may have."""
    given = [PodContainer.get_resources(container, resource_attribute) for container in pod.spec.containers]
    return PodResources(
        pod_name=pod.metadata.name,
        cpu=sum((one.cpu for one in given), 0.0),
        memory=sum(one.memory for one in given),
    )


def pod_requests(pod: Any) -> PodResources:
    """What all containers of a pod ask for."""
    return pod_resources(pod, ResourceAttributes.requests)


def pod_limits(pod: Any) -> PodResources:
    """What all containers of a pod may have."""
    return pod_resources(pod, ResourceAttributes.limits)


def pod_other_requests(pod: Any) -> Dict[str, float]:
    """What containers ask for besides processors and memory, such as GPUs."""
    return pod_other_resources(pod, ResourceAttributes.requests)


def pod_other_resources(pod: Any, resource_attribute: Any) -> Dict[str, float]:
    """The same, or what they may have."""
    total: Dict[str, float] = {}
    for container in pod.spec.containers:
        given = getattr(container.resources, resource_attribute.name, None) or {}
        for name, amount in given.items():
            if name in ("cpu", "memory"):
                continue
            try:
                total[name] = total.get(name, 0.0) + float(amount)
            except ValueError:
                logging.error("failed to parse %s %s", resource_attribute.name, given, exc_info=True)
    return total


def is_state_in_oom_status(state: Any) -> bool:
    """Whether a container ended for want of memory."""
    return bool(state and state.terminated and state.terminated.reason == "OOMKilled")


def get_oom_killed_container(pod: Any, c_status: Any, only_current_state: bool = False) -> Optional[PodContainer]:
    """The container, if it ended for want of memory now or, unless only now counts, last time."""
    states = [c_status.state] if only_current_state else [c_status.state, c_status.lastState]
    for state in states:
        if is_state_in_oom_status(state):
            return PodContainer(pod, state, c_status.name)
    return None


def get_oom_kill_time(container: Optional[PodContainer]) -> float:
    """When it ended, in milliseconds; 0 if that is not known."""
    ended = container.state.terminated if container else None
    return parse_kubernetes_datetime_to_ms(ended.finishedAt) if ended and ended.finishedAt else 0


def find_most_recent_oom_killed_container(
    pod: Any, container_statuses: List[Any], only_current_state: bool = False
) -> Optional[PodContainer]:
    """Of the containers that ended for want of memory, the last."""
    latest: Optional[PodContainer] = None
    for status in container_statuses:
        candidate = get_oom_killed_container(pod, status, only_current_state)
        if latest is None or get_oom_kill_time(candidate) > get_oom_kill_time(latest):
            latest = candidate
    return latest


def pod_most_recent_oom_killed_container(pod: Any, only_current_state: bool = False) -> Optional[PodContainer]:
    """The same, among all containers of a pod."""
    if not pod.status:
        return None
    statuses = pod.status.containerStatuses + pod.status.initContainerStatuses
    return find_most_recent_oom_killed_container(pod, statuses, only_current_state)

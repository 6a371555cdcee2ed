"""What pods ask for and may have."""

from typing import Any, List

from robusta.core.model.pods import ContainerResources, PodContainer, PodResources, pod_limits, pod_requests


def k8s_pod_requests(pod: Any) -> PodResources:
    """What all containers of a pod ask for."""
    return pod_requests(pod)


def k8s_pod_limits(pod: Any) -> PodResources:
    """What all containers of a pod may have."""
    return pod_limits(pod)


def container_resources(container: Any, resource_attribute: Any) -> ContainerResources:
    """What a container asks for or may have."""
    return PodContainer.get_resources(container, resource_attribute)


def containers_resources_sum(containers: List[Any], resource_attribute: Any) -> ContainerResources:
    """What containers ask for or may have together."""
    given = [container_resources(container, resource_attribute) for container in containers]
    return ContainerResources(cpu=sum(one.cpu for one in given), memory=sum(one.memory for one in given))

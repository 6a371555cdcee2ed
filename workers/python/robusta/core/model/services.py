"""Workloads, and what of them matters."""

from typing import Any, Dict, List, Optional

from pydantic import BaseModel


class EnvVar(BaseModel):
    """An environment variable."""

    name: str
    value: str


class Resources(BaseModel):
    """What a container may have and asks for."""

    limits: Dict[str, str]
    requests: Dict[str, str]


class ContainerInfo(BaseModel):
    """A container."""

    name: str
    image: Optional[str]
    env: List[EnvVar]
    resources: Resources
    ports: List[int] = []

    @staticmethod
    def get_container_info(container: Any) -> "ContainerInfo":
        """Of a container, ours or that of Kubernetes' Python client."""
        ports = [getattr(port, "containerPort", None) or getattr(port, "container_port", 0) for port in container.ports or []]
        resources = container.resources
        return ContainerInfo(
            name=container.name,
            image=container.image,
            env=[EnvVar(name=one.name, value=one.value) for one in container.env or [] if one.name and one.value],
            resources=Resources(
                limits=(resources.limits if resources else None) or {},
                requests=(resources.requests if resources else None) or {},
            ),
            ports=ports,
        )

    get_container_info_hikaru = get_container_info

    def __eq__(self, other: Any) -> Any:
        if not isinstance(other, ContainerInfo):
            return NotImplemented
        mine, theirs = (sorted(one.env, key=lambda variable: variable.name) for one in (self, other))
        return (self.name, self.image, self.resources, mine) == (other.name, other.image, other.resources, theirs)


class VolumeInfo(BaseModel):
    """A volume."""

    name: str
    persistent_volume_claim: Optional[Dict[str, str]]

    @staticmethod
    def get_volume_info(volume: Any) -> "VolumeInfo":
        """Of a volume, ours or that of Kubernetes' Python client."""
        claim = getattr(volume, "persistent_volume_claim", None) or getattr(volume, "persistentVolumeClaim", None)
        name = getattr(claim, "claim_name", None) or getattr(claim, "claimName", None)
        return VolumeInfo(name=volume.name, persistent_volume_claim={"claim_name": name} if name else None)


class ServiceConfig(BaseModel):
    """What a workload is configured with."""

    labels: Dict[str, str]
    containers: List[ContainerInfo]
    volumes: List[VolumeInfo]

    def __eq__(self, other: Any) -> Any:
        if not isinstance(other, ServiceConfig):
            return NotImplemented
        mine, theirs = (
            [sorted(parts, key=lambda part: part.name) for parts in (one.containers, one.volumes)] for one in (self, other)
        )
        return mine == theirs and self.labels == other.labels


class ServiceInfo(BaseModel):
    """A workload."""

    resource_version: int = 0
    name: str
    service_type: str
    namespace: str
    classification: str = "None"
    deleted: bool = False
    service_config: Optional[ServiceConfig]
    ready_pods: int = 0
    total_pods: int = 0
    is_helm_release: Optional[bool]

    def get_service_key(self) -> str:
        """Namespace, kind and name."""
        return "%s/%s/%s" % (self.namespace, self.service_type, self.name)

    def __eq__(self, other: Any) -> Any:
        if not isinstance(other, ServiceInfo):
            return NotImplemented
        return self.dict(exclude={"resource_version"}) == other.dict(exclude={"resource_version"})

"""Workloads of OpenShift and Argo, which Kubernetes does not have itself."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Dict, List, Optional, Tuple

import hikaru
from hikaru import cluster
from hikaru.crd import HikaruCRDDocumentMixin, register_crd_class
from hikaru.meta import HikaruBase, HikaruDocumentBase
from hikaru.model.rel_1_26 import DeploymentCondition, LabelSelector, ObjectMeta, PodTemplateSpec


@dataclass
class DeploymentTriggerPolicy(HikaruBase):
    """What rolls out a deployment config."""

    imageChangeParams: Optional[Dict] = None
    type: Optional[str] = None


@dataclass
class DeploymentConfigStatus(HikaruBase):
    """How far a deployment config is."""

    conditions: Optional[List[DeploymentCondition]] = None
    details: Optional[Dict] = None
    updatedReplicas: Optional[int] = None
    readyReplicas: Optional[int] = None
    availableReplicas: Optional[int] = 0
    latestVersion: Optional[int] = 0
    observedGeneration: Optional[int] = 0
    replicas: Optional[int] = 0
    unavailableReplicas: Optional[int] = 0


@dataclass
class DeploymentConfigSpec(HikaruBase):
    """What a deployment config asks for."""

    selector: Optional[Dict[str, str]] = None
    strategy: Optional[Dict] = None
    template: Optional[PodTemplateSpec] = None
    test: Optional[bool] = None
    triggers: Optional[List[DeploymentTriggerPolicy]] = None
    minReadySeconds: Optional[int] = 0
    paused: Optional[bool] = None
    replicas: Optional[int] = None
    revisionHistoryLimit: Optional[int] = None


class _Answer:
    """What reading gives (`obj`) and what listing gives (`items`)."""

    def __init__(self, obj: Any = None, items: Optional[List[Any]] = None) -> None:
        self.obj, self.items = obj, items


class _Workload(HikaruDocumentBase, HikaruCRDDocumentMixin):
    plural: ClassVar[str]
    group: ClassVar[str]
    version: ClassVar[str]

    @classmethod
    def readNamespaced(cls, name: str, namespace: str) -> Any:
        """The object of that name."""
        path = "/apis/%s/%s/namespaces/%s/%s/%s" % (cls.group, cls.version, namespace, cls.plural, name)
        return _Answer(obj=hikaru.from_dict(cluster.request("GET", path).body, cls))

    @classmethod
    def list_namespaced(cls, namespace: str) -> Any:
        """The objects of a namespace."""
        return cls._list("/apis/%s/%s/namespaces/%s/%s" % (cls.group, cls.version, namespace, cls.plural))

    @classmethod
    def list_for_all_namespaces(cls) -> Any:
        """All objects."""
        return cls._list("/apis/%s/%s/%s" % (cls.group, cls.version, cls.plural))

    @classmethod
    def _list(cls, path: str) -> Any:
        items = cluster.request("GET", path).body.get("items", [])
        return _Answer(items=[hikaru.from_dict(item, cls) for item in items])


@dataclass
class DeploymentConfig(_Workload):
    """OpenShift's deployment."""

    plural: ClassVar[str] = "deploymentconfigs"
    group: ClassVar[str] = "apps.openshift.io"
    version: ClassVar[str] = "v1"

    metadata: ObjectMeta
    spec: Optional[DeploymentConfigSpec] = None
    status: Optional[DeploymentConfigStatus] = None
    apiVersion: str = "apps.openshift.io/v1"
    kind: str = "DeploymentConfig"


@dataclass
class RolloutSpec(HikaruBase):
    """What a rollout asks for."""

    analysis: Optional[Dict] = None
    minReadySeconds: Optional[int] = 0
    paused: Optional[bool] = False
    progressDeadlineSeconds: Optional[int] = 600
    progressDeadlineAbort: Optional[bool] = False
    replicas: Optional[int] = 1
    restartAt: Optional[str] = None
    revisionHistoryLimit: Optional[int] = 10
    rollbackWindow: Optional[Dict] = None
    selector: Optional[LabelSelector] = None
    strategy: Optional[Dict] = None
    template: Optional[PodTemplateSpec] = None
    workloadRef: Optional[Dict] = None


@dataclass
class Rollout(_Workload):
    """Argo's deployment."""

    plural: ClassVar[str] = "rollouts"
    group: ClassVar[str] = "argoproj.io"
    version: ClassVar[str] = "v1alpha1"

    metadata: ObjectMeta
    spec: Optional[RolloutSpec] = None
    status: Optional[Dict] = field(default_factory=dict)
    apiVersion: str = "argoproj.io/v1alpha1"
    kind: str = "Rollout"

    @classmethod
    def readNamespaced(cls, name: str, namespace: str) -> Any:
        answer = super().readNamespaced(name, namespace)
        answer.obj.validate_selector()
        return answer

    def validate_selector(self) -> None:
        """Takes the selector from the status where a rollout stands for a deployment of its own."""
        if self.spec and not self.spec.selector and self.status.get("selector"):
            pairs: List[Tuple[str, str, str]] = [part.partition("=") for part in self.status["selector"].split(",")]
            self.spec.selector = LabelSelector(matchLabels={name: value for name, _, value in pairs})


register_crd_class(DeploymentConfig, DeploymentConfig.plural, is_namespaced=True)
register_crd_class(Rollout, Rollout.plural, is_namespaced=True)

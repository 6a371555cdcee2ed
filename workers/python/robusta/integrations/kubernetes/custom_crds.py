"""Custom resources that own pods and are known by name."""

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, ClassVar, Dict, List

from hikaru import cluster
from hikaru.crd import HikaruCRDDocumentMixin
from hikaru.meta import HikaruDocumentBase
from hikaru.model.rel_1_26 import LabelSelector


class _Answer:
    """What reading gives: the object as `obj`."""

    def __init__(self, obj: Any) -> None:
        self.obj = obj


class _Items:
    """What listing gives."""

    def __init__(self, items: List[Any]) -> None:
        self.items = items


@dataclass
class CRDBase(HikaruDocumentBase, HikaruCRDDocumentMixin):
    """A custom resource whose parts stay plain maps."""

    plural: ClassVar[str] = ""
    group: ClassVar[str] = ""
    version: ClassVar[str] = ""
    total_pods_path: ClassVar[str] = ""
    ready_pods_path: ClassVar[str] = ""

    metadata: dict = field(default_factory=dict)
    spec: dict = field(default_factory=dict)
    status: dict = field(default_factory=dict)
    apiVersion: str = ""
    kind: str = ""

    @classmethod
    def readNamespaced(cls, name: str, namespace: str) -> Any:
        """The object of that name."""
        return _Answer(cls._of(cluster.request("GET", "%s/%s" % (cls._path(namespace), name)).body))

    @classmethod
    def list_namespaced(cls, namespace: str) -> Any:
        """The objects of a namespace."""
        return cls._list(cls._path(namespace))

    @classmethod
    def list_for_all_namespaces(cls) -> Any:
        """All objects."""
        return cls._list("/apis/%s/%s/%s" % (cls.group, cls.version, cls.plural))

    @classmethod
    def rollout_restart_patch(cls) -> Dict[str, Any]:
        """What makes its pods start again."""
        now = datetime.now(timezone.utc).isoformat()
        return {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": now}}}

    @classmethod
    def _path(cls, namespace: str) -> str:
        return "/apis/%s/%s/namespaces/%s/%s" % (cls.group, cls.version, namespace, cls.plural)

    @classmethod
    def _list(cls, path: str) -> _Items:
        return _Items([cls._of(item) for item in cluster.request("GET", path).body.get("items", [])])

    @classmethod
    def _of(cls, raw: Dict[str, Any]) -> Any:
        names = ("metadata", "spec", "status", "apiVersion", "kind")
        return cls(**{name: raw[name] for name in names if name in raw})


@dataclass
class StrimziPodSet(CRDBase):
    """Pods of Strimzi's Kafka."""

    plural: ClassVar[str] = "strimzipodsets"
    group: ClassVar[str] = "core.strimzi.io"
    version: ClassVar[str] = "v1beta2"
    name: ClassVar[str] = "StrimziPodSet"
    total_pods_path: ClassVar[str] = "status/pods"
    ready_pods_path: ClassVar[str] = "status/readyPods"

    def __post_init__(self) -> None:
        if "selector" in self.spec:
            self.spec["selector"] = LabelSelector(**self.spec["selector"])

    @classmethod
    def rollout_restart_patch(cls) -> Dict[str, Any]:
        return {"metadata": {"annotations": {"strimzi.io/manual-rolling-update": "true"}}}


@dataclass
class Cluster(CRDBase):
    """A PostgreSQL cluster of CloudNativePG."""

    plural: ClassVar[str] = "clusters"
    group: ClassVar[str] = "postgresql.cnpg.io"
    version: ClassVar[str] = "v1"
    name: ClassVar[str] = "Cluster"
    total_pods_path: ClassVar[str] = "spec/instances"
    ready_pods_path: ClassVar[str] = "status/readyInstances"

    def __post_init__(self) -> None:
        self.spec["selector"] = {"cnpg.io/cluster": self.metadata.get("name")}


@dataclass
class ExecutionContext(CRDBase):
    """An execution context of KNIME."""

    plural: ClassVar[str] = "executioncontexts"
    group: ClassVar[str] = "hub.knime.com"
    version: ClassVar[str] = "v1alpha1"
    name: ClassVar[str] = "ExecutionContext"
    total_pods_path: ClassVar[str] = "spec/executor/replicaCount"
    ready_pods_path: ClassVar[str] = "status/readyReplicas"

    def __post_init__(self) -> None:
        self.spec["selector"] = {"app.kubernetes.io/instance": self.metadata.get("name")}


CRDS_map = {"StrimziPodSet": StrimziPodSet, "Cluster": Cluster, "ExecutionContext": ExecutionContext}

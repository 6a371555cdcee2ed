"""Changes of Kubernetes objects."""

from dataclasses import dataclass
from typing import Any, Optional

from robusta.core.model.events import ExecutionBaseEvent
from robusta.core.model.k8s_operation_type import K8sOperationType
from robusta.core.reporting.base import Finding
from robusta.core.reporting.consts import FindingSource


@dataclass
class K8sBaseChangeEvent(ExecutionBaseEvent):
    """An object was created, updated or deleted."""

    description: str = ""
    operation: Optional[K8sOperationType] = None
    obj: Optional[Any] = None
    old_obj: Optional[Any] = None

    def create_default_finding(self) -> Finding:
        """Names the operation and the object. It has no subject, as in Robusta."""
        name = getattr(getattr(self.obj, "metadata", None), "name", _NOTHING) if self.obj else _NOTHING
        operation = self.operation.value if self.operation else "change"
        if name is _NOTHING:
            return Finding(title="Kubernetes %s" % operation.lower(), aggregation_key="GenericChange")
        kind = getattr(self.obj, "kind", "").lower()
        return Finding(title="%s to %s %s" % (operation.capitalize(), kind, name), aggregation_key="GenericChange")

    @classmethod
    def get_source(cls) -> FindingSource:
        return FindingSource.KUBERNETES_API_SERVER


_NOTHING: Any = object()

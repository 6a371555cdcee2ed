"""Subjects made of Kubernetes objects."""

from typing import Any, Optional

from hikaru.model.rel_1_26 import ObjectReference

from robusta.core.reporting.base import FindingSubject
from robusta.core.reporting.consts import FindingSubjectType


class KubeObjFindingSubject(FindingSubject):
    """Any object."""

    def __init__(
        self,
        obj: Any = None,
        finding_subject_type: Optional[FindingSubjectType] = None,
        should_add_node_name: bool = True,
    ) -> None:
        super().__init__(
            name=obj.metadata.name,
            subject_type=finding_subject_type or FindingSubjectType.from_kind(obj.kind),
            namespace=obj.metadata.namespace,
            node=self.get_node_name(obj) if should_add_node_name else None,
            labels=obj.metadata.labels,
            annotations=obj.metadata.annotations,
        )

    @staticmethod
    def get_node_name(obj: Any) -> Optional[str]:
        """The node that an object is, or runs on."""
        if not obj:
            return None
        if getattr(obj, "kind", None) == "Node":
            return obj.name if isinstance(obj, ObjectReference) else obj.metadata.name
        return getattr(getattr(obj, "spec", None), "nodeName", None)


class PodFindingSubject(FindingSubject):
    """A pod."""

    def __init__(self, pod: Any = None) -> None:
        super().__init__(
            name=pod.metadata.name,
            subject_type=FindingSubjectType.TYPE_POD,
            namespace=pod.metadata.namespace,
            node=pod.spec.nodeName,
            labels=pod.metadata.labels,
            annotations=pod.metadata.annotations,
        )

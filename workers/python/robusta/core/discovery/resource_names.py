"""Names of resources by kind."""

from typing import Any, Dict, List, NamedTuple, Optional

from hikaru.model import rel_1_26

from robusta.integrations.kubernetes.custom_crds import CRDS_map
from robusta.integrations.kubernetes.custom_models import DeploymentConfig, Rollout
from robusta.utils.error_codes import ActionException, ErrorCodes

_KINDS = ("Deployment", "StatefulSet", "Job", "DaemonSet", "PersistentVolumeClaim", "Service", "NetworkPolicy", "ConfigMap", "Ingress")
_CLUSTER_KINDS = ("Node", "PersistentVolume")


class ResourceLister(NamedTuple):
    """What lists a kind: everywhere, and in one namespace if it lives in namespaces."""

    list_all: Any
    list_namespaced: Optional[Any] = None


def _listers() -> Dict[str, ResourceLister]:
    found = {}
    for kind in _KINDS + _CLUSTER_KINDS:
        lists = getattr(rel_1_26, kind + "List")
        if kind in _CLUSTER_KINDS:
            found[kind.lower()] = ResourceLister(_objects(getattr(lists, "list" + kind)))
        else:
            everywhere = getattr(lists, "list%sForAllNamespaces" % kind)
            found[kind.lower()] = ResourceLister(_objects(everywhere), _objects(getattr(lists, "listNamespaced" + kind)))
    for cls in (DeploymentConfig, Rollout, *CRDS_map.values()):
        found[cls.__name__.lower()] = ResourceLister(cls.list_for_all_namespaces, cls.list_namespaced)
    return found


def _objects(ask: Any) -> Any:
    return lambda **given: ask(**given).obj


LISTERS = _listers()


class ResourceNameLister:
    """Lists names."""

    @staticmethod
    def list_resource_names(kind: str, namespace: Optional[str] = None) -> List[str]:
        """The names of all resources of a kind, or of those of a namespace."""
        lister = LISTERS.get(kind.lower())
        if lister is None:
            raise ActionException(ErrorCodes.RESOURCE_NOT_SUPPORTED, "Listing names of %s is not supported" % kind)
        if namespace and lister.list_namespaced is None:
            text = "Listing names of %s for a specific namespace is not supported" % kind
            raise ActionException(ErrorCodes.ILLEGAL_ACTION_PARAMS, text)
        found = lister.list_namespaced(namespace=namespace) if namespace else lister.list_all()
        return [_name(one) for one in found.items]


def _name(one: Any) -> str:
    return one.metadata["name"] if isinstance(one.metadata, dict) else one.metadata.name

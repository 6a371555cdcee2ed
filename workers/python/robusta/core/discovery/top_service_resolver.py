"""Which workload something belongs to."""

from typing import Optional

from pydantic import BaseModel

from squall_worker import calls


class TopLevelResource(BaseModel):
    """A workload."""

    name: str
    namespace: str
    resource_type: str

    def get_resource_key(self) -> str:
        """Namespace, kind and name."""
        return "%s/%s/%s" % (self.namespace, self.resource_type, self.name)


class TopServiceResolver:
    """Squall knows the workloads; the longest name that begins the given one is meant."""

    @classmethod
    def guess_cached_resource(cls, name: Optional[str], namespace: Optional[str]) -> Optional[TopLevelResource]:
        """The workload; none if Squall knows none."""
        if name is None or namespace is None:
            return None
        found = calls.call("service_of", {"name": name, "namespace": namespace})
        return TopLevelResource(**found) if found else None

    @classmethod
    def guess_service_key(cls, name: Optional[str], namespace: Optional[str]) -> str:
        """The workload's key, or nothing."""
        resource = cls.guess_cached_resource(name, namespace)
        return resource.get_resource_key() if resource else ""

"""What happened to a Kubernetes object."""

from enum import Enum


class K8sOperationType(Enum):
    """The operations that change events tell of."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"

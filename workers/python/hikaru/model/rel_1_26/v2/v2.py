"""Kinds of Kubernetes 1.26, version v2."""

from hikaru.model import lookup, names_of

__all__ = names_of("v2")
__getattr__ = lookup(__name__, "v2")

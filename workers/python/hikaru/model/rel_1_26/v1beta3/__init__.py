"""Kinds of Kubernetes 1.26, version v1beta3."""

from hikaru.model import lookup, names_of

__all__ = names_of("v1beta3")
__getattr__ = lookup(__name__, "v1beta3")

"""Kinds of Kubernetes 1.26, version v1beta1."""

from hikaru.model import lookup, names_of

__all__ = names_of("v1beta1")
__getattr__ = lookup(__name__, "v1beta1")

"""Kubernetes 1.26: the kinds of `v1`. Other versions are modules beside it."""

from hikaru.model import lookup, names_of

__all__ = names_of("v1")
__getattr__ = lookup(__name__, "v1")

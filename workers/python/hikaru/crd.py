"""Custom resources: classes of one's own for kinds that the table does not have."""

from typing import Any, Dict, NamedTuple, Optional

from hikaru import cluster
from hikaru.meta import HikaruDocumentBase, shape_of
from hikaru.utils import Response
from hikaru.version_kind import register_version_kind_class

__all__ = ["HikaruCRDDocumentMixin", "register_crd_class"]


class _Registration(NamedTuple):
    plural: str
    is_namespaced: bool


_registrations: Dict[Any, _Registration] = {}


class HikaruCRDDocumentMixin:
    """Gives a class of a custom resource `create`, `read`, `update` and `delete`. They return a new object."""

    def create(self, async_req: bool = False, **options: Any) -> Any:
        """Creates the resource."""
        return self._ask("POST", self._url(with_name=False), async_req, options)

    def read(self, async_req: bool = False, **options: Any) -> Any:
        """Reads the resource that the metadata names."""
        return self._ask("GET", self._url(), async_req, options)

    def update(self, async_req: bool = False, **options: Any) -> Any:
        """Replaces the resource."""
        return self._ask("PUT", self._url(), async_req, options)

    def delete(self, async_req: bool = False, **options: Any) -> Any:
        """Deletes the resource."""
        return self._ask("DELETE", self._url(), async_req, options)

    def api_call(
        self, method: str, url: str, alt_body: Any = None, async_req: bool = False, **options: Any
    ) -> Response:
        """Any other call about the resource."""
        sent = alt_body if alt_body is not None else self
        names = {"field_manager": "fieldManager", "field_validation": "fieldValidation", "dry_run": "dryRun"}
        query = {names.get(name, name): value for name, value in options.items()}
        body = sent.to_dict() if method not in ("GET", "DELETE") else None
        return Response(tuple(cluster.request(method, url, query, body)), range(200, 300))

    def __enter__(self) -> Any:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if kind is None:
            self.update()
        return False

    def _ask(self, method: str, url: str, async_req: bool, options: Dict[str, Any]) -> Any:
        response = self.api_call(method, url, **options)
        return response if async_req else response.obj

    def _url(self: Any, with_name: bool = True) -> str:
        registration = _registrations.get(type(self))
        if registration is None:
            raise TypeError("The class %s has not been registered with register_crd_class()" % type(self).__name__)
        parts = ["", "apis", self.apiVersion]
        if registration.is_namespaced:
            parts += ["namespaces", self.metadata.namespace or "default"]
        parts.append(registration.plural)
        return "/".join(parts + ([self.metadata.name] if with_name else []))


def register_crd_class(crd_cls: Any, plural_name: str, is_namespaced: bool = True) -> Any:
    """Makes a class stand for its `apiVersion` and `kind`, and tells where the API has it."""
    if not issubclass(crd_cls, HikaruDocumentBase) or not issubclass(crd_cls, HikaruCRDDocumentMixin):
        raise TypeError("A CRD registered class must be a subclass of both HikaruCRDDocumentMixin and HikaruDocumentBase")
    if "metadata" not in shape_of(crd_cls).fields or not hasattr(crd_cls, "apiVersion") or not hasattr(crd_cls, "kind"):
        raise TypeError("The decorated class must have apiVersion, kind, and metadata attributes")
    register_version_kind_class(crd_cls, crd_cls.apiVersion, crd_cls.kind)
    _registrations[crd_cls] = _Registration(plural_name, is_namespaced)
    return crd_cls


def plural_of(crd_cls: Any) -> Optional[str]:
    """What a registered class is called in paths."""
    registration = _registrations.get(crd_cls)
    return registration.plural if registration else None

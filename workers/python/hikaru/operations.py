"""The methods of kinds that ask the cluster: `readNamespacedPod`, `create`, and so on."""

import re
from typing import Any, Callable, Dict, List
from urllib.parse import quote

from hikaru import cluster
from hikaru.difference import take_over
from hikaru.kinds import Kind, Operation
from hikaru.meta import HikaruBase, KubernetesException, shape_of
from hikaru.utils import Response

_OBJECT_CODES = range(200, 300)
_ALWAYS = ["client", "async_req"]


def attach(cls: Any, kind: Kind) -> None:
    """Gives a class the operations of its kind."""
    for operation in kind.operations():
        function = _function(operation)
        setattr(cls, operation.name, function if operation.sends_object else staticmethod(function))
    for name, full_name in kind.shortcuts().items():
        setattr(cls, name, _SHORTCUTS[name](full_name))
    if "update" in kind.shortcuts():
        cls.__enter__, cls.__exit__ = _enter, _exit


def _function(operation: Operation) -> Callable[..., Response]:
    names = operation.parameters + _ALWAYS

    def ask(*args: Any, **kwargs: Any) -> Response:
        return _perform(operation, None, _bound(operation.name, names, args, kwargs))

    def ask_with_object(self: Any, *args: Any, **kwargs: Any) -> Response:
        return _perform(operation, self, _bound(operation.name, names, args, kwargs))

    function = ask_with_object if operation.sends_object else ask
    function.__name__ = function.__qualname__ = operation.name
    return function


def _bound(name: str, names: List[str], args: Any, kwargs: Dict[str, Any]) -> Dict[str, Any]:
    if len(args) > len(names):
        raise TypeError("%s() takes %d positional arguments but %d were given" % (name, len(names), len(args)))
    given = dict(zip(names, args))
    for key, value in kwargs.items():
        if key not in names:
            raise TypeError("%s() got an unexpected keyword argument '%s'" % (name, key))
        if key in given:
            raise TypeError("%s() got multiple values for argument '%s'" % (name, key))
        given[key] = value
    return given


def _perform(operation: Operation, sent: Any, given: Dict[str, Any]) -> Response:
    path_names = re.findall(r"{(\w+)}", operation.path)
    missing = [name for name in path_names if name not in given]
    if missing:
        text = "%s() missing %d required positional argument: %s"
        raise TypeError(text % (operation.name, len(missing), " and ".join(map(repr, missing))))
    for name in path_names:
        if given[name] is None:
            raise ValueError("Missing the required parameter `%s` when calling `%s`" % (name, operation.name))
    path = operation.path.format(**{name: quote(str(given[name]), safe="") for name in path_names})
    skipped = {*path_names, *_ALWAYS, "body"}
    query = {_query_name(name): value for name, value in given.items() if name not in skipped}
    body = _plain_body(sent if operation.sends_object else given.get("body"))
    return Response(tuple(cluster.request(operation.method, path, query, body)), _OBJECT_CODES)


def _plain_body(body: Any) -> Any:
    return body.to_dict() if isinstance(body, HikaruBase) else body


def _query_name(name: str) -> str:
    first, *rest = name.strip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


def _merged(one: Any, response: Response) -> Any:
    """Takes over what the cluster said about the object."""
    if not 200 <= response.code <= 299:
        raise KubernetesException("Kubernetes returned error %s" % response.code)
    answered = response.obj
    if isinstance(answered, HikaruBase) and shape_of(type(answered)) is shape_of(type(one)):
        take_over(one, answered, overwrite=True)
    elif getattr(answered, "kind", None) == "Status":
        one._status = answered
    return one


def _place(one: Any, full_name: str, shortcut: str, given: Dict[str, Any], with_name: bool) -> Dict[str, Any]:
    """The name and the namespace of an operation, from its arguments or the object's own metadata."""
    found = {key: value for key, value in given.items() if value is not None}
    wanted = (["namespace"] if "Namespaced" in full_name else []) + (["name"] if with_name else [])
    for key in wanted:
        if key not in found:
            value = getattr(one.metadata, key) if one.metadata else None
            if not value:
                text = "There must be a %s supplied in either the arguments to %s() or in a %s's metadata"
                raise RuntimeError(text % (key, shortcut, type(one).__name__))
            found[key] = value
    return found


def _create(full_name: str) -> Callable[..., Any]:
    names = (["namespace"] if "Namespaced" in full_name else []) + ["dry_run", "field_manager", "field_validation", "client"]

    def create(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = _place(self, full_name, "create", _bound("create", names, args, kwargs), with_name=False)
        return _merged(self, getattr(self, full_name)(**given))

    return create


def _read(full_name: str) -> Callable[..., Any]:
    names = ["name"] + (["namespace"] if "Namespaced" in full_name else []) + ["pretty", "client"]

    def read(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = _place(self, full_name, "read", _bound("read", names, args, kwargs), with_name=True)
        return _merged(self, getattr(self, full_name)(**given))

    return read


def _update(full_name: str) -> Callable[..., Any]:
    names = (["namespace"] if "Namespaced" in full_name else []) + [
        *("dry_run", "field_manager", "field_validation", "force", "client"),
    ]

    def update(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = _place(self, full_name, "update", _bound("update", names, args, kwargs), with_name=False)
        return _merged(self, getattr(self, full_name)(name=self.metadata.name, **given))

    return update


def _delete(full_name: str) -> Callable[..., Any]:
    names = ["name"] + (["namespace"] if "Namespaced" in full_name else []) + [
        *("dry_run", "grace_period_seconds", "orphan_dependents", "propagation_policy", "client"),
    ]

    def delete(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = _place(self, full_name, "delete", _bound("delete", names, args, kwargs), with_name=True)
        return _merged(self, getattr(self, full_name)(**given))

    return delete


_SHORTCUTS = {"create": _create, "read": _read, "update": _update, "delete": _delete}


def _enter(self: Any) -> Any:
    return self


def _exit(self: Any, kind: Any, error: Any, trace: Any) -> bool:
    before = self.__dict__.pop("__rollback", None)
    if kind is None:
        try:
            self.update()
        except Exception:
            if before is not None:
                self.merge(before, overwrite=True)
            raise
    elif before is not None:
        self.merge(before, overwrite=True)
    return False

"""Reading and changing the objects of the API."""

from typing import Any, Dict, List, Optional, Tuple

from st2client import models
from st2client.models.core import Resource
from st2client.utils.httpclient import HTTPClient

_SIGNING = ("token", "api_key")


class ResourceManager:
    """All objects of one kind."""

    def __init__(self, resource: Any, http: HTTPClient) -> None:
        self.resource = resource
        self.client = http
        self._path = "/" + resource.get_url_path_name()

    def get_all(self, **kwargs: Any) -> List[Any]:
        """Objects; `limit`, `offset`, `pack`, `prefix`, `user` and `params` choose."""
        signing = _take(kwargs, _SIGNING)
        params = dict(kwargs.pop("params", None) or {})
        params.update({name: value for name, value in kwargs.items() if value})
        return self._several(self.client.request("GET", self._path, params=params, **signing).body)

    def get_by_id(self, id: str, **kwargs: Any) -> Optional[Any]:
        """The object with this id; none if there is none."""
        response = self.client.request("GET", "%s/%s" % (self._path, id), may_be_missing=True, **kwargs)
        return None if response.status_code == 404 else self.resource.deserialize(response.body)

    def get_by_ref_or_id(self, ref_or_id: str, **kwargs: Any) -> Optional[Any]:
        """The object with this reference or id; none if there is none."""
        return self.get_by_id(ref_or_id, **kwargs)

    def get_by_name(self, name: str, **kwargs: Any) -> Optional[Any]:
        """The one object with this name; none if there is none."""
        found = self.query(name=name, **kwargs)
        if len(found) > 1:
            raise Exception('More than one %s named "%s" are found.' % (self.resource.__name__.lower(), name))
        return found[0] if found else None

    def get_property(self, id_: str, property_name: str, self_deserialize: bool = True, **kwargs: Any) -> Any:
        """Something below an object."""
        signing = _take(kwargs, _SIGNING)
        path = "%s/%s/%s/" % (self._path, id_, property_name)
        response = self.client.request("GET", path, params=kwargs, may_be_missing=True, **signing)
        if response.status_code == 404:
            return None
        return self._several(response.body) if self_deserialize else response.body

    def query(self, **kwargs: Any) -> List[Any]:
        """Objects for which all of this holds."""
        return self.query_with_count(**kwargs)[0]

    def query_with_count(self, **kwargs: Any) -> Tuple[List[Any], Optional[int]]:
        """The same, and how many there are in all."""
        if not kwargs:
            raise Exception("Query parameter is not provided.")
        signing = _take(kwargs, _SIGNING)
        params = {**(kwargs.pop("params", None) or {}), **kwargs}
        response = self.client.request("GET", self._path + "/", params=params, may_be_missing=True, **signing)
        if response.status_code == 404:
            return [], None
        count = response.headers.get("X-Total-Count")
        return self._several(response.body), int(count) if count else None

    def create(self, instance: Resource, **kwargs: Any) -> Any:
        """Makes an object; gives it as it is now."""
        return self._change("POST", self._path, instance.serialize(), kwargs)

    def update(self, instance: Any, **kwargs: Any) -> Any:
        """Changes an object; gives it as it is now."""
        return self._change("PUT", "%s/%s" % (self._path, instance.id), instance.serialize(), kwargs)

    def delete(self, instance: Any, **kwargs: Any) -> bool:
        """Deletes an object, if it is there."""
        return bool(self.delete_by_id(instance.id, **kwargs))

    def delete_by_id(self, instance_id: str, **kwargs: Any) -> Any:
        """Deletes the object with this id, if it is there; gives what the API says about it, or true."""
        path = "%s/%s" % (self._path, instance_id)
        response = self.client.request("DELETE", path, may_be_missing=True, **kwargs)
        return (response.body if response.status_code == 200 else None) or True

    def _change(self, method: str, path: str, data: Any, kwargs: Dict[str, Any]) -> Any:
        return self.resource.deserialize(self._ask(method, path, data, kwargs))

    def _ask(self, method: str, path: str, data: Any, kwargs: Dict[str, Any]) -> Any:
        return self.client.request(method, path, data=data, **kwargs).body

    def _several(self, body: Any) -> List[Any]:
        return [self.resource.deserialize(item) for item in body or []]


class ExecutionManager(ResourceManager):
    """Executions."""

    def re_run(
        self,
        execution_id: str,
        parameters: Optional[Dict[str, Any]] = None,
        tasks: Optional[List[str]] = None,
        no_reset: Optional[List[str]] = None,
        delay: int = 0,
        **kwargs: Any
    ) -> Any:
        """Runs it again: with other parameters where they are given, or only some tasks."""
        tasks, kept = tasks or [], no_reset or []
        if not set(kept).issubset(tasks):
            raise ValueError("List of tasks to reset does not match the tasks to rerun.")
        reset = [task for task in tasks if task not in kept]
        data = {"parameters": parameters or {}, "tasks": tasks, "reset": reset, "delay": delay}
        return self._change("POST", "%s/%s/re_run" % (self._path, execution_id), data, kwargs)

    def get_output(self, execution_id: str, output_type: Optional[str] = None, **kwargs: Any) -> str:
        """What it has printed."""
        params = {"output_type": output_type} if output_type else {}
        path = "%s/%s/output" % (self._path, execution_id)
        return self.client.request("GET", path, params=params, **kwargs).text

    def get_children(self, execution_id: str, depth: int = -1, **kwargs: Any) -> List[Any]:
        """What it has started."""
        path = "%s/%s/children" % (self._path, execution_id)
        return self._several(self.client.request("GET", path, params={"depth": depth}, **kwargs).body)

    def pause(self, execution_id: str, **kwargs: Any) -> Any:
        """Pauses it."""
        return self._change("PUT", "%s/%s" % (self._path, execution_id), {"status": "pausing"}, kwargs)

    def resume(self, execution_id: str, **kwargs: Any) -> Any:
        """Lets it go on."""
        return self._change("PUT", "%s/%s" % (self._path, execution_id), {"status": "resuming"}, kwargs)


class KeyValuePairManager(ResourceManager):
    """Keys."""

    def get_by_name(self, name: str, **kwargs: Any) -> Optional[Any]:
        """The key with this name; none if there is none. Other words (`decrypt`, `scope`) are passed on."""
        signing = _take(kwargs, _SIGNING)
        params = {**(kwargs.pop("params", None) or {}), **kwargs}
        return self.get_by_id(name, params=params, **signing)


class WebhookManager(ResourceManager):
    """Webhooks."""

    def post_generic_webhook(
        self, trigger: str, payload: Any = None, trace_tag: Optional[str] = None, **kwargs: Any
    ) -> Any:
        """Tells that a trigger has fired."""
        headers = {"St2-Trace-Tag": trace_tag} if trace_tag else {}
        data = {"trigger": trigger, "payload": payload or {}}
        return self._ask("POST", "/webhooks/st2", data, {"headers": headers, **kwargs})


class PackManager(ResourceManager):
    """Packs."""

    def register(self, packs: Any = None, types: Any = None, **kwargs: Any) -> Any:
        """Has what packs bring read again."""
        data = {name: value for name, value in (("types", types), ("packs", packs)) if value}
        return self._change("POST", self._path + "/register", data, kwargs)


class ActionAliasManager(ResourceManager):
    """Aliases."""

    def match(self, instance: Resource, **kwargs: Any) -> Tuple[Any, str]:
        """The alias that a command means, and the form in which."""
        found = self._ask("POST", self._path + "/match", instance.serialize(), kwargs)
        return self.resource.deserialize(found["actionalias"]), found["representation"]


class InquiryManager(ResourceManager):
    """Questions to people."""

    def respond(self, inquiry_id: str, inquiry_response: Any, **kwargs: Any) -> Any:
        """Answers."""
        data = {"id": inquiry_id, "response": inquiry_response}
        return self._change("PUT", "%s/%s" % (self._path, inquiry_id), data, kwargs)


class TriggerInstanceManager(ResourceManager):
    """What happened."""

    def re_emit(self, trigger_instance_id: str, **kwargs: Any) -> Any:
        """Has it happen again."""
        return self._ask("POST", "%s/%s/re_emit" % (self._path, trigger_instance_id), {}, kwargs)


SPECIAL: Dict[Any, Any] = {
    models.ActionAlias: ActionAliasManager,
    models.Execution: ExecutionManager,
    models.Inquiry: InquiryManager,
    models.KeyValuePair: KeyValuePairManager,
    models.Pack: PackManager,
    models.TriggerInstance: TriggerInstanceManager,
    models.Webhook: WebhookManager,
}
"""Kinds that can do more than others."""


def _take(words: Dict[str, Any], names: Tuple[str, ...]) -> Dict[str, Any]:
    return {name: words.pop(name) for name in names if name in words}

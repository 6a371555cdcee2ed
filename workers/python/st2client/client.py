"""The client of StackStorm's API, as far as actions use it."""

import os
from typing import Any, Dict, Optional

from st2client import models
from st2client.models import managers
from st2client.utils.httpclient import HTTPClient

__all__ = ["Client"]

DEFAULT_API_PORT = 9101
DEFAULT_AUTH_PORT = 9100
DEFAULT_STREAM_PORT = 9102
DEFAULT_BASE_URL = "http://127.0.0.1"
DEFAULT_API_VERSION = "v1"

_PROPERTIES = {
    "actions": "Action",
    "aliases": "ActionAlias",
    "apikeys": "ApiKey",
    "config_schemas": "ConfigSchema",
    "configs": "Config",
    "executions": "Execution",
    "inquiries": "Inquiry",
    "keys": "KeyValuePair",
    "liveactions": "Execution",
    "packs": "Pack",
    "policies": "Policy",
    "policytypes": "PolicyType",
    "rules": "Rule",
    "runners": "RunnerType",
    "sensors": "Sensor",
    "tokens": "Token",
    "traces": "Trace",
    "triggerinstances": "TriggerInstance",
    "triggers": "Trigger",
    "triggertypes": "TriggerType",
    "webhooks": "Webhook",
}


class Client:
    """One manager for each kind of object, as `client.keys` and `client.managers["KeyValuePair"]`.

    What is not given is taken from the environment, where every action finds the API's address and a token.
    """

    def __init__(
        self,
        base_url: Optional[str] = None,
        auth_url: Optional[str] = None,
        api_url: Optional[str] = None,
        stream_url: Optional[str] = None,
        api_version: Optional[str] = None,
        cacert: Any = None,
        debug: bool = False,
        token: Optional[str] = None,
        api_key: Optional[str] = None,
        basic_auth: Optional[str] = None,
    ) -> None:
        base = base_url or os.environ.get("ST2_BASE_URL", DEFAULT_BASE_URL)
        version = api_version or os.environ.get("ST2_API_VERSION", DEFAULT_API_VERSION)

        def endpoint(given: Optional[str], variable: str, port: int, path: str) -> str:
            return given or os.environ.get(variable, "%s:%s%s" % (base, port, path))

        self.endpoints = {
            "base": base,
            "api": endpoint(api_url, "ST2_API_URL", DEFAULT_API_PORT, "/" + version),
            "auth": endpoint(auth_url, "ST2_AUTH_URL", DEFAULT_AUTH_PORT, ""),
            "stream": endpoint(stream_url, "ST2_STREAM_URL", DEFAULT_STREAM_PORT, "/" + version),
        }
        self.cacert = cacert if cacert is not None else os.environ.get("ST2_CACERT")
        self.debug = debug
        self.token = token
        self.api_key = api_key
        self.basic_auth = basic_auth
        self.managers = self._managers()

    def get_user_info(self, **kwargs: Any) -> Any:
        """Who the client is for the API."""
        return self._http("api").request("GET", "/user", **kwargs).body

    def _managers(self) -> Dict[str, Any]:
        made = {}
        for kind in models.ALL:
            endpoint = "auth" if kind is models.Token else "api"
            manager = managers.SPECIAL.get(kind, managers.ResourceManager)
            made[kind.__name__] = manager(kind, self._http(endpoint))
        made["LiveAction"] = made["Execution"]
        return made

    def _http(self, endpoint: str) -> HTTPClient:
        return HTTPClient(
            self.endpoints[endpoint], self.cacert, self.debug, self.basic_auth, token=self.token, api_key=self.api_key
        )

    def __getattr__(self, name: str) -> Any:
        if name not in _PROPERTIES:
            raise AttributeError("the client that comes with Squall has no `%s`; install st2client for it" % name)
        return self.managers[_PROPERTIES[name]]

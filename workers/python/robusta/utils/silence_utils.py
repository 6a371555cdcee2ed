"""Silences of Alertmanager, and how it is asked."""

import json
from datetime import datetime
from enum import Enum
from typing import Any, Dict, List, Optional
from uuid import UUID

from pydantic import BaseModel, SecretStr, validator

from robusta.core.exceptions import AlertsManagerNotFound, NoAlertManagerUrlFound
from robusta.core.model.base_params import ActionParams, _with_cluster_token, _with_protocol
from robusta.integrations.prometheus.utils import AlertManagerDiscovery, ServiceDiscovery

_GRAFANA = "grafana"

SilenceOperation = Enum("SilenceOperation", "CREATE DELETE LIST")


class Matcher(BaseModel):
    """Which alerts are silenced. Old versions do not send `isEqual`."""

    isEqual: bool = True
    isRegex: bool
    name: str
    value: str


class SilenceStatus(BaseModel):
    """Whether a silence is active."""

    state: str


class Silence(BaseModel):
    """A silence."""

    id: UUID
    status: SilenceStatus
    comment: str
    createdBy: str
    startsAt: datetime
    endsAt: datetime
    matchers: List[Matcher]

    def to_list(self) -> List[str]:
        """Its members as a row of texts."""
        return [
            str(self.id),
            self.status.json(),
            self.comment,
            self.createdBy,
            self.startsAt.isoformat(timespec="seconds"),
            self.endsAt.isoformat(timespec="seconds"),
            json.dumps([matcher.dict() for matcher in self.matchers]),
        ]


class AlertManagerParams(ActionParams):
    """
    :var alertmanager_url: Where Alertmanager answers. If it is not given, Alertmanager is looked for in the cluster.
    :var alertmanager_additional_headers: Headers for each request.
    """

    alertmanager_flavor: str = None  # type: ignore[assignment]
    alertmanager_url: Optional[str]
    alertmanager_auth: Optional[SecretStr] = None
    alertmanager_additional_headers: Optional[Dict[str, str]] = None
    grafana_api_key: str = None  # type: ignore[assignment]

    @validator("alertmanager_url", allow_reuse=True)
    def validate_alertmanager_url(cls, v: Optional[str]) -> Optional[str]:
        """Adds `http://` where there is no protocol, and takes a final slash away."""
        url = _with_protocol(v)
        return url[:-1] if url and url.endswith("/") else url

    @validator("alertmanager_auth", allow_reuse=True, always=True)
    def auto_openshift_token(cls, v: Optional[SecretStr]) -> Optional[SecretStr]:
        """Uses the cluster's own token on OpenShift."""
        return _with_cluster_token(v)


class DeleteSilenceParams(AlertManagerParams):
    """
    :var id: The silence's id.
    """

    id: str


class AddSilenceParams(AlertManagerParams):
    """
    :var id: The id of a silence to change; none for a new one.
    :var comment: Why.
    :var createdBy: Who.
    :var startsAt: From when.
    :var endsAt: Until when.
    :var matchers: Which alerts.
    """

    id: Optional[str]
    comment: str
    createdBy: str
    startsAt: datetime
    endsAt: datetime
    matchers: List[Matcher]


def get_alertmanager_silences_connection(params: AlertManagerParams) -> None:
    """Raises an exception if Alertmanager does not answer."""
    import requests

    url = get_alertmanager_url(params)
    if not url:
        raise NoAlertManagerUrlFound("AlertManager url could not be found. Add 'alertmanager_url' under global_config")
    path = get_alertmanager_url_path(SilenceOperation.LIST, params)
    try:
        requests.get(url + path, headers=gen_alertmanager_headers(params), timeout=60).raise_for_status()
    except Exception as error:
        text = "Could not connect to the alert manager [%s] \nCaused by %s: %s)"
        raise AlertsManagerNotFound(text % (url, type(error).__name__, error)) from error


def gen_alertmanager_headers(params: AlertManagerParams) -> Dict[str, Any]:
    """The headers of a request."""
    headers = {"Content-type": "application/json"}
    if params.grafana_api_key:
        headers["Authorization"] = "Bearer %s" % params.grafana_api_key
    elif params.alertmanager_auth:
        headers["Authorization"] = params.alertmanager_auth.get_secret_value()
    headers.update(params.alertmanager_additional_headers or {})
    return headers


def get_alertmanager_url_path(operation: Any, params: AlertManagerParams) -> str:
    """The path of a request; Grafana's Alertmanager has it elsewhere."""
    prefix = "/api/alertmanager/grafana" if params.alertmanager_flavor == _GRAFANA else ""
    return "%s/api/v2/%s" % (prefix, "silence" if operation == SilenceOperation.DELETE else "silences")


def get_alertmanager_url(params: AlertManagerParams) -> Optional[str]:
    """Where Alertmanager answers."""
    if params.alertmanager_url:
        return params.alertmanager_url
    if params.alertmanager_flavor == _GRAFANA:
        return ServiceDiscovery.find_url(["app.kubernetes.io/name=grafana"], "Failed to find grafana url")
    return AlertManagerDiscovery.find_alert_manager_url()

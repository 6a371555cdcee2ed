"""Prometheus as clouds offer it, each with a way of its own to sign in. Needs the package `prometrix`."""

import os
from typing import Any, Dict

from robusta.core.model.env_vars import PROMETHEUS_SSL_ENABLED

_AZURE_RESOURCE = "https://prometheus.monitor.azure.com"
_AZURE_METADATA = "http://169.254.169.254/metadata/identity/oauth2/token"
_AZURE_TOKEN = "https://login.microsoftonline.com/%s/oauth2/token"


def is_wanted() -> bool:
    """Whether the environment names a cloud."""
    return any(map(os.environ.get, ("AWS_REGION", "AZURE_USE_MANAGED_ID", "AZURE_CLIENT_SECRET")))


def config(url: str, params: Any, is_victoria_metrics: bool = False) -> Any:
    """The configuration of the client."""
    import prometrix

    given: Dict[str, Any] = {
        "url": url,
        "disable_ssl": not PROMETHEUS_SSL_ENABLED,
        "additional_labels": params.prometheus_additional_labels,
        "prometheus_url_query_string": params.prometheus_url_query_string,
    }
    if params.prometheus_auth:
        given["prometheus_auth"] = params.prometheus_auth.get_secret_value()
    if params.prometheus_additional_headers:
        given["headers"] = params.prometheus_additional_headers
    environment = os.environ.get
    if environment("AWS_REGION"):
        return prometrix.AWSPrometheusConfig(
            access_key=environment("AWS_ACCESS_KEY"),
            secret_access_key=environment("AWS_SECRET_ACCESS_KEY"),
            service_name=environment("AWS_SERVICE_NAME", "aps"),
            aws_region=environment("AWS_REGION"),
            assume_role_arn=environment("AWS_ASSUME_ROLE"),
            **given,
        )
    if environment("CORALOGIX_PROMETHEUS_TOKEN"):
        return prometrix.CoralogixPrometheusConfig(prometheus_token=environment("CORALOGIX_PROMETHEUS_TOKEN"), **given)
    if environment("AZURE_USE_MANAGED_ID") or environment("AZURE_CLIENT_SECRET"):
        return prometrix.AzurePrometheusConfig(
            azure_resource=environment("AZURE_RESOURCE", _AZURE_RESOURCE),
            azure_metadata_endpoint=environment("AZURE_METADATA_ENDPOINT", _AZURE_METADATA),
            azure_token_endpoint=environment("AZURE_TOKEN_ENDPOINT", _AZURE_TOKEN % environment("AZURE_TENANT_ID")),
            azure_use_managed_id=environment("AZURE_USE_MANAGED_ID"),
            azure_client_id=environment("AZURE_CLIENT_ID"),
            azure_client_secret=environment("AZURE_CLIENT_SECRET"),
            **given,
        )
    return prometrix.VictoriaMetricsPrometheusConfig(**given) if is_victoria_metrics else prometrix.PrometheusConfig(**given)


def connect(url: str, params: Any) -> Any:
    """The client."""
    import prometrix

    return prometrix.get_custom_prometheus_connect(config(url, params))

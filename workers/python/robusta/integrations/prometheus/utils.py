"""Finds Prometheus, Alertmanager and Holmes, and connects to them."""

import os
import time
from typing import Any, ClassVar, Dict, List, Optional, Tuple

from robusta.core.exceptions import NoPrometheusUrlFound
from robusta.core.model.base_params import PrometheusParams
from robusta.core.model.env_vars import SERVICE_CACHE_TTL_SEC
from robusta.integrations.prometheus import clouds
from robusta.integrations.prometheus.client import PrometheusConnect
from robusta.utils.service_discovery import find_service_url

_PROMETHEUS = (
    "app=kube-prometheus-stack-prometheus",
    "app=prometheus,component=server,release!=kubecost",
    "app.kubernetes.io/name=prometheus,app.kubernetes.io/component=server",
    "app=prometheus-server",
    "app=prometheus-operator-prometheus",
    "app=rancher-monitoring-prometheus",
    "app=prometheus-prometheus",
    "app.kubernetes.io/component=query,app.kubernetes.io/name=thanos",
    "app.kubernetes.io/name=thanos-query",
    "app=thanos-query",
    "app=thanos-querier",
)
_VICTORIA_METRICS = (
    "app.kubernetes.io/name=vmsingle",
    "app.kubernetes.io/name=victoria-metrics-single",
    "app.kubernetes.io/name=vmselect",
    "app=vmselect",
)
_ALERTMANAGER = (
    "app=kube-prometheus-stack-alertmanager",
    "app=prometheus,component=alertmanager",
    "app=prometheus-operator-alertmanager",
    "app=alertmanager",
    "app=rancher-monitoring-alertmanager",
    "app=prometheus-alertmanager",
    "operated-alertmanager=true",
    "app.kubernetes.io/name=alertmanager",
    "app.kubernetes.io/name=vmalertmanager",
)


class ServiceDiscovery:
    """Looks for services by their labels, and remembers for a while what it found."""

    _found: ClassVar[Dict[str, Tuple[float, str]]] = {}

    @classmethod
    def find_url(cls, selectors: List[str], error_msg: str) -> Optional[str]:
        """Where the first service with one of these labels answers."""
        key = ",".join(selectors)
        found_at, url = cls._found.get(key, (0.0, ""))
        if url and time.time() - found_at < SERVICE_CACHE_TTL_SEC:
            return url
        for selector in selectors:
            found = find_service_url(selector)
            if found:
                cls._found[key] = (time.time(), found)
                return found
        return None


class PrometheusDiscovery(ServiceDiscovery):
    """Looks for Prometheus, Thanos and VictoriaMetrics."""

    @classmethod
    def find_prometheus_url(cls) -> Optional[str]:
        """Where Prometheus or Thanos answers."""
        return cls.find_url(list(_PROMETHEUS), "no service looks like Prometheus")

    @classmethod
    def find_vm_url(cls) -> Optional[str]:
        """Where VictoriaMetrics answers."""
        return cls.find_url(list(_VICTORIA_METRICS), "no service looks like VictoriaMetrics")


class AlertManagerDiscovery(ServiceDiscovery):
    """Looks for Alertmanager."""

    @classmethod
    def find_alert_manager_url(cls) -> Optional[str]:
        """Where Alertmanager answers."""
        return cls.find_url(list(_ALERTMANAGER), "no service looks like Alertmanager")


class HolmesDiscovery(ServiceDiscovery):
    """Looks for Holmes."""

    MODEL_NAME_URL = "/api/model"

    @classmethod
    def find_holmes_url(cls, holmes_url: Optional[str] = None) -> Optional[str]:
        """Where Holmes answers."""
        return holmes_url or cls.find_url(["app=holmes"], "no service looks like Holmes")


def get_prometheus_connect(prometheus_params: PrometheusParams) -> Any:
    """The Prometheus of the parameters, or the one that the cluster has."""
    url, _ = _url(prometheus_params)
    if clouds.is_wanted():
        return clouds.connect(url, prometheus_params)
    headers = dict(prometheus_params.prometheus_additional_headers or {})
    if prometheus_params.prometheus_auth:
        headers["Authorization"] = prometheus_params.prometheus_auth.get_secret_value()
    token = os.environ.get("CORALOGIX_PROMETHEUS_TOKEN")
    if token:
        headers["token"] = token
    return PrometheusConnect(url, headers, prometheus_params.prometheus_url_query_string)


def generate_prometheus_config(prometheus_params: PrometheusParams) -> Any:
    """The same as a configuration of the package `prometrix`."""
    url, is_victoria_metrics = _url(prometheus_params)
    return clouds.config(url, prometheus_params, is_victoria_metrics)


def _url(params: PrometheusParams) -> Tuple[str, bool]:
    """Where it answers, and whether it is VictoriaMetrics."""
    is_victoria_metrics = os.environ.get("VICTORIA_METRICS_CONFIGURED", "false").lower() == "true"
    url = params.prometheus_url or PrometheusDiscovery.find_prometheus_url()
    if not url:
        url, is_victoria_metrics = PrometheusDiscovery.find_vm_url(), True
    if not url:
        raise NoPrometheusUrlFound("Prometheus url could not be found. Add 'prometheus_url' under global_config")
    return url, is_victoria_metrics


def get_prometheus_flags(prom: Any) -> Optional[Dict[str, Any]]:
    """The flags that Prometheus runs with, and how long it keeps data as `retentionTime`."""
    flags = prom.get_prometheus_flags()
    if flags:
        flags["retentionTime"] = flags.get("storage.tsdb.retention.time") or flags.get("-retentionPeriod", "")
    return flags or None

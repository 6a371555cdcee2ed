"""What can be missing in a cluster."""


class PrometheusNotFound(Exception):
    """No Prometheus answers."""


class VictoriaMetricsNotFound(Exception):
    """No VictoriaMetrics answers."""


class AlertsManagerNotFound(Exception):
    """No Alertmanager answers."""


class NoPrometheusUrlFound(Exception):
    """No service looks like Prometheus."""


class NoAlertManagerUrlFound(Exception):
    """No service looks like Alertmanager."""

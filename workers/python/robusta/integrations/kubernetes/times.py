"""Times as Kubernetes writes them."""

from datetime import datetime


def parse_kubernetes_datetime(k8s_datetime: str) -> datetime:
    """A time such as `2024-03-01T10:00:00Z`."""
    return datetime.strptime(k8s_datetime, "%Y-%m-%dT%H:%M:%S%z")


def parse_kubernetes_datetime_with_ms(k8s_datetime: str) -> datetime:
    """A time such as `2024-03-01T10:00:00.000000Z`."""
    return datetime.strptime(k8s_datetime, "%Y-%m-%dT%H:%M:%S.%f%z")


def parse_kubernetes_datetime_to_ms(k8s_datetime: str) -> float:
    """Either, in milliseconds since 1970."""
    try:
        return parse_kubernetes_datetime(k8s_datetime).timestamp() * 1000
    except ValueError:
        return parse_kubernetes_datetime_with_ms(k8s_datetime).timestamp() * 1000

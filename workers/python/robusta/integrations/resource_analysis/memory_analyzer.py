"""The cluster's memory."""

from datetime import timedelta
from typing import Any, Optional

from robusta.core.model.pods import k8s_memory_factors
from robusta.integrations.resource_analysis.prometheus_analyzer import PrometheusAnalyzer

_UNITS = ((1 << 50, " PB"), (1 << 40, " TB"), (1 << 30, " GB"), (1 << 20, " MB"), (1 << 10, " KB"))


class MemoryAnalyzer(PrometheusAnalyzer):
    """What is asked for, what there is, and what was used."""

    def get_max_node_memory_usage_in_percentage(self, node_name: str, duration: timedelta) -> Optional[float]:
        """The largest part of a node's memory that was used, from 0 to 1."""
        query = 'instance:node_memory_utilisation:ratio{job="node-exporter", instance="%s"}' % node_name
        return self._most(query, duration)

    def get_container_max_memory_usage_in_bytes(
        self, node_name: str, pod_name: str, container_name: str, duration: timedelta
    ) -> Optional[float]:
        """The most bytes that a container used. Its cgroup below `/kubepods` is what counts."""
        query = 'container_memory_usage_bytes{node="%s", pod="%s", image!="", container!="POD", container="%s", id=~"/kubepods/.*"}'
        return self._most(query % (node_name, pod_name, container_name), duration)

    def get_total_mem_requests(self, duration: timedelta = timedelta(minutes=10)) -> Optional[float]:
        """What all containers ask for."""
        return self._average_sum("namespace_memory:kube_pod_container_resource_requests:sum{}", duration)

    def get_total_mem_allocatable(self, duration: timedelta = timedelta(minutes=10)) -> Optional[float]:
        """What all nodes can give."""
        return self._average_sum('kube_node_status_allocatable{resource="memory"}', duration)

    def _most(self, query: str, duration: timedelta) -> Optional[float]:
        series = self._timed_query(query, duration)
        return max(float(value) for _, value in series[0]["values"]) if series else None


class K8sMemoryTransformer:
    """Reads Kubernetes' notation of memory."""

    @staticmethod
    def get_number_of_bytes_from_kubernetes_mem_spec(mem_spec: str) -> Any:
        """Bytes; there must be a unit."""
        for length in (2, 1):
            if len(mem_spec) > length and mem_spec[-length:] in k8s_memory_factors:
                return int(mem_spec[:-length]) * k8s_memory_factors[mem_spec[-length:]]
        raise Exception("number of bytes could not be extracted from memory spec: " + mem_spec)


def pretty_size(total_bytes: float) -> str:
    """Bytes in the largest unit that leaves a whole one."""
    for factor, unit in _UNITS:
        if total_bytes >= factor:
            return "%s%s" % (round(total_bytes / factor, 2), unit)
    amount = round(total_bytes / 1, 2)
    return "%s%s" % (amount, " byte" if amount == 1 else " bytes")

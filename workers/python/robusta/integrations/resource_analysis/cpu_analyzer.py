"""The cluster's processors."""

from datetime import timedelta
from typing import Optional

from robusta.integrations.resource_analysis.prometheus_analyzer import PrometheusAnalyzer


class CpuAnalyzer(PrometheusAnalyzer):
    """What is asked for, and what there is."""

    def get_total_cpu_requests(self, duration: timedelta = timedelta(minutes=10)) -> Optional[float]:
        """What all containers ask for."""
        return self._average_sum("namespace_cpu:kube_pod_container_resource_requests:sum{}", duration)

    def get_total_cpu_allocatable(self, duration: timedelta = timedelta(minutes=10)) -> Optional[float]:
        """What all nodes can give."""
        return self._average_sum('kube_node_status_allocatable{resource="cpu"}', duration)

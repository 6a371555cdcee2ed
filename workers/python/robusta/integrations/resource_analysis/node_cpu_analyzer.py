"""A node's processors."""

from collections import OrderedDict
from typing import Any, Dict, List

from robusta.core.model.base_params import PrometheusParams
from robusta.core.model.env_vars import PROMETHEUS_REQUEST_TIMEOUT_SECONDS
from robusta.integrations.prometheus.utils import get_prometheus_connect


class NodeCpuAnalyzer:
    """Who uses them."""

    def __init__(self, node: Any, prometheus_params: PrometheusParams, range_size: str = "5m") -> None:
        self.node = node
        self.range_size = range_size
        self.internal_ip = next(one.address for one in node.status.addresses if one.type == "InternalIP")
        self.prom = get_prometheus_connect(prometheus_params)
        self.default_params = {"timeout": PROMETHEUS_REQUEST_TIMEOUT_SECONDS}
        self.prom.check_prometheus_connection(params=self.default_params)

    def get_total_cpu_usage(self, other_method: bool = False) -> float:
        """The part that is used, from 0 to 1, by containers and by the node itself."""
        name, span = self.node.metadata.name, self.range_size
        if other_method:
            rate = 'rate(container_cpu_usage_seconds_total{node="%s",pod="",id="/"}[%s])' % (name, span)
            return self._value("%s %s" % (rate, self._share()))
        instance = "%s|%s:.*" % (name, self.internal_ip)
        idle = 'avg by(instance)(rate(node_cpu_seconds_total{mode=~"%s", instance=~"%s"}[%s]))'
        return self._value("1 - %s - %s" % (idle % ("idle", instance, span), idle % ("iowait", instance, span)))

    def get_total_containerized_cpu_usage(self) -> float:
        """The part that containers use, from 0 to 1."""
        return self._value(self._containers("", True))

    def get_per_pod_cpu_usage(self, threshold: float = 0.0, normalize_by_cpu_count: bool = True) -> Dict[str, float]:
        """What each pod uses, the largest first; less than `threshold` is left out."""
        found = self._by_pod(self._containers("by (pod)", normalize_by_cpu_count))
        pairs = [pair for pair in found if pair[1] >= threshold]
        return OrderedDict(sorted(pairs, key=lambda pair: pair[1], reverse=True))

    def get_per_pod_cpu_request(self) -> Dict[str, float]:
        """What each pod asks for."""
        query = 'sum by (pod)(kube_pod_container_resource_requests_cpu_cores{node="%s"})' % self.node.metadata.name
        return dict(self._by_pod(query))

    def _value(self, query: str) -> float:
        return float(self._result(query)[0]["value"][1])

    def _by_pod(self, query: str) -> List[Any]:
        return [(one["metric"]["pod"], float(one["value"][1])) for one in self._result(query)]

    def _result(self, query: str) -> List[Any]:
        return self.prom.safe_custom_query(query, params=self.default_params)["result"]

    def _share(self) -> str:
        return '/ scalar(sum (machine_cpu_cores{node="%s"}))' % self.node.metadata.name

    def _containers(self, grouping: str, is_share: bool) -> str:
        # What has no image counts a pod's containers a second time.
        metric = 'container_cpu_usage_seconds_total{node="%s",pod!="",image!=""}' % self.node.metadata.name
        query = "sum(rate(%s[%s])) %s" % (metric, self.range_size, grouping)
        return "%s %s" % (query, self._share()) if is_share else query

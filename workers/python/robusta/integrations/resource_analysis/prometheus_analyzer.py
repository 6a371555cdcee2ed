"""Asks Prometheus about resources."""

from datetime import datetime, timedelta, tzinfo
from typing import Any, List, Optional

from robusta.core.model.base_params import PrometheusParams
from robusta.core.model.env_vars import PROMETHEUS_REQUEST_TIMEOUT_SECONDS
from robusta.integrations.prometheus.utils import get_prometheus_connect


class PrometheusAnalyzer:
    """What analyses have in common."""

    def __init__(self, prometheus_params: PrometheusParams, prometheus_tzinfo: Optional[tzinfo] = None) -> None:
        self.prom = get_prometheus_connect(prometheus_params)
        self.default_params = {"timeout": PROMETHEUS_REQUEST_TIMEOUT_SECONDS}
        self.prom.check_prometheus_connection(params=self.default_params)
        self.prometheus_tzinfo = prometheus_tzinfo or datetime.now().astimezone().tzinfo

    def _query(self, promql_query: str, duration: Optional[timedelta] = None, **kwargs: Any) -> List[Any]:
        if duration:
            return self._timed_query(promql_query, duration, **kwargs)
        return self.prom.safe_custom_query(promql_query, self.default_params)["result"]

    def _timed_query(self, promql_query: str, duration: timedelta, step: Any = "1") -> List[Any]:
        end = datetime.now(tz=self.prometheus_tzinfo)
        answer = self.prom.safe_custom_query_range(promql_query, end - duration, end, step, self.default_params)
        return answer["result"]

    @staticmethod
    def _get_query_value(results: Optional[List[Any]], offset: int = 0) -> Optional[float]:
        if not results:
            return None
        one = results[offset]
        value = one.get("value", [None, None])[1] or one.get("values", [[None, None]])[0][1]
        return float(value) if value else value

    def _average_sum(self, metric: str, duration: timedelta) -> Optional[float]:
        return self._get_query_value(self._query("sum(avg_over_time(%s[%ds]))" % (metric, duration.seconds)))

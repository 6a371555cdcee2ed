"""Asks Prometheus over HTTP."""

import json
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime
from typing import Any, Dict, List, Optional

from robusta.core.exceptions import PrometheusNotFound


class PrometheusConnect:
    """One Prometheus, or something that answers as it does."""

    def __init__(self, url: str, headers: Optional[Dict[str, str]] = None, query_string: Optional[str] = None) -> None:
        self.url = url.rstrip("/")
        self.headers = headers or {}
        self.query_string = query_string

    def check_prometheus_connection(self, params: Optional[Dict[str, Any]] = None) -> bool:
        """Raises `PrometheusNotFound` if nothing answers."""
        try:
            self._ask("/api/v1/query", {"query": "example"}, params)
        except (OSError, ValueError) as error:
            raise PrometheusNotFound("Couldn't connect to Prometheus found under %s\nCaused by %s" % (self.url, error))
        return True

    def safe_custom_query(self, query: str, params: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        """The `data` of a query's answer: `resultType` and `result`."""
        return self._data("/api/v1/query", {"query": query}, params)

    def safe_custom_query_range(
        self, query: str, start_time: datetime, end_time: datetime, step: Any, params: Optional[Dict[str, Any]] = None
    ) -> Dict[str, Any]:
        """The same over a range of time."""
        times = {"start": round(start_time.timestamp()), "end": round(end_time.timestamp()), "step": step}
        return self._data("/api/v1/query_range", {"query": query, **times}, params)

    def custom_query(self, query: str, params: Optional[Dict[str, Any]] = None) -> List[Any]:
        """Only the `result` of a query's answer."""
        return self.safe_custom_query(query, params)["result"]

    def custom_query_range(
        self, query: str, start_time: datetime, end_time: datetime, step: Any, params: Optional[Dict[str, Any]] = None
    ) -> List[Any]:
        """The same over a range of time."""
        return self.safe_custom_query_range(query, start_time, end_time, step, params)["result"]

    def get_series(
        self,
        match: List[str],
        start_time: Optional[datetime] = None,
        end_time: Optional[datetime] = None,
        params: Optional[Dict[str, Any]] = None,
    ) -> List[Dict[str, str]]:
        """The series that selectors choose."""
        times = {"start": start_time, "end": end_time}
        form = {name: round(time.timestamp()) for name, time in times.items() if time}
        return self._data("/api/v1/series", {"match[]": match, **form}, params)

    def get_label_names(self, params: Optional[Dict[str, Any]] = None) -> List[str]:
        """The names of all labels."""
        return self._data("/api/v1/labels", {}, params)

    def get_label_values(self, label_name: str, params: Optional[Dict[str, Any]] = None) -> List[str]:
        """The values of a label."""
        query = urllib.parse.urlencode(params or {}, doseq=True)
        return self._data("/api/v1/label/%s/values" % label_name, None, None, query)

    def all_metrics(self, params: Optional[Dict[str, Any]] = None) -> List[str]:
        """The names of all metrics."""
        return self.get_label_values("__name__", params)

    def get_prometheus_flags(self) -> Optional[Dict[str, Any]]:
        """The flags that Prometheus runs with."""
        return self._data("/api/v1/status/flags", None, None)

    def _data(
        self, path: str, form: Optional[Dict[str, Any]], params: Optional[Dict[str, Any]], query: str = ""
    ) -> Any:
        try:
            answer = self._ask(path, form, params, query)
        except urllib.error.HTTPError as error:
            raise Exception("HTTP Status Code %s (%r)" % (error.code, error.read()))
        return answer["data"]

    def _ask(
        self, path: str, form: Optional[Dict[str, Any]], params: Optional[Dict[str, Any]], query: str = ""
    ) -> Dict[str, Any]:
        timeout = float((params or {}).get("timeout", 90))
        query = "&".join(part for part in (self.query_string, query) if part)
        url = self.url + path + ("?" + query if query else "")
        body = None if form is None else urllib.parse.urlencode({**form, **(params or {})}, doseq=True).encode()
        request = urllib.request.Request(url, data=body, headers=self.headers)
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.load(answer)

"""Annotations in Grafana."""

from datetime import datetime
from typing import Any, Dict, List, Optional

from robusta.core.model.env_vars import GRAFANA_READ_TIMEOUT
from robusta.utils.service_discovery import find_service_url


class Grafana:
    """Asks Grafana's API with a key. Without a URL Grafana is looked for in the cluster."""

    def __init__(self, api_key: str, grafana_url: Optional[str] = None) -> None:
        found = grafana_url or find_service_url("app.kubernetes.io/name=grafana")
        if not found:
            raise Exception("Grafana url could not be found. Add 'grafana_url' under global_config")
        self.url = found.rstrip("/")
        self.headers = {"Authorization": "Bearer %s" % api_key}

    def add_line_to_dashboard(
        self,
        dashboard_uid: str,
        text: str,
        time: Optional[datetime] = None,
        tags: Optional[List[str]] = None,
        panel_substring: Optional[str] = None,
    ) -> None:
        """Marks a moment on a dashboard, or on its panels whose titles have `panel_substring`."""
        self._annotate(dashboard_uid, text, time or datetime.now(), None, tags, panel_substring)

    def add_range_to_dashboard(
        self,
        dashboard_uid: str,
        text: str,
        start_time: datetime,
        end_time: datetime,
        tags: Optional[List[str]] = None,
        panel_substring: Optional[str] = None,
    ) -> None:
        """Marks a span of time."""
        self._annotate(dashboard_uid, text, start_time, end_time, tags, panel_substring)

    def _annotate(
        self,
        uid: str,
        text: str,
        start: datetime,
        end: Optional[datetime],
        tags: Optional[List[str]],
        panel_substring: Optional[str],
    ) -> None:
        dashboard = self._ask("GET", "/api/dashboards/uid/%s" % uid, None)["dashboard"]
        annotation = {"dashboardId": dashboard["id"], "text": text, "tags": tags or [], "time": _milliseconds(start)}
        if end is not None:
            annotation["timeEnd"] = _milliseconds(end)
        if panel_substring is None:
            self._ask("POST", "/api/annotations", annotation)
            return
        for panel in _panels(dashboard):
            if panel_substring.lower() in panel.get("title", "").lower():
                self._ask("POST", "/api/annotations", {**annotation, "panelId": panel["id"]})

    def _ask(self, method: str, path: str, body: Optional[Dict[str, Any]]) -> Any:
        import requests

        answer = requests.request(
            method, self.url + path, json=body, headers=self.headers, timeout=GRAFANA_READ_TIMEOUT
        )
        answer.raise_for_status()
        return answer.json()


def _panels(dashboard: Dict[str, Any]) -> List[Dict[str, Any]]:
    """The panels of a dashboard, also where they stand in rows."""
    rows = dashboard.get("rows", []) + [panel for panel in dashboard.get("panels", []) if panel.get("panels")]
    return dashboard.get("panels", []) + [panel for row in rows for panel in row.get("panels", [])]


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp()) * 1000

"""Reports of scans of the whole cluster."""

import itertools
from datetime import datetime
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

from pydantic import BaseModel

from robusta.core.model.pods import format_unit
from robusta.core.reporting.base import BaseBlock
from robusta.core.reporting.consts import ScanType

TableRow = Tuple[str, ...]
ScanTable = Dict[str, List[TableRow]]


class ScanReportRow(BaseModel):
    """What a scan says about one object."""

    scan_id: str
    scan_type: ScanType
    kind: Optional[str]
    name: Optional[str]
    namespace: Optional[str]
    container: Optional[str]
    content: List[Any]
    priority: float


class ScanReportBlock(BaseBlock):
    """A report."""

    title: str
    scan_id: str
    type: ScanType
    start_time: datetime
    end_time: datetime
    score: str
    results: List[ScanReportRow]
    config: str
    metadata: Dict[str, Any] = {}

    @property
    def grade(self) -> str:
        """The score as a letter from A to F."""
        tens = max(0, min(int(self.score), 90) // 10 - 5)
        return "F" if int(self.score) < 50 else "EDCBA"[tens]

    @property
    def table_headers(self) -> List[str]:
        """The columns of its tables."""
        raise NotImplementedError("table_headers property must be implemented in the subclass")

    @property
    def table_data(self) -> ScanTable:
        """The rows, by kind of object."""
        raise NotImplementedError("table_data property must be implemented in the subclass")

    @property
    def table_widths(self) -> Tuple[int, ...]:
        """How wide the columns are, against each other."""
        raise NotImplementedError("table_widths property must be implemented in the subclass")

    def _by_kind(self, row: Callable[[ScanReportRow], TableRow]) -> ScanTable:
        ordered = sorted(self.results, key=lambda result: result.kind or "", reverse=True)
        return {kind or "": [row(one) for one in rows] for kind, rows in itertools.groupby(ordered, lambda one: one.kind)}


class PopeyeScanReportBlock(ScanReportBlock):
    """What Popeye found."""

    @property
    def table_headers(self) -> List[str]:
        return ["Priority", "Namespace", "Name", "Container", "Issues"]

    @property
    def table_widths(self) -> Tuple[int, ...]:
        return (10, 25, 25, 25, 65)

    @property
    def table_data(self) -> ScanTable:
        return self._by_kind(
            lambda row: (
                self.level_to_string(row.priority),
                row.name or "",
                row.namespace or "",
                row.container or "",
                self.scan_row_content_format(row),
            )
        )

    @staticmethod
    def level_to_string(level: Union[int, float]) -> str:
        """The name of a level."""
        return {1: "Info", 2: "Warning", 3: "**Error**"}.get(int(level), "OK")

    def scan_row_content_format(self, row: ScanReportRow) -> str:
        """What was found about one object, a line for each."""
        return "\n".join("%s %s" % (self.level_to_string(one["level"]), one["message"]) for one in row.content)


class KRRScanReportBlock(ScanReportBlock):
    """What KRR recommends."""

    @property
    def table_headers(self) -> List[str]:
        resources = ["CPU Request", "CPU Limit", "Memory Request", "Memory Limit"]
        return ["Priority", "Namespace", "Name", "Container"] + resources

    @property
    def table_widths(self) -> Tuple[int, ...]:
        return (5, 10, 10, 10, 8, 8, 8, 8)

    @property
    def table_data(self) -> ScanTable:
        return self._by_kind(
            lambda row: (
                {4: "**CRITICAL**", 3: "WARNING", 2: "OK", 1: "GOOD"}.get(int(row.priority), "UNKNOWN"),
                row.namespace or "",
                row.name or "",
                row.container or "",
                *_recommendations(row.content),
            )
        )


def _recommendations(content: List[Any]) -> List[str]:
    by_resource = {row["resource"]: row for row in content}
    return [
        _recommendation(by_resource.get(resource), field)
        for resource in ("cpu", "memory")
        for field in ("request", "limit")
    ]


def _recommendation(row: Any, field: str) -> str:
    if not row:
        return "?"
    allocated = row.get("allocated", {}).get(field, "?")
    recommended = row.get("recommended", {}).get(field, "?")
    if allocated is None and recommended is None:
        return "unset"
    text = "%s -> %s" % (_amount(allocated), _amount(recommended))
    return text if row.get("info") is None else "%s\n(%s)" % (text, row["info"])


def _amount(value: Any) -> str:
    if value is None:
        return "unset"
    return "?" if isinstance(value, str) else format_unit(value)

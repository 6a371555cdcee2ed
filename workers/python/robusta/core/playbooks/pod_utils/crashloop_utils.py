"""What is known of containers that crash."""

from typing import Any, List

from robusta.core.reporting.base import Enrichment, EnrichmentType
from robusta.core.reporting.blocks import TableBlock, TableBlockFormat


def crashed_containers(pod: Any) -> List[Any]:
    """The statuses of containers that wait after they have been started again."""
    statuses = pod.status.containerStatuses + pod.status.initContainerStatuses
    return [status for status in statuses if status.state and status.state.waiting and status.restartCount >= 1]


def get_crash_report_enrichments(pod: Any) -> List[Enrichment]:
    """For each such container, how it is now and how it ended."""
    found = []
    for status in crashed_containers(pod):
        now = [["Container", status.name], ["Restarts", status.restartCount]]
        now += [["Status", "WAITING"], ["Reason", status.state.waiting.reason]]
        before: List[List[Any]] = []
        ended = status.lastState.terminated if status.lastState else None
        if ended:
            before = [["Status", "TERMINATED"], ["Reason", ended.reason]]
            before += [["Started at", ended.startedAt]] if ended.startedAt else []
            before += [["Finished at", ended.finishedAt]] if ended.finishedAt else []
        blocks = [_table(now, "*Crash Info*"), _table(before, "*Previous Container*")]
        found.append(Enrichment(blocks, None, EnrichmentType.crash_info, "Container Crash information"))
    return found


def _table(rows: List[List[Any]], name: str) -> TableBlock:
    return TableBlock(rows, ["label", "value"], table_name=name, table_format=TableBlockFormat.vertical)

"""Tells of a pod that crashes."""

import logging
from typing import Any, List, Optional

from robusta.core.playbooks.pod_utils.crashloop_utils import crashed_containers, get_crash_report_enrichments
from robusta.core.reporting.base import EnrichmentType, Finding, FindingSeverity
from robusta.core.reporting.blocks import BaseBlock, EmptyFileBlock, FileBlock
from robusta.core.reporting.consts import FindingSource
from robusta.core.reporting.finding_subjects import PodFindingSubject
from robusta.integrations.kubernetes.custom_models import RegexReplacementStyle


def send_crash_report(
    event: Any,
    aggregation_key: str,
    regex_replacer_patterns: Optional[List[Any]] = None,
    regex_replacement_style: Optional[RegexReplacementStyle] = None,
) -> None:
    """Adds a finding with what is known of the pod's crashed containers, and their logs."""
    pod = event.get_pod()
    metadata = pod.metadata
    finding = Finding(
        title="Crashing pod %s in namespace %s" % (metadata.name, metadata.namespace),
        source=FindingSource.KUBERNETES_API_SERVER,
        severity=FindingSeverity.HIGH,
        aggregation_key=aggregation_key,
        subject=PodFindingSubject(pod),
    )
    for enrichment in get_crash_report_enrichments(pod):
        finding.add_enrichment(
            enrichment.blocks, enrichment_type=enrichment.enrichment_type, title=enrichment.title
        )
    for status in crashed_containers(pod):
        try:
            log = pod.get_logs(
                status.name,
                previous=True,
                regex_replacer_patterns=regex_replacer_patterns,
                regex_replacement_style=regex_replacement_style,
            )
        except Exception:
            logging.error("Failed to get pod logs", exc_info=True)
            continue
        block = log_block(metadata.name, status.name, log)
        finding.add_enrichment([block], enrichment_type=EnrichmentType.text_file, title="Logs")
    event.add_finding(finding)


def log_block(pod_name: str, container: str, log: Optional[str]) -> BaseBlock:
    """A log as a file, or the word that there is none."""
    filename = "%s.log" % pod_name
    if log:
        return FileBlock(filename, log.encode())
    return EmptyFileBlock(filename, "Logs unavailable for container: %s" % container)

"""What is done about pods."""

import logging
from typing import Dict

import hikaru
from pydantic import BaseModel
from robusta.api import *
from robusta.core.reporting.base import EnrichmentType
from robusta.integrations.kubernetes.custom_models import RobustaPod

from ..helpers import all_logs, restarted, with_debugging
from ..params import CountParams, Level, RestartParams


class Counts(BaseModel):
    by_pod: Dict[str, int] = {}


@action
def report_restarts(event: PodEvent, params: RestartParams):
    """
    Tells of pods whose containers restart.
    """
    pod: RobustaPod = event.get_pod()
    found = restarted(pod, params.ignored_containers)
    if not found or not RateLimiter.mark_and_test("report_restarts", pod.metadata.name, params.rate_limit):
        return
    finding = Finding(
        title=f"{pod.metadata.name} restarts",
        aggregation_key="restarts",
        severity=FindingSeverity.HIGH if params.level == Level.HIGH else FindingSeverity.LOW,
        source=FindingSource.KUBERNETES_API_SERVER,
        subject=PodFindingSubject(pod),
    )
    finding.add_enrichment(
        [TableBlock([[one.name, one.restartCount] for one in found], ["container", "restarts"], table_name="*Restarts*")],
        enrichment_type=EnrichmentType.container_info,
    )
    for name, log in all_logs(pod):
        finding.add_enrichment([FileBlock(f"{name}.log", log.encode())])
    event.add_finding(finding)
    event.add_enrichment([CallbackBlock({"Debug it": CallbackChoice(action=debug_copy, kubernetes_object=pod)})])


@action
def count_restarts(event: PodEvent, params: CountParams):
    with get_persistent_data(params.name, Counts) as counts:
        name = event.get_pod().metadata.name
        counts.by_pod[name] = counts.by_pod.get(name, 0) + 1
    logging.info("counted")


@action
def debug_copy(event: PodEvent):
    """Starts a copy of the pod that can be debugged."""
    copy = with_debugging(event.get_pod())
    copy.metadata = hikaru.model.rel_1_26.ObjectMeta(
        name=copy.metadata.name + "-debug", namespace=copy.metadata.namespace
    )
    copy.status = None
    created = copy.createNamespacedPod(copy.metadata.namespace).obj
    diffs = created.spec.diff(event.get_pod().spec)
    event.add_enrichment([MarkdownBlock(f"started *{created.metadata.name}*, {len(diffs)} differences")])

import logging
import re
import threading
from typing import List

from hikaru.model.rel_1_26 import Container, Pod

from robusta.api import *
from robusta.core.reporting.base import EnrichmentType
from robusta.integrations.kubernetes.custom_models import RobustaPod

from .helpers import owner_of
from .params import ReportParams

COUNTS = {}
LOCK = threading.Lock()


def _images(pod: Pod) -> List[str]:
    containers: List[Container] = pod.spec.containers
    return [container.image for container in containers]


def _redacted(text: str, params: ReportParams) -> str:
    for redaction in params.redactions:
        text = re.sub(redaction.regex, redaction.name, text)
    return text


@action
def pod_report(event: PodEvent, params: ReportParams):
    pod = event.get_pod()
    if not pod:
        logging.error("no pod")
        return
    with LOCK:
        COUNTS[pod.metadata.name] = COUNTS.get(pod.metadata.name, 0) + 1
    rows = [[image] for image in _images(pod)]
    event.add_enrichment(
        [
            MarkdownBlock(f"Pod of *{owner_of(pod.metadata.labels)}*, told in {params.channel}"),
            TableBlock(rows, ["image"]),
        ],
        enrichment_type=EnrichmentType.container_info,
        title="Pod report",
    )
    logs = RobustaPod.read(pod.metadata.name, pod.metadata.namespace).get_logs()
    if logs:
        event.add_enrichment([FileBlock("pod.log", _redacted(logs, params).encode())])


@action
def pod_owner_finding(event: PodChangeEvent):
    pod = event.get_pod()
    event.add_finding(
        Finding(
            title=f"Pod {pod.metadata.name} of {owner_of(pod.metadata.labels)} changed",
            aggregation_key="ShopPodChanged",
            severity=FindingSeverity.LOW,
            source=FindingSource.KUBERNETES_API_SERVER,
            subject=PodFindingSubject(pod),
        )
    )

import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor
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


def _logs(pod: RobustaPod) -> List[str]:
    """The logs of all containers, asked for at the same time."""
    names = [container.name for container in pod.spec.containers]
    with ThreadPoolExecutor(max_workers=4) as threads:
        return list(threads.map(lambda name: pod.get_logs(container=name), names))


def _count(pod: Pod):
    with LOCK:
        COUNTS[pod.metadata.name] = COUNTS.get(pod.metadata.name, 0) + 1


@action
def pod_report(event: PodEvent, params: ReportParams):
    pod = event.get_pod()
    if not pod:
        logging.error("no pod")
        return
    counting = threading.Thread(target=_count, args=(pod,), daemon=True)
    counting.start()
    rows = [[image] for image in _images(pod)]
    event.add_enrichment(
        [
            MarkdownBlock(f"Pod of *{owner_of(pod.metadata.labels)}*, told in {params.channel}"),
            TableBlock(rows, ["image"]),
        ],
        enrichment_type=EnrichmentType.container_info,
        title="Pod report",
    )
    for number, logs in enumerate(_logs(RobustaPod.read(pod.metadata.name, pod.metadata.namespace))):
        if logs:
            event.add_enrichment([FileBlock(f"container-{number}.log", _redacted(logs, params).encode())])
    counting.join()
    logging.info("counted %s", COUNTS)


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

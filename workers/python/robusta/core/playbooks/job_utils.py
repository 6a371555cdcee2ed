"""The pods of a job."""

from typing import Any, List, Optional

from hikaru.model.rel_1_26 import PodList

from robusta.integrations.kubernetes.custom_models import build_selector_query

CONTROLLER_UID = "controller-uid"


def get_job_selector(job: Any) -> Optional[str]:
    """What chooses a job's pods: its controller's id, its selector or its name, whichever it has first."""
    labels = job.metadata.labels
    if labels.get(CONTROLLER_UID):
        return "%s=%s" % (CONTROLLER_UID, labels[CONTROLLER_UID])
    selector = build_selector_query(job.spec.selector) if job.spec.selector else None
    if selector:
        return selector
    return "job-name=%s" % labels["job-name"] if labels.get("job-name") else None


def get_job_all_pods(job: Any) -> Optional[List[Any]]:
    """A job's pods."""
    selector = get_job_selector(job) if job else None
    if not selector:
        return None
    return PodList.listNamespacedPod(namespace=job.metadata.namespace, label_selector=selector).obj.items


def get_job_latest_pod(job: Any) -> Optional[Any]:
    """The pod of a job that started last."""
    pods = get_job_all_pods(job)
    return max(pods, key=lambda pod: pod.status.startTime or "") if pods else None

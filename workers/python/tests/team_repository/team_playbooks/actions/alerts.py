"""What is done about alerts."""

from robusta.api import Finding, ListBlock, PrometheusKubernetesAlert, action
from robusta.api import DeploymentChangeEvent, KubernetesDiffBlock, is_matching_diff

from team_playbooks.helpers import restarted


@action
def say_who_is_hit(event: PrometheusKubernetesAlert):
    pod = event.get_pod()
    if pod is None:
        event.stop_processing = True
        return
    names = [status.name for status in restarted(pod, [])]
    event.add_enrichment([ListBlock([event.alert_name, event.get_alert_label("severity") or "-", *names])])


@action
def image_changed(event: DeploymentChangeEvent):
    diffs = [diff for diff in event.obj.diff(event.old_obj) if is_matching_diff(diff, ["image"])]
    if diffs:
        metadata = event.obj.metadata
        event.add_finding(Finding(title=f"{metadata.name} has a new image", aggregation_key="image"))
        event.add_enrichment([KubernetesDiffBlock(diffs, event.old_obj, event.obj, metadata.name, event.obj.kind)])

"""One action, to see how long it takes."""

from robusta.api import Finding, MarkdownBlock, PodEvent, action


@action
def bench_look(event: PodEvent):
    """Tells where a pod runs and what it runs."""
    pod = event.get_pod()
    images = ", ".join(container.image for container in pod.spec.containers)
    event.add_finding(Finding(title=f"Looked at {pod.metadata.name}", aggregation_key="bench"))
    event.add_enrichment([MarkdownBlock(f"{images} on {pod.spec.nodeName}")])

from hikaru.model.rel_1_26 import Deployment

from robusta.api import *

from shop_playbooks.params import ScaleGuardParams


@action
def scale_guard(event: DeploymentChangeEvent, params: ScaleGuardParams):
    """
    Tells of deployments that grow beyond what was agreed.
    """
    deployment: Deployment = event.get_deployment()
    if deployment.metadata.namespace not in params.namespaces:
        return
    if (deployment.spec.replicas or 0) > params.max_replicas:
        event.add_enrichment([MarkdownBlock(f"{deployment.metadata.name} has {deployment.spec.replicas} replicas")])

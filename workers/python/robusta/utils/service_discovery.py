"""Services of the cluster by their labels."""

from typing import Optional

from hikaru.model.rel_1_26 import ServiceList

from robusta.core.model.env_vars import CLUSTER_DOMAIN


def find_service_url(label_selector: str) -> Optional[str]:
    """Where the first service with such labels answers."""
    found = ServiceList.listServiceForAllNamespaces(label_selector=label_selector).obj.items
    if not found:
        return None
    metadata, port = found[0].metadata, found[0].spec.ports[0].port
    return "http://%s.%s.svc.%s:%s" % (metadata.name, metadata.namespace, CLUSTER_DOMAIN, port)

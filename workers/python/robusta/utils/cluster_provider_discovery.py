"""Where the cluster runs, as its nodes show."""

from typing import Any, Dict, List, Optional

_NAME_LABELS = (
    ("GKE", "cloud.google.com/gke-nodepool"), ("AKS", "kubernetes.azure.com/role"), ("EKS", "eks.amazonaws.com/nodegroup"),
    ("Kapsule", "k8s.scaleway.com/kapsule"), ("Kops", "kops.k8s.io/instancegroup"), ("DigitalOcean", "doks.digitalocean.com/version"),
    ("Minikube", "minikube.k8s.io/name"),
)
_PROVIDER_IDS = (("AKS", "azure"), ("EKS", "aws"), ("GKE", "gce"), ("Kind", "kind"), ("DigitalOcean", "digitalocean"), ("Kapsule", "scaleway"))


class ClusterProviderDiscovery:
    """Asks the nodes once."""

    provider: Optional[str] = None

    def find_cluster_provider(self) -> Optional[str]:
        """Looks at the nodes' labels, images and provider ids."""
        from hikaru.model.rel_1_26 import NodeList

        return self._of(NodeList.listNode().obj.items)

    def init_provider_discovery(self) -> None:
        """Looks, and remembers."""
        self.provider = self.find_cluster_provider()

    def get_cluster_provider(self) -> Optional[str]:
        """What was found; none before anybody looked."""
        return self.provider

    @staticmethod
    def _of(nodes: List[Any]) -> str:
        for node in nodes[:1]:
            labels: Dict[str, str] = node.metadata.labels
            for name, label in _NAME_LABELS:
                if label in labels:
                    return name
            provider_id = (node.spec.providerID or "") if node.spec else ""
            for name, start in _PROVIDER_IDS:
                if provider_id.startswith(start):
                    return name
            if node.metadata.name.startswith("lima-rancher-desktop"):
                return "RancherDesktop"
        return "Unknown"


cluster_provider = ClusterProviderDiscovery()

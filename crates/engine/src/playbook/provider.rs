//! Who runs a cluster, as far as its nodes give it away.

use squall_model::Json;

use super::selector::text;

/// The provider where nothing gives it away.
const UNKNOWN: &str = "Unknown";

/// What a host's name contains, and whose that is.
const HOSTS: [(&str, &str); 2] = [("kind", "Kind"), ("rancher-desktop", "RancherDesktop")];

/// Labels that only one provider's nodes have.
const LABELS: [(&str, &str); 4] = [
    ("minikube.k8s.io/name", "Minikube"),
    ("doks.digitalocean.com/version", "DigitalOcean"),
    ("kops.k8s.io/instancegroup", "Kops"),
    ("k8s.scaleway.com/kapsule", "Kapsule"),
];

/// The provider of a cluster with these nodes, in the word that `k8s_providers` has for it.
pub fn provider(nodes: &[Json]) -> &'static str {
    let hosts = nodes
        .iter()
        .filter_map(|node| label(node, "kubernetes.io/hostname"));
    let of_host = |host: &str| HOSTS.iter().find(|(part, _)| host.contains(part));
    let mut by_host = hosts.filter_map(of_host).map(|(_, name)| *name);
    let Some(first) = nodes.first() else {
        return UNKNOWN;
    };
    let id = text(first.get("spec"), "providerID").unwrap_or_default();
    let version = first.pointer("/status/nodeInfo/kubeletVersion");
    let version = version.and_then(Json::as_str).unwrap_or_default();
    let by_first = [
        (id, "aks", "AKS"),
        (version, "gke", "GKE"),
        (version, "eks", "EKS"),
        (id, "kind", "Kind"),
    ];
    let by_first = by_first.iter().find(|(text, part, _)| text.contains(part));
    let has = |name: &str| label(first, name).is_some_and(|value| !value.is_empty());
    let by_label = || {
        LABELS
            .iter()
            .find(|(name, _)| has(name))
            .map(|(_, name)| *name)
    };
    by_host
        .next()
        .or(by_first.map(|(_, _, name)| *name))
        .or_else(by_label)
        .unwrap_or(UNKNOWN)
}

fn label<'a>(node: &'a Json, name: &str) -> Option<&'a str> {
    text(node.pointer("/metadata/labels"), name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn node(id: &str, version: &str, labels: &Json) -> Json {
        json!({
            "metadata": {"name": "n", "labels": labels},
            "spec": {"providerID": id},
            "status": {"nodeInfo": {"kubeletVersion": version}},
        })
    }

    /// What Robusta says to the same nodes.
    #[test]
    fn nodes_give_their_provider_away() {
        let none = json!({});
        let host = |name: &str| json!({"kubernetes.io/hostname": name});
        let aks = "azure:///subscriptions/1/resourceGroups/aks-pool/virtualMachines/0";
        let cases = [
            (vec![], UNKNOWN),
            (vec![json!({})], UNKNOWN),
            (vec![node("", "v1.31.0", &none)], UNKNOWN),
            (vec![node(aks, "v1.31.0", &none)], "AKS"),
            (vec![node("gce://p/z/n", "v1.31.1-gke.1", &none)], "GKE"),
            (vec![node("aws:///eu/i-1", "v1.31.2-eks-7f9", &none)], "EKS"),
            (vec![node("kind://docker/c/n", "v1.31.0", &none)], "Kind"),
            (vec![node(aks, "v1.31.0-gke", &none)], "AKS"),
            (vec![node("", "v1.31.0", &host("lab-kind-worker"))], "Kind"),
            (
                vec![node(aks, "", &host("lima-rancher-desktop"))],
                "RancherDesktop",
            ),
            (
                vec![node(aks, "", &none), node("", "", &host("kind-2"))],
                "Kind",
            ),
            (vec![node("", "", &none), node(aks, "", &none)], UNKNOWN),
            (
                vec![node("", "", &json!({"minikube.k8s.io/name": "m"}))],
                "Minikube",
            ),
            (
                vec![node("", "", &json!({"minikube.k8s.io/name": ""}))],
                UNKNOWN,
            ),
            (
                vec![node("", "", &json!({"doks.digitalocean.com/version": "1"}))],
                "DigitalOcean",
            ),
            (
                vec![node("", "", &json!({"kops.k8s.io/instancegroup": "a"}))],
                "Kops",
            ),
            (
                vec![node("", "", &json!({"k8s.scaleway.com/kapsule": "b"}))],
                "Kapsule",
            ),
        ];
        for (nodes, expected) in cases {
            assert_eq!(provider(&nodes), expected, "{nodes:?}");
        }
    }
}

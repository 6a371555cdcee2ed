//! What actions ask the cluster, and what they read in its objects.

use squall_kubernetes::Kind;
use squall_model::Json;

pub(crate) mod change;
pub(crate) mod events;
pub(crate) mod images;
pub(crate) mod jobs;
pub(crate) mod logs;
pub(crate) mod misscheduled;
pub(crate) mod nodes;
pub(crate) mod pending;
pub(crate) mod pods;
pub(crate) mod quantity;
pub(crate) mod reports;
pub(crate) mod scheduling;

/// The most objects that a list is read to.
pub(crate) const MOST: usize = 50_000;

/// Events in the form that says what they regard.
pub(crate) const EVENT: Kind = Kind::in_namespaces("events.k8s.io", "v1", "Event", "events");

/// The kinds of objects that actions read by name.
#[rustfmt::skip]
static KINDS: [Kind; 22] = [
    Kind::POD,
    Kind::REPLICA_SET,
    Kind::DAEMON_SET,
    Kind::DEPLOYMENT,
    Kind::STATEFUL_SET,
    Kind::SERVICE,
    EVENT,
    Kind::in_namespaces("autoscaling", "v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    Kind::NODE,
    Kind::of_cluster("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles"),
    Kind::of_cluster("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings"),
    Kind::JOB,
    Kind::NAMESPACE,
    Kind::in_namespaces("", "v1", "ServiceAccount", "serviceaccounts"),
    Kind::of_cluster("", "v1", "PersistentVolume", "persistentvolumes"),
    Kind::in_namespaces("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    Kind::in_namespaces("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"),
    Kind::CONFIG_MAP,
    Kind::in_namespaces("networking.k8s.io", "v1", "Ingress", "ingresses"),
    Kind::SECRET,
    Kind::in_namespaces("apps.openshift.io", "v1", "DeploymentConfig", "deploymentconfigs"),
    Kind::in_namespaces("argoproj.io", "v1alpha1", "Rollout", "rollouts"),
];

/// The kind of this name, in capitals or not, if it is one that actions know without asking.
pub(crate) fn known(kind: &str) -> Option<&'static Kind> {
    KINDS
        .iter()
        .find(|known| known.kind.eq_ignore_ascii_case(kind))
}

/// Where an object is; nothing for names that no object can have.
pub(crate) fn path(kind: &Kind, namespace: &str, name: &str) -> Option<String> {
    let is_said = is_name(name) && (!kind.namespaced || is_name(namespace));
    is_said.then(|| kind.path(Some(namespace), name))
}

/// Whether an object can have this name. Names come from outside: none may lead elsewhere.
pub(crate) fn is_name(text: &str) -> bool {
    let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    !matches!(text, "" | "." | "..") && text.len() <= 253 && text.bytes().all(may_stand)
}

/// A text in an object; nothing where there is none.
pub(crate) fn said<'o>(object: &'o Json, pointer: &str) -> Option<&'o str> {
    object.pointer(pointer).and_then(Json::as_str)
}

/// The same, empty where there is none.
pub(crate) fn word<'o>(object: &'o Json, pointer: &str) -> &'o str {
    said(object, pointer).unwrap_or_default()
}

/// What a list in an object holds.
pub(crate) fn items<'o>(object: &'o Json, pointer: &str) -> impl Iterator<Item = &'o Json> {
    let items = object.pointer(pointer).and_then(Json::as_array);
    items.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_lead_nowhere_else() {
        let pod = known("pod").unwrap();
        let web = "/api/v1/namespaces/shop/pods/web-1";
        assert_eq!(path(pod, "shop", "web-1").unwrap(), web);
        let node = known("Node").unwrap();
        assert_eq!(path(node, "", "n1").unwrap(), "/api/v1/nodes/n1");
        for (namespace, name) in [
            ("shop", "../secrets/a"),
            ("..", "a"),
            ("shop", "a?b"),
            ("shop", "."),
            ("", "a"),
        ] {
            assert_eq!(path(pod, namespace, name), None, "{namespace} {name}");
        }
        assert_eq!(known("Gizmo"), None);
    }
}

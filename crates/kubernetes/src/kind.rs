//! The kinds of objects, and where a cluster keeps them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use squall_model::Json;

use crate::ask::encoded;

/// A kind of objects. Which kinds a cluster has is found by [`crate::Kinds`]; the constants are those that every cluster
/// has and that native actions know by heart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Kind {
    /// Such as `apps`; empty for the core group.
    pub group: Cow<'static, str>,
    /// Such as `v1`.
    pub version: Cow<'static, str>,
    /// Such as `Deployment`.
    pub kind: Cow<'static, str>,
    /// The word in paths, such as `deployments`.
    pub plural: Cow<'static, str>,
    /// Whether each object belongs to a namespace.
    pub namespaced: bool,
}

impl Kind {
    /// Pods.
    pub const POD: Self = Self::in_namespaces("", "v1", "Pod", "pods");
    /// Events of the core group.
    pub const EVENT: Self = Self::in_namespaces("", "v1", "Event", "events");
    /// Services.
    pub const SERVICE: Self = Self::in_namespaces("", "v1", "Service", "services");
    /// Secrets.
    pub const SECRET: Self = Self::in_namespaces("", "v1", "Secret", "secrets");
    /// Config maps.
    pub const CONFIG_MAP: Self = Self::in_namespaces("", "v1", "ConfigMap", "configmaps");
    /// Deployments.
    pub const DEPLOYMENT: Self = Self::in_namespaces("apps", "v1", "Deployment", "deployments");
    /// Stateful sets.
    pub const STATEFUL_SET: Self = Self::in_namespaces("apps", "v1", "StatefulSet", "statefulsets");
    /// Daemon sets.
    pub const DAEMON_SET: Self = Self::in_namespaces("apps", "v1", "DaemonSet", "daemonsets");
    /// Replica sets.
    pub const REPLICA_SET: Self = Self::in_namespaces("apps", "v1", "ReplicaSet", "replicasets");
    /// Jobs.
    pub const JOB: Self = Self::in_namespaces("batch", "v1", "Job", "jobs");
    /// Nodes.
    pub const NODE: Self = Self::of_cluster("", "v1", "Node", "nodes");
    /// Namespaces.
    pub const NAMESPACE: Self = Self::of_cluster("", "v1", "Namespace", "namespaces");
    /// Definitions of custom resources.
    pub const CUSTOM_RESOURCE_DEFINITION: Self = Self::of_cluster(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
    );

    /// A kind whose objects belong to namespaces.
    pub const fn in_namespaces(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        plural: &'static str,
    ) -> Self {
        Self::known([group, version, kind, plural], true)
    }

    /// A kind whose objects belong to the whole cluster.
    pub const fn of_cluster(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        plural: &'static str,
    ) -> Self {
        Self::known([group, version, kind, plural], false)
    }

    const fn known([group, version, kind, plural]: [&'static str; 4], namespaced: bool) -> Self {
        Self {
            group: Cow::Borrowed(group),
            version: Cow::Borrowed(version),
            kind: Cow::Borrowed(kind),
            plural: Cow::Borrowed(plural),
            namespaced,
        }
    }

    /// What objects say under `apiVersion`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The path of all objects, or of those in a namespace. The namespace of what has none is not said.
    pub fn collection(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "api" } else { "apis" };
        let version = self.api_version();
        match namespace.filter(|_| self.namespaced) {
            Some(name) => format!(
                "/{root}/{version}/namespaces/{}/{}",
                encoded(name),
                self.plural
            ),
            None => format!("/{root}/{version}/{}", self.plural),
        }
    }

    /// The path of one object. Of what belongs to a namespace but names none it is the one in `default`.
    pub fn path(&self, namespace: Option<&str>, name: &str) -> String {
        let namespace = namespace.or(Some("default"));
        format!("{}/{}", self.collection(namespace), encoded(name))
    }

    /// Gives an object of a list what only the list says: its `apiVersion` and `kind`, as its first members.
    pub fn complete(&self, object: &mut Json) {
        if let Json::Object(members) = object {
            let api_version = Json::String(self.api_version());
            members.shift_insert(0, "apiVersion".to_owned(), api_version);
            members.shift_insert(1, "kind".to_owned(), Json::String(self.kind.to_string()));
        }
    }
}

impl std::fmt::Display for Kind {
    /// `Pod` or `apps/Deployment`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.group.is_empty() {
            f.write_str(&self.kind)
        } else {
            write!(f, "{}/{}", self.group, self.kind)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_say_group_namespace_and_name() {
        let cases = [
            (Kind::POD, Some("a"), "/api/v1/namespaces/a/pods/x"),
            (Kind::POD, None, "/api/v1/namespaces/default/pods/x"),
            (Kind::NODE, Some("a"), "/api/v1/nodes/x"),
            (
                Kind::DEPLOYMENT,
                Some("a"),
                "/apis/apps/v1/namespaces/a/deployments/x",
            ),
            (
                Kind::POD,
                Some("a/../b?"),
                "/api/v1/namespaces/a%2F..%2Fb%3F/pods/x",
            ),
        ];
        for (kind, namespace, path) in cases {
            assert_eq!(kind.path(namespace, "x"), path);
        }
        assert_eq!(Kind::POD.collection(None), "/api/v1/pods");
    }

    #[test]
    fn objects_of_lists_are_completed_in_the_usual_order() {
        let mut object = json!({"metadata": {"name": "a"}, "kind": "?"});
        Kind::DEPLOYMENT.complete(&mut object);
        assert_eq!(
            object.to_string(),
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"}}"#
        );
    }
}

//! What a finding is about.

use serde::{Deserialize, Deserializer, Serialize};

use crate::{Json, Object};

/// An object of a cluster, or nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is; nothing for all other kinds.
    #[serde(default)]
    pub kind: Option<SubjectKind>,
    /// Its namespace.
    #[serde(default)]
    pub namespace: Option<String>,
    /// The node that it is or runs on.
    #[serde(default)]
    pub node: Option<String>,
    /// The container that it is about.
    #[serde(default)]
    pub container: Option<String>,
    /// Its labels.
    #[serde(default, deserialize_with = "or_empty")]
    pub labels: Object,
    /// Its annotations.
    #[serde(default, deserialize_with = "or_empty")]
    pub annotations: Object,
}

fn or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Subject {
    /// The subject that an object of a cluster is.
    pub fn of(object: &Json) -> Self {
        let text = |path: &str| {
            object
                .pointer(path)
                .and_then(Json::as_str)
                .map(str::to_owned)
        };
        let members = |path: &str| {
            let found = object.pointer(path).and_then(Json::as_object);
            found.cloned().unwrap_or_default()
        };
        let kind = text("/kind").unwrap_or_default();
        let name = text("/metadata/name");
        let node = if kind == "Node" {
            name.clone()
        } else {
            text("/spec/nodeName")
        };
        Self {
            name,
            kind: SubjectKind::of(&kind),
            namespace: text("/metadata/namespace"),
            node,
            container: None,
            labels: members("/metadata/labels"),
            annotations: members("/metadata/annotations"),
        }
    }
}

/// The kinds of objects that findings have a word for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// A Deployment.
    Deployment,
    /// A Node.
    Node,
    /// A Pod.
    Pod,
    /// A Job.
    Job,
    /// A DaemonSet.
    DaemonSet,
    /// A StatefulSet.
    StatefulSet,
    /// A HorizontalPodAutoscaler.
    HorizontalPodAutoscaler,
    /// Releases of Helm.
    HelmReleases,
}

impl SubjectKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Deployment,
        Self::Node,
        Self::Pod,
        Self::Job,
        Self::DaemonSet,
        Self::StatefulSet,
        Self::HorizontalPodAutoscaler,
        Self::HelmReleases,
    ];

    /// The kind with that name, whatever its case.
    pub fn of(kind: &str) -> Option<Self> {
        let kind = kind.to_lowercase();
        Self::ALL.into_iter().find(|known| known.as_str() == kind)
    }

    /// The word that sinks are asked for.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::Node => "node",
            Self::Pod => "pod",
            Self::Job => "job",
            Self::DaemonSet => "daemonset",
            Self::StatefulSet => "statefulset",
            Self::HorizontalPodAutoscaler => "horizontalpodautoscaler",
            Self::HelmReleases => "helmreleases",
        }
    }

    /// Robusta's name for it, which is part of fingerprints.
    pub(super) const fn constant(self) -> &'static str {
        match self {
            Self::Deployment => "TYPE_DEPLOYMENT",
            Self::Node => "TYPE_NODE",
            Self::Pod => "TYPE_POD",
            Self::Job => "TYPE_JOB",
            Self::DaemonSet => "TYPE_DAEMONSET",
            Self::StatefulSet => "TYPE_STATEFULSET",
            Self::HorizontalPodAutoscaler => "TYPE_HPA",
            Self::HelmReleases => "TYPE_HELM_RELEASES",
        }
    }
}

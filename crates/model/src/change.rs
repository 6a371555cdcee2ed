//! What happened to one object of a Kubernetes cluster.

use serde::{Deserialize, Serialize};

use crate::Json;

/// One change of one object, as a watch or kubewatch tells it. The names are those of kubewatch's wire form, but for
/// `api_version`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What was done.
    pub operation: Operation,
    /// The object's kind, such as `Pod`.
    pub kind: String,
    /// The object's group and version, such as `apps/v1`; `v1` for the core group.
    pub api_version: String,
    /// For people; empty where the source has nothing to say.
    #[serde(default)]
    pub description: String,
    /// The object; of a deletion, as it was last.
    pub obj: Json,
    /// The object as it was before an update, where that is known.
    #[serde(default)]
    pub old_obj: Option<Json>,
}

/// What was done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// It is new.
    Create,
    /// It is not what it was.
    Update,
    /// It is gone.
    Delete,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Create, Self::Update, Self::Delete];

    /// The word in triggers, records and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// Takes back what [`Operation::as_str`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operation| operation.as_str() == text)
    }
}

//! What belongs together: everything that one cause set off.

use serde::{Deserialize, Serialize};

use crate::{Id, Timestamp};

/// The trace that an event or an execution is part of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceContext {
    /// The trace's id.
    #[serde(default, rename = "id_", skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// Its tag: given by the sender, else made by the source. Tags are not unique.
    #[serde(default, rename = "trace_tag", skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// A trace, without its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// Its id.
    pub id: Id,
    /// Its tag.
    pub tag: String,
    /// When its first member came.
    pub started_at: Timestamp,
}

/// One member of a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceLink {
    /// The trace.
    pub trace: Id,
    /// What kind of thing the member is.
    pub kind: TraceKind,
    /// The member's id.
    pub object: Id,
    /// The member's reference at that time; empty where it has none.
    pub reference: String,
    /// When it joined.
    pub linked_at: Timestamp,
    /// What caused it.
    pub caused_by: Option<(TraceKind, Id)>,
}

/// What a member of a trace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceKind {
    /// An event.
    TriggerInstance,
    /// A rule that matched.
    Rule,
    /// An execution.
    ActionExecution,
}

impl TraceKind {
    /// The word in records and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TriggerInstance => "trigger_instance",
            Self::Rule => "rule",
            Self::ActionExecution => "action_execution",
        }
    }

    /// Takes back what [`TraceKind::as_str`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::TriggerInstance, Self::Rule, Self::ActionExecution]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

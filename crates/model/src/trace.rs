//! What belongs together: everything that one cause set off.
//!
//! A trace is not recorded: events and executions say which one they are part of, and the rest follows from what caused
//! what. It has the id of the event or the execution that it began with.

use serde::{Deserialize, Serialize};

use crate::traceparent::{Traceparent, Tracestate};
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
    /// Its place in a trace of others, by W3C's `traceparent` that came with it.
    #[serde(
        default,
        rename = "traceparent",
        skip_serializing_if = "Option::is_none"
    )]
    pub parent: Option<Traceparent>,
    /// What others want to be kept beside it: W3C's `tracestate`.
    #[serde(
        default,
        rename = "tracestate",
        skip_serializing_if = "Option::is_none"
    )]
    pub state: Option<Tracestate>,
}

/// A trace with its members, each kind in the order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Its id.
    pub id: Id,
    /// Its tag.
    pub tag: String,
    /// When its first member came.
    pub started_at: Timestamp,
    /// The events.
    pub events: Vec<Member>,
    /// The rules that answered them.
    pub rules: Vec<Member>,
    /// The executions.
    pub executions: Vec<Member>,
}

impl Trace {
    /// What those who join it say.
    pub fn context(&self) -> TraceContext {
        TraceContext {
            id: Some(self.id),
            tag: Some(self.tag.clone()),
            ..TraceContext::default()
        }
    }
}

/// One member of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub object: Id,
    /// The reference of the event's trigger, of the rule, or of the execution's action.
    pub reference: String,
    /// When it joined.
    pub at: Timestamp,
    /// What caused it; nothing for what came from outside.
    pub cause: Option<Cause>,
}

/// What caused a member of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// This event.
    Event(Id),
    /// A rule, when it answered an event.
    Rule {
        /// The rule.
        rule: Id,
        /// The event.
        event: Id,
    },
    /// This execution.
    Execution(Id),
}

//! Something happened. StackStorm's word is *trigger instance*.

use serde::{Deserialize, Serialize};

use crate::trace::TraceContext;
use crate::{Id, Json, Reference, Timestamp};

/// One thing that happened, durable before its sender is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its id, also the id of StackStorm's trigger instance.
    pub id: Id,
    /// The trigger it belongs to.
    pub trigger: Reference,
    /// What is known about it; an object for every source that Squall has.
    pub payload: Json,
    /// When it happened, as far as the source knows.
    pub occurred_at: Timestamp,
    /// How far the rules have come with it.
    pub status: EventStatus,
    /// The trace it is part of.
    pub trace: TraceContext,
}

/// How far the rules have come with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// Durable, not decided yet.
    Pending,
    /// Every rule has said yes or no.
    Processed,
    /// The rules could not be asked; the reason is in the log and in the event's decisions.
    ProcessingFailed,
}

impl EventStatus {
    /// The word in records and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processed => "processed",
            Self::ProcessingFailed => "processing_failed",
        }
    }

    /// Takes back what [`EventStatus::as_str`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Processed, Self::ProcessingFailed]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

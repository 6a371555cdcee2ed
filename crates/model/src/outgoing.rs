//! A finding on its way to a sink.

use serde::{Deserialize, Serialize};

use crate::{Id, Json, Timestamp};

/// One finding for one sink. It is recorded with the outcome of the execution that found it, and delivered at least once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Its id, the same in every attempt: services that ask for an idempotency key get this one.
    pub id: Id,
    /// The execution that found it.
    pub execution: Id,
    /// The name of the sink.
    pub sink: String,
    /// How far it has come.
    pub status: OutgoingStatus,
    /// When it is to be tried next, or was settled.
    pub due_at: Timestamp,
    /// When it may be forgotten, once it is settled.
    pub until: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it could not be delivered, the last time it could not.
    pub failure: Option<String>,
    /// The finding.
    pub finding: Json,
}

/// How far a finding has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutgoingStatus {
    /// It waits for its next attempt.
    Waiting,
    /// The sink has taken it.
    Delivered,
    /// The sink's settings keep it away: they do not match, or it is muted.
    Filtered,
    /// It was refused for good, or too often.
    GivenUp,
}

impl OutgoingStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Waiting,
        Self::Delivered,
        Self::Filtered,
        Self::GivenUp,
    ];

    /// The word in records and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Filtered => "filtered",
            Self::GivenUp => "given_up",
        }
    }

    /// Takes back what [`OutgoingStatus::as_str`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

//! What a part of the server remembers across restarts.

use serde::{Deserialize, Serialize};

use crate::{Json, Timestamp};

/// One thing remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memo {
    /// Which part of the server remembers it.
    pub topic: Topic,
    /// Its name within the topic; there is one memo of a name.
    pub name: String,
    /// What is remembered, in the form of its topic.
    pub value: Json,
    /// When it may be forgotten; `None` keeps it until it is deleted.
    pub until: Option<Timestamp>,
}

/// Which part of the server remembers something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// When something was done that may not be done too often.
    RateLimit,
    /// How far a schedule has come.
    Schedule,
    /// Up to where a watch has seen its cluster.
    Watch,
    /// The last form of an object that is watched.
    Object,
    /// How far a sink has come with grouping.
    Grouping,
    /// A Helm release that something is being done with.
    Release,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::RateLimit,
        Self::Schedule,
        Self::Watch,
        Self::Object,
        Self::Grouping,
        Self::Release,
    ];

    /// The word in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RateLimit => "rate_limit",
            Self::Schedule => "schedule",
            Self::Watch => "watch",
            Self::Object => "object",
            Self::Grouping => "grouping",
            Self::Release => "release",
        }
    }

    /// Takes back what [`Topic::as_str`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == text)
    }
}

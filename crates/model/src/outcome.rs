//! How an attempt ended.

use serde::{Deserialize, Serialize};

use crate::Json;
use crate::execution::Status;

/// What an action did, as data: a failing action is not an error of Squall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub verdict: Verdict,
    /// What it gave, in the runner's shape.
    pub result: Json,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It did what it was asked.
    Succeeded,
    /// It said it could not, or broke.
    Failed,
    /// It was killed after its timeout.
    TimedOut,
    /// It was killed because somebody asked.
    Cancelled,
    /// Its process was taken away by something other than Squall, or its owner died.
    Abandoned,
}

impl Outcome {
    /// An action that did what it was asked.
    pub fn succeeded(result: Json) -> Self {
        Self {
            verdict: Verdict::Succeeded,
            result,
        }
    }

    /// An action that failed with a result of its own.
    pub fn failed(result: Json) -> Self {
        Self {
            verdict: Verdict::Failed,
            result,
        }
    }

    /// An action that could not be carried out: the result is `{error, traceback}` as in StackStorm.
    pub fn error(message: impl Into<String>) -> Self {
        Self::failed(serde_json::json!({"error": message.into(), "traceback": ""}))
    }
}

impl Verdict {
    /// The status an execution gets from it.
    pub const fn status(self) -> Status {
        match self {
            Self::Succeeded => Status::Succeeded,
            Self::Failed => Status::Failed,
            Self::TimedOut => Status::Timeout,
            Self::Cancelled => Status::Canceled,
            Self::Abandoned => Status::Abandoned,
        }
    }
}

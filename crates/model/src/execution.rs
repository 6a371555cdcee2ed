//! One doing of an action.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::rule::Rule;
use crate::runner::RunnerType;
use crate::trace::TraceContext;
use crate::trigger::{Trigger, TriggerType};
use crate::{Id, Object, Reference, Timestamp};

/// One doing of an action: an aggregate that only `engine::execution::step` changes.
///
/// The result is not here: results may be large and are kept apart, see [`crate::record::Record::Result`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// Its id.
    pub id: Id,
    /// The id of StackStorm's internal twin, which clients and the stream still show.
    pub liveaction: Id,
    /// Grows by one with each recorded change: the fence against a stale owner.
    pub version: u64,
    /// Where it stands.
    pub status: Status,
    /// The action.
    pub action: Reference,
    /// The runner's name.
    pub runner: String,
    /// The [`Definition`] that was in force when it was requested.
    pub definition: Digest,
    /// What it was given, rendered and cast. Secrets are in clear here and masked by every reader.
    pub parameters: Object,
    /// `user`, `trace_context`, `parent`, `rule`, ... as StackStorm's context.
    pub context: Object,
    /// The execution that asked for it, in a workflow.
    #[serde(default)]
    pub parent: Option<Id>,
    /// The executions it asked for.
    #[serde(default)]
    pub children: Vec<Id>,
    /// The event it answers, if a rule started it.
    #[serde(default)]
    pub event: Option<Id>,
    /// The rule that started it.
    #[serde(default)]
    pub rule: Option<Reference>,
    /// Whom to tell when it ends: `on-complete`, `on-success`, `on-failure`.
    #[serde(default)]
    pub notify: Object,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// How many milliseconds after the request it is to begin; 0 for as soon as there is room.
    #[serde(default, rename = "delay")]
    pub delay_millis: u64,
    /// When it came to its final status.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// The try under way, or the last one.
    #[serde(default)]
    pub attempt: Option<Attempt>,
    /// Every change of status, oldest first.
    pub log: Vec<Transition>,
    /// Size of the recorded result in bytes of JSON; 0 without one.
    #[serde(default)]
    pub result_size: u64,
}

impl Execution {
    /// The trace it is part of.
    pub fn trace(&self) -> TraceContext {
        let trace = self.context.get("trace_context");
        trace
            .and_then(|trace| TraceContext::deserialize(trace).ok())
            .unwrap_or_default()
    }

    /// From when on it may begin.
    pub fn due_at(&self) -> Timestamp {
        let delay = i64::try_from(self.delay_millis).unwrap_or(i64::MAX);
        self.requested_at.plus_millis(delay)
    }
}

/// One try of an execution by one owner under one lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// 1 for the first try.
    pub epoch: u32,
    /// The node that owns it.
    pub owner: String,
    /// When it began.
    pub started_at: Timestamp,
}

/// One recorded change of an execution's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// The status it came to.
    pub status: Status,
    /// When.
    #[serde(rename = "timestamp")]
    pub at: Timestamp,
}

/// What was in force when an execution was requested; stored once for all executions that share it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// The action.
    pub action: Arc<Action>,
    /// Its runner.
    pub runner: Arc<RunnerType>,
    /// The rule that asked, if one did.
    #[serde(default)]
    pub rule: Option<Arc<Rule>>,
    /// The trigger of the event.
    #[serde(default)]
    pub trigger: Option<Arc<Trigger>>,
    /// The type of that trigger.
    #[serde(default)]
    pub trigger_type: Option<Arc<TriggerType>>,
}

/// Names a [`Definition`] by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub Id);

impl Definition {
    /// The digest of its recorded form.
    pub fn digest(&self) -> Digest {
        Digest(Id::of(&serde_json::to_string(self).unwrap_or_default()))
    }
}

/// Where an execution stands: StackStorm's 14 words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Asked for.
    Requested,
    /// Accepted; its turn comes.
    Scheduled,
    /// Waiting for a moment or for others.
    Delayed,
    /// Being carried out.
    Running,
    /// Did what it was asked.
    Succeeded,
    /// Said it could not, or broke.
    Failed,
    /// Took too long and was killed.
    Timeout,
    /// Its owner died, or its process was taken away; whether it had an effect is unknown.
    Abandoned,
    /// Asked to stop, not stopped yet.
    Canceling,
    /// Stopped because somebody asked.
    Canceled,
    /// Waiting for a person's answer.
    Pending,
    /// Asked to pause, not paused yet.
    Pausing,
    /// Paused.
    Paused,
    /// Asked to go on, not going yet.
    Resuming,
}

impl Status {
    /// All of them, in the order of the enum.
    pub const ALL: [Self; 14] = [
        Self::Requested,
        Self::Scheduled,
        Self::Delayed,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Timeout,
        Self::Abandoned,
        Self::Canceling,
        Self::Canceled,
        Self::Pending,
        Self::Pausing,
        Self::Paused,
        Self::Resuming,
    ];

    /// The word in records and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Scheduled => "scheduled",
            Self::Delayed => "delayed",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Abandoned => "abandoned",
            Self::Canceling => "canceling",
            Self::Canceled => "canceled",
            Self::Pending => "pending",
            Self::Pausing => "pausing",
            Self::Paused => "paused",
            Self::Resuming => "resuming",
        }
    }

    /// Takes back what [`Status::as_str`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether nothing more will happen to the execution.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Failed | Self::Timeout | Self::Canceled | Self::Abandoned
        )
    }

    /// Whether a cancel request is accepted. A pending inquiry is not cancelable, as in StackStorm.
    pub const fn is_cancelable(self) -> bool {
        matches!(
            self,
            Self::Requested
                | Self::Scheduled
                | Self::Delayed
                | Self::Running
                | Self::Pausing
                | Self::Paused
                | Self::Resuming
        )
    }
}

//! What a transaction can write, and what can be asked of the records.
//!
//! Everything the engine commands and every change a person makes becomes a [`Batch`] of [`Record`]s. A batch is written
//! whole or not at all; many batches share one commit.

use serde::{Deserialize, Serialize};

use crate::decision::Decision;
use crate::delivery::Delivery;
use crate::event::{Event, EventStatus};
use crate::execution::{Definition, Digest, Execution, Status};
use crate::identity::{ApiKey, Token};
use crate::key::{Key, Scope};
use crate::memo::{Memo, Topic};
use crate::outgoing::Outgoing;
use crate::trace::{Member, Trace};
use crate::{Id, Json, Timestamp};

/// Records that are written together or not at all.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// In this order.
    pub records: Vec<Record>,
}

/// One thing to write.
#[derive(Debug, Clone)]
pub enum Record {
    /// A new event.
    Event(Event),
    /// A delivery from outside. Refuses the batch if it was taken before and is not forgotten yet.
    Delivery(Delivery),
    /// The event has been decided under the rule set with this hash. Refuses the batch if it was decided before.
    Decided {
        /// The event.
        event: Id,
        /// What it became.
        status: EventStatus,
        /// Hash of the rules that were asked.
        rules: u64,
    },
    /// A verdict.
    Decision(Decision),
    /// What an execution's digest stands for; nothing happens if it is known already.
    Definition(Digest, Box<Definition>),
    /// A new execution (version 1), or the next version of a known one. Refuses the batch if the recorded version is not
    /// the one before. What was given with version 1 as `liveaction`, `requested_at`, `definition`, `parent` and `event`
    /// stays.
    Execution(Box<Execution>),
    /// The result of an execution; replaces an earlier one.
    Result {
        /// The execution.
        execution: Id,
        /// The result, as the runner gave it.
        result: Json,
    },
    /// Something an action printed.
    Output(OutputChunk),
    /// A key, new or replaced (by scope, user and name).
    Key(Key),
    /// A key that is no more.
    KeyDeleted {
        /// Whose it was.
        scope: Scope,
        /// The user it belonged to; empty for the system's.
        user: String,
        /// Its name.
        name: String,
    },
    /// A new token.
    Token(Token),
    /// A token that is no more.
    TokenDeleted(Id),
    /// An API key, new or replaced.
    ApiKey(ApiKey),
    /// An API key that is no more.
    ApiKeyDeleted(Id),
    /// Something registered over REST, new or replaced.
    Resource(Resource),
    /// A registration that is no more.
    ResourceDeleted {
        /// What kind of thing it was.
        kind: ResourceKind,
        /// Its reference.
        reference: String,
    },
    /// Something remembered, new or replaced (by topic and name).
    Memo(Memo),
    /// Something that need not be remembered any more.
    MemoDeleted {
        /// Its topic.
        topic: Topic,
        /// Its name.
        name: String,
    },
    /// A finding on its way to a sink, new or replaced. What was given first as `execution`, `sink` and `finding` stays.
    Outgoing(Box<Outgoing>),
    /// Keys, tokens, memos and settled findings whose time was over by this moment are no more.
    Expired(Timestamp),
}

/// A piece of an action's output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputChunk {
    /// The execution.
    pub execution: Id,
    /// Grows within the execution, from 1. What is printed when it is carried out again begins at a multiple of 2^32.
    pub sequence: u64,
    /// `stdout`, `stderr` or `output`.
    pub kind: OutputKind,
    /// When it was read.
    pub at: Timestamp,
    /// The text; bytes that are not UTF-8 are replaced.
    pub data: String,
}

/// Where output came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputKind {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// Whatever the runner itself has to say.
    Output,
}

impl OutputKind {
    /// The word in records and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Output => "output",
        }
    }

    /// Takes back what [`OutputKind::as_str`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Stdout, Self::Stderr, Self::Output]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// Something registered over REST, or a change over REST to what a pack brings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// What kind of thing it is.
    pub kind: ResourceKind,
    /// Its reference, or its name if it has none.
    pub reference: String,
    /// Its recorded form: the model's own serialisation.
    pub body: Json,
    /// Digest of the pack's file it changes, so that a newer file wins; `None` for what has no file.
    pub replaces: Option<String>,
}

/// What kind of thing a [`Resource`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// A rule.
    Rule,
    /// An action.
    Action,
    /// A trigger type.
    TriggerType,
    /// A trigger.
    Trigger,
    /// A sensor.
    Sensor,
    /// A runner's settings.
    Runner,
    /// A pack's config values.
    Config,
}

impl ResourceKind {
    const ALL: [Self; 7] = [
        Self::Rule,
        Self::Action,
        Self::TriggerType,
        Self::Trigger,
        Self::Sensor,
        Self::Runner,
        Self::Config,
    ];

    /// The word in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Action => "action",
            Self::TriggerType => "trigger_type",
            Self::Trigger => "trigger",
            Self::Sensor => "sensor",
            Self::Runner => "runner",
            Self::Config => "config",
        }
    }

    /// Takes back what [`ResourceKind::as_str`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Which part of a list, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many to leave out first.
    pub offset: u64,
    /// How many at most; `None` for all.
    pub limit: Option<u64>,
    /// Oldest first instead of newest first.
    pub ascending: bool,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            offset: 0,
            limit: Some(100),
            ascending: false,
        }
    }
}

/// Part of a list, and how many there are in all.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// The part asked for.
    pub items: Vec<T>,
    /// How many match, on all pages.
    pub total: u64,
}

/// What may be forgotten: whatever was over before these moments. `None` keeps everything of a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Horizon {
    /// Executions in a final status, each with its result, its output and the executions it asked for.
    pub executions: Option<Timestamp>,
    /// Output of executions in a final status; the executions stay.
    pub output: Option<Timestamp>,
    /// Decisions.
    pub decisions: Option<Timestamp>,
    /// Events that are decided, unless an execution that is not in a final status answers them.
    pub events: Option<Timestamp>,
}

/// How much was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Executions.
    pub executions: u64,
    /// Pieces of output, those of forgotten executions included.
    pub output: u64,
    /// Decisions.
    pub decisions: u64,
    /// Events.
    pub events: u64,
}

impl Forgotten {
    /// Adds what was forgotten besides.
    pub fn add(&mut self, more: Self) {
        let pairs = [
            (&mut self.executions, more.executions),
            (&mut self.output, more.output),
            (&mut self.decisions, more.decisions),
            (&mut self.events, more.events),
        ];
        for (sum, more) in pairs {
            *sum = sum.saturating_add(more);
        }
    }

    /// Whether nothing was.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Which events. Empty fields do not restrict.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// These ids.
    pub ids: Vec<Id>,
    /// Of these triggers (references).
    pub triggers: Vec<String>,
    /// In this status.
    pub status: Option<EventStatus>,
    /// Later than.
    pub after: Option<Timestamp>,
    /// Earlier than.
    pub before: Option<Timestamp>,
}

/// Which decisions. Empty fields do not restrict.
#[derive(Debug, Clone, Default)]
pub struct DecisionFilter {
    /// These ids.
    pub ids: Vec<Id>,
    /// Of this rule (reference).
    pub rule_ref: Option<String>,
    /// Of this rule (id).
    pub rule: Option<Id>,
    /// On this event.
    pub event: Option<Id>,
    /// That asked for this execution.
    pub execution: Option<Id>,
    /// Later than.
    pub after: Option<Timestamp>,
    /// Earlier than.
    pub before: Option<Timestamp>,
}

/// Which executions. Empty fields do not restrict.
#[derive(Debug, Clone, Default)]
pub struct ExecutionFilter {
    /// These ids.
    pub ids: Vec<Id>,
    /// In one of these statuses.
    pub statuses: Vec<Status>,
    /// Of this action (reference).
    pub action: Option<String>,
    /// Of this runner.
    pub runner: Option<String>,
    /// Asked for by this user.
    pub user: Option<String>,
    /// Children of this execution.
    pub parent: Option<Id>,
    /// Only executions without a parent.
    pub roots_only: bool,
    /// Started by one of these rules (references).
    pub rules: Vec<String>,
    /// Answering an event of this trigger, by its name or reference.
    pub trigger: Option<String>,
    /// Answering an event of a trigger of this type, by its name or reference.
    pub trigger_type: Option<String>,
    /// Answering this event.
    pub event: Option<Id>,
    /// With this twin id.
    pub liveaction: Option<Id>,
    /// Requested later than.
    pub after: Option<Timestamp>,
    /// Requested earlier than.
    pub before: Option<Timestamp>,
}

/// Which keys. Empty fields do not restrict.
#[derive(Debug, Clone, Default)]
pub struct KeyFilter {
    /// In this scope.
    pub scope: Option<Scope>,
    /// Of this user.
    pub user: Option<String>,
    /// Whose names begin so.
    pub prefix: Option<String>,
}

/// Which traces. Empty fields do not restrict.
#[derive(Debug, Clone, Default)]
pub struct TraceFilter {
    /// These ids.
    pub ids: Vec<Id>,
    /// With this tag.
    pub tag: Option<String>,
    /// With this event.
    pub event: Option<Id>,
    /// With an answer of this rule.
    pub rule: Option<Id>,
    /// With this execution.
    pub execution: Option<Id>,
}

impl TraceFilter {
    /// Whether a trace fulfils all that is asked for.
    pub fn fits(&self, trace: &Trace) -> bool {
        let has = |members: &[Member], wanted: Option<Id>| {
            wanted.is_none_or(|id| members.iter().any(|member| member.object == id))
        };
        (self.ids.is_empty() || self.ids.contains(&trace.id))
            && self.tag.as_ref().is_none_or(|tag| *tag == trace.tag)
            && has(&trace.events, self.event)
            && has(&trace.rules, self.rule)
            && has(&trace.executions, self.execution)
    }
}

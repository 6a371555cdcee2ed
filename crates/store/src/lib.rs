//! What is recorded.
//!
//! [`Store`] is the whole contract: one way to write ([`Store::commit`]) and a few ways to read. An answered commit is on
//! disk: no caller tells anybody about a change before its commit has returned. SQLite is the embedded store; the same
//! contract test runs against every store there is.
//!
//! Lists are newest first by the time that their rows bear, then by the order of recording. `after` and `before` exclude
//! the moment they name. Traces are not recorded: they are put together of what is, when somebody asks.
//!
//! Left out deliberately: deciding anything. The store knows fences (an execution's version, an event decided once),
//! because only it can check them within the transaction, and nothing else about what the records mean.

pub mod sqlite;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use squall_model::decision::Decision;
use squall_model::delivery::Delivery;
use squall_model::event::Event;
use squall_model::execution::{Definition, Digest, Execution, Status};
use squall_model::histogram::Counted;
use squall_model::identity::{ApiKey, Token};
use squall_model::key::{Key, Scope};
use squall_model::memo::{Memo, Topic};
use squall_model::outgoing::Outgoing;
use squall_model::record::{
    Batch, DecisionFilter, EventFilter, ExecutionFilter, Forgotten, Horizon, KeyFilter, Listed,
    OutputChunk, OutputKind, Page, Resource, TraceFilter,
};
use squall_model::trace::Trace;
use squall_model::{Id, Json, Timestamp};

pub use sqlite::{Sqlite, Walk};

/// What a store answers, later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Where everything is recorded.
pub trait Store: Send + Sync + 'static {
    /// Writes a batch whole or not at all. When this returns `Ok`, the batch survives a power cut.
    ///
    /// After [`Error::Unwritten`] and [`Error::Stopped`] nothing is promised: a batch that met a failing disk may yet be
    /// found after a restart. Dropping the answer does not take the batch back.
    ///
    /// A batch whose fence is stale is refused with [`Error::Stale`], one whose delivery was taken before with
    /// [`Error::Delivered`]; batches that happen to share its commit are not
    /// affected.
    fn commit(&self, batch: Batch) -> Answer<'_, ()>;

    /// Removes the next few of those records that lie behind the horizon, beginning with the oldest: so few that commits
    /// beside it hardly notice. Whatever is younger, undecided or not in a final status is not touched, and totals stay
    /// exact.
    ///
    /// A walk begins with [`Walk::default`] and goes on with [`Slice::rest`] until there is none.
    fn forget(&self, horizon: Horizon, walk: Walk) -> Answer<'_, Slice>;

    /// One event.
    fn event(&self, id: Id) -> Answer<'_, Option<Event>>;
    /// Events, newest first unless the page says otherwise.
    fn events(&self, filter: EventFilter, page: Page) -> Answer<'_, Listed<Event>>;
    /// Events that are durable but not decided, oldest first: what a crash left to do.
    fn pending_events(&self, limit: u64) -> Answer<'_, Vec<Event>>;

    /// Those of these deliveries that were taken and are not forgotten.
    fn deliveries(&self, keys: Vec<Id>) -> Answer<'_, Vec<Delivery>>;

    /// One decision.
    fn decision(&self, id: Id) -> Answer<'_, Option<Decision>>;
    /// Decisions, newest first unless the page says otherwise.
    fn decisions(&self, filter: DecisionFilter, page: Page) -> Answer<'_, Listed<Decision>>;

    /// One execution.
    fn execution(&self, id: Id) -> Answer<'_, Option<Execution>>;
    /// Executions, newest first unless the page says otherwise.
    fn executions(&self, filter: ExecutionFilter, page: Page) -> Answer<'_, Listed<Execution>>;
    /// Executions that are not in a final status, oldest first: what a crash left to settle.
    fn unfinished_executions(&self) -> Answer<'_, Vec<Execution>>;
    /// The different values of one column among all executions, for the filters of a user interface.
    fn execution_values(&self, column: ExecutionColumn) -> Answer<'_, Vec<String>>;
    /// How many executions there are in each status.
    fn execution_counts(&self) -> Answer<'_, Vec<(Status, u64)>>;
    /// What an execution's digest stands for.
    fn definition(&self, digest: Digest) -> Answer<'_, Option<Definition>>;
    /// The result of an execution.
    fn result(&self, execution: Id) -> Answer<'_, Option<Json>>;
    /// What an action printed, in order, from after a sequence number on.
    fn output(
        &self,
        execution: Id,
        kind: Option<OutputKind>,
        after: u64,
        limit: u64,
    ) -> Answer<'_, Vec<OutputChunk>>;

    /// One trace.
    fn trace(&self, id: Id) -> Answer<'_, Option<Trace>>;
    /// Traces, by the time of their beginning, newest first unless the page says otherwise.
    fn traces(&self, filter: TraceFilter, page: Page) -> Answer<'_, Listed<Trace>>;

    /// One key, unless it has expired.
    fn key(&self, scope: Scope, user: String, name: String) -> Answer<'_, Option<Key>>;
    /// Keys that have not expired, by name.
    fn keys(&self, filter: KeyFilter, page: Page) -> Answer<'_, Listed<Key>>;

    /// The token with this hash, expired or not.
    fn token(&self, hash: String) -> Answer<'_, Option<Token>>;
    /// The API key with this hash.
    fn api_key(&self, hash: String) -> Answer<'_, Option<ApiKey>>;
    /// All API keys, by creation.
    fn api_keys(&self) -> Answer<'_, Vec<ApiKey>>;

    /// Everything registered over REST.
    fn resources(&self) -> Answer<'_, Vec<Resource>>;

    /// What is remembered of a topic and not to be forgotten yet, by name.
    fn memos(&self, topic: Topic) -> Answer<'_, Vec<Memo>>;
    /// What is remembered under a name of a topic and not to be forgotten yet.
    fn memo(&self, topic: Topic, name: String) -> Answer<'_, Option<Memo>>;

    /// The findings that are due at a sink, those that have waited longest first.
    fn due_outgoing(&self, sink: String, limit: u64) -> Answer<'_, Vec<Outgoing>>;
    /// When the next finding is due at a sink, perhaps in the past.
    fn next_outgoing(&self, sink: String) -> Answer<'_, Option<Timestamp>>;
    /// What an execution has found for sinks, in the order in which it was recorded.
    fn outgoing_of(&self, execution: Id) -> Answer<'_, Vec<Outgoing>>;

    /// Whether commits are being written.
    fn health(&self) -> Health;

    /// How commits have gone since the store was opened.
    fn figures(&self) -> Figures;
}

/// How reading and writing have gone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// How long they took, from asking for one until it was durable.
    pub commits: Counted,
    /// How many could not be written. A stale fence is no failure.
    pub failures: u64,
    /// How many damaged records were come across. They are left out wherever many are read, and an [`Error::Damaged`]
    /// where one is asked for.
    pub damaged: u64,
}

/// A part of what is to be forgotten that has been.
#[derive(Debug, Clone, Default)]
pub struct Slice {
    /// How much.
    pub forgotten: Forgotten,
    /// Where to go on; `None` at the end.
    pub rest: Option<Walk>,
}

/// A column of executions that users choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutionColumn {
    /// The action's reference.
    Action,
    /// The runner.
    Runner,
    /// The user who asked.
    User,
    /// The rule's reference.
    Rule,
    /// The status.
    Status,
    /// The name of the trigger of the event that was answered.
    Trigger,
    /// The name of that trigger's type.
    TriggerType,
}

/// Whether the store can be relied on at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It writes and reads.
    Ready,
    /// The last commit failed, for this reason. The store tries again by itself.
    Failing(String),
    /// It will never write again.
    Stopped,
}

/// What lies under an [`Error`]; shared, because one failure can answer many commits.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Why the store could not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The aggregate has moved on since its owner read it.
    #[error("{what} `{id}` has been changed by another owner")]
    Stale {
        /// What kind of thing.
        what: &'static str,
        /// Which one.
        id: Id,
    },
    /// The batch speaks of something that is not recorded.
    #[error("there is no {what} `{id}`")]
    Missing {
        /// What kind of thing.
        what: &'static str,
        /// Which one.
        id: Id,
    },
    /// A delivery of the batch was taken before.
    #[error("this was delivered before, as event `{event}`")]
    Delivered {
        /// What it became then.
        event: Id,
    },
    /// A value is nested too deeply.
    #[error("a value is nested deeper than {limit} levels")]
    TooDeep {
        /// How deep it may be.
        limit: usize,
    },
    /// The batch contradicts what is recorded, such as a second thing with the same id. Nothing of it was written.
    #[error("the batch contradicts what is recorded")]
    Contradiction(#[source] Cause),
    /// Nothing is known to be written: the disk is full or broken, or the store is being closed.
    #[error("cannot write to the store")]
    Unwritten(#[source] Cause),
    /// The store could not be read.
    #[error("cannot read from the store")]
    Unread(#[source] Cause),
    /// What was read is not what any version of Squall writes.
    #[error("a recorded {what} is damaged")]
    Damaged {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: Cause,
    },
    /// The store has been closed, or its writer has died.
    #[error("the store has stopped")]
    Stopped,
}

impl Error {
    pub(crate) fn unwritten(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Unwritten(Arc::new(cause))
    }

    pub(crate) fn unread(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Unread(Arc::new(cause))
    }

    /// For `map_err`: what was read does not make sense.
    pub(crate) fn damaged<E>(what: &'static str) -> impl FnOnce(E) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        move |cause| Self::Damaged {
            what,
            source: Arc::new(cause),
        }
    }
}

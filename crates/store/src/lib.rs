//! What is recorded.
//!
//! [`Store`] is the whole contract: one way to write ([`Store::commit`]) and a few ways to read. An answered commit is on
//! disk: no caller tells anybody about a change before its commit has returned. SQLite is the embedded store; the same
//! contract test runs against every store there is.
//!
//! Left out deliberately: deciding anything. The store knows fences (an execution's version, an event decided once),
//! because only it can check them within the transaction, and nothing else about what the records mean.

use std::future::Future;
use std::pin::Pin;

use squall_model::decision::Decision;
use squall_model::event::Event;
use squall_model::execution::{Definition, Digest, Execution, Status};
use squall_model::identity::{ApiKey, Token};
use squall_model::key::{Key, Scope};
use squall_model::record::{
    Batch, DecisionFilter, EventFilter, ExecutionFilter, KeyFilter, Listed, OutputChunk,
    OutputKind, Page, Resource, TraceFilter,
};
use squall_model::trace::{Trace, TraceLink};
use squall_model::{Id, Json};

/// What a store answers, later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Where everything is recorded.
pub trait Store: Send + Sync + 'static {
    /// Writes a batch whole or not at all. When this returns `Ok`, the batch survives a power cut.
    ///
    /// A batch whose fence is stale is refused with [`Error::Stale`]; batches that happen to share its commit are not
    /// affected.
    fn commit(&self, batch: Batch) -> Answer<'_, ()>;

    /// One event.
    fn event(&self, id: Id) -> Answer<'_, Option<Event>>;
    /// Events, newest first unless the page says otherwise.
    fn events(&self, filter: EventFilter, page: Page) -> Answer<'_, Listed<Event>>;
    /// Events that are durable but not decided, oldest first: what a crash left to do.
    fn pending_events(&self, limit: u64) -> Answer<'_, Vec<Event>>;

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
    fn trace(&self, id: Id) -> Answer<'_, Option<(Trace, Vec<TraceLink>)>>;
    /// Traces, newest first unless the page says otherwise.
    fn traces(
        &self,
        filter: TraceFilter,
        page: Page,
    ) -> Answer<'_, Listed<(Trace, Vec<TraceLink>)>>;

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
}

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
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
}

//! The embedded store: one SQLite file, one writer, a few readers.
//!
//! A batch's way: [`encode`] serialises it on the caller's thread, [`writer`] puts it into the next group, [`apply`] carries
//! it out, one synchronous commit makes the group durable, and every batch of it is answered. Reads go to [`readers`] and
//! are made of [`history`] (events, decisions, executions), [`trace`] and [`lookup`]. [`file`] opens and migrates.
//! What is old goes by way of [`retention`], which chooses it, and [`removal`], which is the writer's side of that.
//!
//! One process owns a store; other programs may read the file while it runs.

mod apply;
mod backup;
mod checkpoint;
mod classes;
mod column;
mod content;
mod damage;
mod encode;
mod events;
mod examine;
mod execution_row;
mod executions;
mod extent;
mod fences;
mod file;
mod history;
mod lookup;
mod memory;
mod mend;
mod nearest;
mod packed;
mod query;
mod readers;
mod removal;
mod retention;
mod row;
mod template;
mod trace;
mod values;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::Connection;
use squall_model::decision::Decision;
use squall_model::delivery::Delivery;
use squall_model::event::Event;
use squall_model::execution::{Definition, Digest, Execution, Status};
use squall_model::histogram::Histogram;
use squall_model::identity::{ApiKey, Token};
use squall_model::key::{Key, Scope};
use squall_model::memo::{Memo, Topic};
use squall_model::outgoing::Outgoing;
use squall_model::record::{
    Batch, DecisionFilter, EventFilter, ExecutionFilter, Horizon, KeyFilter, Listed, OutputChunk,
    OutputKind, Page, Record, Resource, TraceFilter,
};
use squall_model::trace::Trace;
use squall_model::{Id, Json, Timestamp};

use self::encode::Shared;
use self::readers::Readers;
use self::row::{Change, Upload};
use self::writer::Writer;
use crate::{Answer, ExecutionColumn, Figures, Health, Slice, Store};

pub use self::backup::{Written, backup, restore};
pub use self::examine::{Finding, Report, examine};
pub use self::file::Error;
pub use self::mend::mend;
pub use self::retention::Walk;

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Batches with longer values are serialised away from the caller's thread.
const LONG: usize = 64 * 1024;

/// The embedded store.
pub struct Sqlite {
    // In this order: the writer, which can, tidies up the log when it closes the file last; then the lock is given up.
    readers: Readers,
    writer: Writer,
    shared: Arc<Shared>,
    clock: Clock,
    commits: Histogram,
    failures: AtomicU64,
    _owned: file::Owned,
}

impl Sqlite {
    /// Opens the store in `path`, or makes a new one, readable by this user alone. Its directory must exist.
    ///
    /// Refuses a file that is something else, one that a newer version of Squall has written, and one that another
    /// process has open.
    pub fn open(path: &Path, clock: Clock) -> Result<Self, Error> {
        let owned = file::Owned::claim(path)?;
        let connection = file::open(path, clock())?;
        let shared = file::settle(&connection)?;
        let writer = Writer::start(connection, file::mover(path)?)?;
        let readers = Readers::start(|| file::reader(path))?;
        Ok(Self {
            readers,
            writer,
            shared: Arc::new(shared),
            clock,
            commits: Histogram::new(Histogram::QUICK),
            failures: AtomicU64::new(0),
            _owned: owned,
        })
    }

    async fn write(&self, batch: Batch) -> Result<(), crate::Error> {
        let mut rows = if is_long(&batch) {
            let shared = Arc::clone(&self.shared);
            let rows = move |_: &Connection| encode::rows(batch, &shared);
            self.readers.run(rows).await?
        } else {
            encode::rows(batch, &self.shared)?
        };
        let uploads = std::mem::take(&mut rows.uploads);
        let values: Vec<_> = uploads.iter().map(|upload| upload.value).collect();
        let changes = std::mem::take(&mut rows.changes);
        let done = match self.upload(uploads).await {
            Ok(()) => self.writer.write(changes, rows.bytes).await,
            Err(error) => Err(error),
        };
        match &done {
            Ok(()) => self.shared.recorded(&rows),
            Err(_) => self.give_up(values).await,
        }
        done
    }

    /// Counts a commit that began at `begun`.
    fn measure(&self, begun: Timestamp, done: &Result<(), crate::Error>) {
        let micros = (self.clock)().micros().saturating_sub(begun.micros());
        match done {
            Ok(()) => self
                .commits
                .observe(Duration::from_micros(u64::try_from(micros).unwrap_or(0))),
            Err(crate::Error::Stale { .. }) => {}
            Err(_) => drop(self.failures.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// Writes long values ahead of their records, each part in a commit that others share.
    async fn upload(&self, uploads: Vec<Upload>) -> Result<(), crate::Error> {
        for Upload { value, parts } in uploads {
            for (number, packed) in (0..).zip(parts) {
                let bytes = packed.len();
                let part = Change::Part {
                    value,
                    number,
                    packed,
                };
                self.writer.write(vec![part], bytes).await?;
            }
        }
        Ok(())
    }

    /// Removes what was written ahead in vain.
    async fn give_up(&self, values: Vec<i64>) {
        let changes: Vec<_> = values.into_iter().map(Change::GivenUp).collect();
        if !changes.is_empty() {
            // What cannot be removed now is removed when the store is opened again.
            drop(self.writer.write(changes, 0).await);
        }
    }

    /// Readers choose what goes, so that the writer only has to remove it.
    async fn forget_some(&self, horizon: Horizon, walk: Walk) -> Result<Slice, crate::Error> {
        let choose = move |connection: &Connection| retention::choose(connection, &horizon, walk);
        let chosen = self.readers.read(choose).await?;
        if !chosen.changes.is_empty() {
            self.writer.write(chosen.changes, retention::BYTES).await?;
        }
        Ok(chosen.slice)
    }

    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, crate::Error> + Send + 'static,
    ) -> Answer<'_, T> {
        Box::pin(self.readers.read(read))
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").finish_non_exhaustive()
    }
}

fn is_long(batch: &Batch) -> bool {
    batch.records.iter().any(|record| match record {
        Record::Event(event) => extent::is_longer_than(&event.payload, LONG),
        Record::Result { result, .. } => extent::is_longer_than(result, LONG),
        Record::Resource(resource) => extent::is_longer_than(&resource.body, LONG),
        Record::Memo(memo) => extent::is_longer_than(&memo.value, LONG),
        Record::Outgoing(outgoing) => extent::is_longer_than(&outgoing.finding, LONG),
        Record::Output(chunk) => chunk.data.len() > LONG,
        _ => false,
    })
}

impl Store for Sqlite {
    fn commit(&self, batch: Batch) -> Answer<'_, ()> {
        Box::pin(async move {
            let begun = (self.clock)();
            let done = self.write(batch).await;
            self.measure(begun, &done);
            done
        })
    }

    fn forget(&self, horizon: Horizon, walk: Walk) -> Answer<'_, Slice> {
        Box::pin(self.forget_some(horizon, walk))
    }

    fn event(&self, id: Id) -> Answer<'_, Option<Event>> {
        self.read(move |connection| events::event(connection, id))
    }

    fn events(&self, filter: EventFilter, page: Page) -> Answer<'_, Listed<Event>> {
        self.read(move |connection| events::events(connection, &filter, page))
    }

    fn pending_events(&self, limit: u64) -> Answer<'_, Vec<Event>> {
        self.read(move |connection| events::pending(connection, limit))
    }

    fn deliveries(&self, keys: Vec<Id>) -> Answer<'_, Vec<Delivery>> {
        let now = (self.clock)();
        self.read(move |connection| lookup::deliveries(connection, &keys, now))
    }

    fn decision(&self, id: Id) -> Answer<'_, Option<Decision>> {
        self.read(move |connection| events::decision(connection, id))
    }

    fn decisions(&self, filter: DecisionFilter, page: Page) -> Answer<'_, Listed<Decision>> {
        self.read(move |connection| events::decisions(connection, &filter, page))
    }

    fn execution(&self, id: Id) -> Answer<'_, Option<Execution>> {
        self.read(move |connection| executions::one(connection, id))
    }

    fn executions(&self, filter: ExecutionFilter, page: Page) -> Answer<'_, Listed<Execution>> {
        self.read(move |connection| executions::list(connection, &filter, page))
    }

    fn unfinished_executions(&self) -> Answer<'_, Vec<Execution>> {
        self.read(executions::unfinished)
    }

    fn execution_values(&self, column: ExecutionColumn) -> Answer<'_, Vec<String>> {
        self.read(move |connection| executions::values(connection, column))
    }

    fn execution_counts(&self) -> Answer<'_, Vec<(Status, u64)>> {
        self.read(executions::counts)
    }

    fn definition(&self, digest: Digest) -> Answer<'_, Option<Definition>> {
        self.read(move |connection| executions::definition(connection, digest))
    }

    fn result(&self, execution: Id) -> Answer<'_, Option<Json>> {
        self.read(move |connection| executions::result(connection, execution))
    }

    fn output(
        &self,
        execution: Id,
        kind: Option<OutputKind>,
        after: u64,
        limit: u64,
    ) -> Answer<'_, Vec<OutputChunk>> {
        self.read(move |connection| executions::output(connection, execution, kind, (after, limit)))
    }

    fn trace(&self, id: Id) -> Answer<'_, Option<Trace>> {
        self.read(move |connection| trace::one(connection, id))
    }

    fn traces(&self, filter: TraceFilter, page: Page) -> Answer<'_, Listed<Trace>> {
        self.read(move |connection| trace::list(connection, &filter, page))
    }

    fn key(&self, scope: Scope, user: String, name: String) -> Answer<'_, Option<Key>> {
        let now = (self.clock)();
        self.read(move |connection| lookup::key(connection, (scope, &user, &name), now))
    }

    fn keys(&self, filter: KeyFilter, page: Page) -> Answer<'_, Listed<Key>> {
        let now = (self.clock)();
        self.read(move |connection| lookup::keys(connection, &filter, page, now))
    }

    fn token(&self, hash: String) -> Answer<'_, Option<Token>> {
        self.read(move |connection| lookup::token(connection, &hash))
    }

    fn api_key(&self, hash: String) -> Answer<'_, Option<ApiKey>> {
        self.read(move |connection| lookup::api_key(connection, &hash))
    }

    fn api_keys(&self) -> Answer<'_, Vec<ApiKey>> {
        self.read(lookup::api_keys)
    }

    fn resources(&self) -> Answer<'_, Vec<Resource>> {
        self.read(lookup::resources)
    }

    fn memos(&self, topic: Topic) -> Answer<'_, Vec<Memo>> {
        let now = (self.clock)();
        self.read(move |connection| memory::memos(connection, topic, now))
    }

    fn memo(&self, topic: Topic, name: String) -> Answer<'_, Option<Memo>> {
        let now = (self.clock)();
        self.read(move |connection| memory::memo(connection, topic, &name, now))
    }

    fn due_outgoing(&self, sink: String, limit: u64) -> Answer<'_, Vec<Outgoing>> {
        let now = (self.clock)();
        self.read(move |connection| memory::due(connection, &sink, now, limit))
    }

    fn next_outgoing(&self, sink: String) -> Answer<'_, Option<Timestamp>> {
        self.read(move |connection| memory::next_due(connection, &sink))
    }

    fn outgoing_of(&self, execution: Id) -> Answer<'_, Vec<Outgoing>> {
        self.read(move |connection| memory::of_execution(connection, execution))
    }

    fn figures(&self) -> Figures {
        Figures {
            commits: self.commits.counted(),
            failures: self.failures.load(Ordering::Relaxed),
            damaged: damage::count(),
        }
    }

    fn health(&self) -> Health {
        self.writer.health()
    }
}

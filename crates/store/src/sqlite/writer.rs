//! The one writer: a thread that takes whatever batches are queued, carries each out, commits once and answers all.
//!
//! There is no timer: a batch that comes alone is committed alone at once, and while the disk is busy with one group the
//! next one gathers.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::apply::{Failure, Tables};
use super::checkpoint::Checkpoints;
use super::row::Change;
use crate::{Error, Health};

/// Longest group, in batches: what waits behind it waits for at most this many.
const GROUP_BATCHES: usize = 512;

/// Largest group, in bytes.
const GROUP_BYTES: usize = 1024 * 1024;

/// Everything that is queued together takes at most this; whoever comes then waits outside.
const QUEUE_KIB: u32 = 16 * 1024;

/// How long after a failure the writer tries again by itself.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Writes something without changing anything: whether the disk takes it is the question.
const TRIAL: &str = "UPDATE migration SET applied_at = applied_at";

/// The writer's thread, and the way to it.
#[derive(Debug)]
pub(super) struct Writer {
    /// Bounded by `room`.
    queue: Option<Sender<Job>>,
    room: Arc<Semaphore>,
    health: watch::Receiver<Health>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Job {
    changes: Vec<Change>,
    bytes: usize,
    answer: oneshot::Sender<Result<(), Error>>,
    _room: OwnedSemaphorePermit,
}

impl Writer {
    /// Starts the thread.
    ///
    /// `mover` is a connection for [`Checkpoints`].
    pub(super) fn start(
        mut connection: Connection,
        mover: Connection,
    ) -> Result<Self, super::Error> {
        let checkpoints = Checkpoints::start(&mut connection, mover)?;
        let work = |jobs, health| {
            let thread = Thread {
                checkpoints,
                connection,
                tables: Tables::new(),
                jobs,
                health,
            };
            thread.run();
        };
        Ok(Self::spawn(work)?)
    }

    fn spawn(work: impl FnOnce(Receiver<Job>, Reporter) + Send + 'static) -> io::Result<Self> {
        let (queue, jobs) = mpsc::channel();
        let (reporter, health) = watch::channel(Health::Ready);
        let builder = thread::Builder::new().name("store-write".to_owned());
        let work = || work(jobs, Reporter(reporter));
        Ok(Self {
            queue: Some(queue),
            room: Arc::new(Semaphore::new(QUEUE_KIB as usize)),
            health,
            thread: Some(builder.spawn(work)?),
        })
    }

    /// Has changes written as one batch.
    pub(super) async fn write(&self, changes: Vec<Change>, bytes: usize) -> Result<(), Error> {
        let kib = u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(kib.min(QUEUE_KIB));
        let room = room.await.map_err(|_| Error::Stopped)?;
        let (answer, answered) = oneshot::channel();
        let job = Job {
            changes,
            bytes,
            answer,
            _room: room,
        };
        let queue = self.queue.as_ref().ok_or(Error::Stopped)?;
        queue.send(job).map_err(|_| Error::Stopped)?;
        answered.await.map_err(|_| Error::Stopped)?
    }

    /// How it is.
    pub(super) fn health(&self) -> Health {
        self.health.borrow().clone()
    }
}

impl Drop for Writer {
    /// Waits until what is queued is written.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so already.
            drop(thread.join());
        }
    }
}

struct Thread {
    checkpoints: Checkpoints,
    connection: Connection,
    tables: Tables,
    jobs: Receiver<Job>,
    health: Reporter,
}

impl Thread {
    fn run(mut self) {
        while let Some(group) = self.next_group() {
            let answers = self.write(&group);
            self.health.report(&answers);
            for (job, answer) in group.into_iter().zip(answers) {
                // Nobody may be waiting any more.
                drop(job.answer.send(answer));
            }
            self.checkpoints.committed(&self.connection);
        }
    }

    /// Whatever is queued; waits for the first batch. Empty when it is time to try again after a failure.
    fn next_group(&self) -> Option<Vec<Job>> {
        let first = if self.health.is_failing() {
            match self.jobs.recv_timeout(RETRY_AFTER) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => return Some(Vec::new()),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        } else {
            self.jobs.recv().ok()?
        };
        let mut bytes = first.bytes;
        let mut group = vec![first];
        while group.len() < GROUP_BATCHES && bytes < GROUP_BYTES {
            let Ok(job) = self.jobs.try_recv() else {
                break;
            };
            bytes += job.bytes;
            group.push(job);
        }
        Some(group)
    }

    /// Writes a group down and answers for each batch of it.
    fn write(&mut self, group: &[Job]) -> Vec<Result<(), Error>> {
        let written = match self.together(group) {
            Ok(answers) => return answers,
            // One batch broke off in the middle: it must not take the others with it.
            Err(Error::Contradiction(_) | Error::Missing { .. } | Error::Stale { .. }) => {
                self.one_by_one(group)
            }
            Err(error) => Err(error),
        };
        written.unwrap_or_else(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "cannot commit to the store"
            );
            // An empty group has one answer too, so that its failure is noticed.
            vec![Err(error); group.len().max(1)]
        })
    }

    /// The quick way: nothing is prepared for a batch that breaks off.
    fn together(&mut self, group: &[Job]) -> Result<Vec<Result<(), Error>>, Error> {
        self.transaction(|connection, tables| {
            let mut answers = Vec::with_capacity(group.len());
            for job in group {
                match tables.apply(connection, &job.changes) {
                    Ok(()) => answers.push(Ok(())),
                    Err(Failure::Refused(error)) => answers.push(Err(error)),
                    Err(Failure::Broken(error)) => return Err(error),
                }
            }
            tables.flush(connection).map_err(Error::unwritten)?;
            if group.is_empty() {
                execute(connection, TRIAL)?;
            }
            Ok(answers)
        })
    }

    /// The careful way: each batch can be undone by itself.
    fn one_by_one(&mut self, group: &[Job]) -> Result<Vec<Result<(), Error>>, Error> {
        self.transaction(|connection, tables| {
            let one = |job: &Job| alone(connection, tables, &job.changes);
            group.iter().map(one).collect()
        })
    }

    fn transaction<T>(
        &mut self,
        write: impl FnOnce(&Connection, &mut Tables) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let done = execute(&self.connection, "BEGIN IMMEDIATE")
            .and_then(|()| write(&self.connection, &mut self.tables))
            .and_then(|value| execute(&self.connection, "COMMIT").map(|()| value));
        if done.is_err() {
            self.tables.forget();
            if !self.connection.is_autocommit()
                && let Err(error) = execute(&self.connection, "ROLLBACK")
            {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "cannot undo a commit"
                );
            }
        }
        done
    }
}

/// Carries out one batch within a savepoint. The outer error concerns the whole group.
fn alone(
    connection: &Connection,
    tables: &mut Tables,
    changes: &[Change],
) -> Result<Result<(), Error>, Error> {
    execute(connection, "SAVEPOINT batch")?;
    let done = match tables.apply(connection, changes) {
        Ok(()) => tables
            .flush(connection)
            .map(|()| Ok(()))
            .map_err(Error::unwritten)?,
        Err(Failure::Refused(error)) => Err(error),
        Err(Failure::Broken(error @ Error::Unwritten(_))) => return Err(error),
        Err(Failure::Broken(error)) => {
            execute(connection, "ROLLBACK TO batch")?;
            tables.forget();
            Err(error)
        }
    };
    execute(connection, "RELEASE batch")?;
    Ok(done)
}

fn execute(connection: &Connection, sql: &str) -> Result<(), Error> {
    let done = connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute([]));
    done.map(|_| ()).map_err(Error::unwritten)
}

/// Tells how the writer is; says that it has stopped when the thread ends, by whatever way.
#[derive(Debug)]
struct Reporter(watch::Sender<Health>);

impl Reporter {
    fn is_failing(&self) -> bool {
        matches!(*self.0.borrow(), Health::Failing(_))
    }

    fn report(&self, answers: &[Result<(), Error>]) {
        let failure = answers.iter().find_map(|answer| match answer {
            Err(error @ Error::Unwritten(cause)) => Some(format!("{error}: {cause}")),
            _ => None,
        });
        self.set(failure.map_or(Health::Ready, Health::Failing));
    }

    fn set(&self, health: Health) {
        self.0.send_if_modified(|known| {
            let is_news = *known != health;
            *known = health;
            is_news
        });
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.set(Health::Stopped);
    }
}

#[cfg(test)]
mod tests;

//! The readers: a few threads, each with a connection of its own, behind a bounded queue.
//!
//! A job sees one snapshot, and in it every commit that was answered before the job was handed in.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::Error;

/// Enough that a long read does not hold up the short ones.
const THREADS: usize = 4;

/// Jobs that wait; whoever comes then waits outside.
const QUEUE: usize = 256;

/// Deep values take stack to read: see `extent::DEEPEST`.
const STACK_BYTES: usize = 8 * 1024 * 1024;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The reader threads.
#[derive(Debug)]
pub(super) struct Readers {
    queue: Option<mpsc::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Starts the threads, with connections from `connect`.
    pub(super) fn start(
        connect: impl Fn() -> rusqlite::Result<Connection>,
    ) -> Result<Self, super::Error> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let jobs = Arc::new(Mutex::new(jobs));
        let start = |number: usize| {
            let (jobs, connection) = (Arc::clone(&jobs), connect()?);
            let work = move || work(&jobs, connection);
            let thread = thread::Builder::new().name(format!("store-read-{number}"));
            Ok(thread.stack_size(STACK_BYTES).spawn(work)?)
        };
        let threads = (0..THREADS).map(start);
        Ok(Self {
            threads: threads.collect::<Result<_, super::Error>>()?,
            queue: Some(queue),
        })
    }

    /// What `read` gives, in a transaction of its own.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let in_transaction = |connection: &Connection| {
            let transaction = connection.unchecked_transaction();
            let transaction = transaction.map_err(Error::unread)?;
            read(&transaction)
        };
        self.run(in_transaction).await
    }

    /// What `work` gives, on one of the threads.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Nobody may be waiting any more.
            drop(answer.send(work(connection)));
        });
        let queue = self.queue.as_ref().ok_or(Error::Stopped)?;
        queue.send(job).await.map_err(|_| Error::Stopped)?;
        answered.await.map_err(|_| Error::Stopped)?
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so already.
            drop(thread.join());
        }
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the connection ends with the thread"
)]
fn work(jobs: &Mutex<mpsc::Receiver<Job>>, connection: Connection) {
    loop {
        let job = {
            let mut jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.blocking_recv()
        };
        let Some(job) = job else {
            return;
        };
        // The job's own answer is dropped by a panic, which tells the asker; the others go on.
        let done = std::panic::catch_unwind(AssertUnwindSafe(|| job(&connection)));
        if done.is_err() {
            tracing::error!("a read from the store panicked");
        }
    }
}

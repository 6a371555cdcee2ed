//! What waits for its moment: delayed executions, the earliest first.
//!
//! The records are the queue, this is its order: a start fills it from the store, and nothing is ever asked whether it is
//! due but the earliest.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use squall_engine::execution::{self, Input};
use squall_model::execution::Execution;
use squall_model::record::Batch;
use squall_model::{Id, Timestamp};
use tokio::sync::Notify;
use tracing::error;

use crate::attempt::{TRY_AGAIN_AFTER, is_passing};
use crate::changes::Change;
use crate::clock;
use crate::handle::{Error, Handle, Result};

/// How many executions are woken at a time: enough to share commits.
const AT_A_TIME: usize = 64;

/// The clock is looked at no later than this, because it may be set.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// The delayed executions of this node, by the moment from when on they may begin.
#[derive(Debug, Default)]
pub(crate) struct Delayed {
    queue: Mutex<BTreeSet<(Timestamp, Id)>>,
    changed: Notify,
}

impl Delayed {
    /// Takes in a recorded execution that is delayed.
    pub(crate) fn add(&self, execution: &Execution) {
        self.queue().insert((execution.due_at(), execution.id));
        self.changed.notify_one();
    }

    /// It waits no longer.
    pub(crate) fn remove(&self, execution: &Execution) {
        self.queue().remove(&(execution.due_at(), execution.id));
    }

    /// How many wait.
    pub(crate) fn count(&self) -> usize {
        self.queue().len()
    }

    /// The next whose moment has come, as soon as it has.
    async fn next(&self) -> Id {
        loop {
            let now = clock::now();
            let earliest = self.queue().first().copied();
            match earliest {
                Some((due_at, id)) if due_at <= now => {
                    self.queue().remove(&(due_at, id));
                    return id;
                }
                Some((due_at, _)) => {
                    tokio::select! {
                        () = tokio::time::sleep(until(due_at, now)) => {}
                        () = self.changed.notified() => {}
                    }
                }
                None => self.changed.notified().await,
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, BTreeSet<(Timestamp, Id)>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn until(due_at: Timestamp, now: Timestamp) -> Duration {
    let micros = due_at.micros().saturating_sub(now.micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0)).min(LOOK_AGAIN_AFTER)
}

/// Wakes delayed executions, until the server stops.
pub(crate) async fn run(handle: Handle) {
    let stopping = handle.0.tasks.stopping().clone();
    let mut under_way = FuturesUnordered::new();
    loop {
        tokio::select! {
            () = stopping.cancelled() => break,
            Some(()) = under_way.next(), if !under_way.is_empty() => {}
            id = handle.0.delayed.next(), if under_way.len() < AT_A_TIME => {
                under_way.push(handle.wake_until_recorded(id));
            }
        }
    }
    while under_way.next().await.is_some() {}
}

impl Handle {
    /// Tries again while the store does not answer: a delayed execution may be late, but not lost.
    async fn wake_until_recorded(&self, id: Id) {
        while let Err(error) = self.wake(id).await {
            error!(execution = %id, error = &error as &dyn std::error::Error, "cannot wake a delayed execution");
            if !matches!(&error, Error::Store(error) if is_passing(error)) {
                return;
            }
            tokio::select! {
                () = self.0.tasks.stopping().cancelled() => return,
                () = tokio::time::sleep(TRY_AGAIN_AFTER) => {}
            }
        }
    }

    /// Lets an execution begin, or wait for room, unless somebody cancelled it in the meantime.
    async fn wake(&self, id: Id) -> Result<()> {
        loop {
            let Some(mut execution) = self.0.store.execution(id).await? else {
                return Ok(());
            };
            let mut commands =
                execution::step(&mut execution, clock::now(), Input::Due).unwrap_or_default();
            if commands.is_empty() {
                return Ok(());
            }
            let permit = self.lease_at_once(&mut execution, &mut commands);
            let stop = permit.is_some().then(|| self.0.attempts.begin(id));
            let records = execution::records(&mut execution, &commands);
            let committed = self.0.store.commit(Batch { records }).await;
            match (committed, permit.zip(stop)) {
                (Ok(()), Some((permit, stop))) => self.start(execution, stop, permit),
                (Ok(()), None) => {
                    let changed = execution.clone();
                    self.0.changes.tell(|| Change::Updated(Arc::new(changed)));
                    self.0.schedule.wait(execution);
                }
                (Err(squall_store::Error::Stale { .. }), _) => {
                    self.0.attempts.end(id);
                    continue;
                }
                (Err(error), _) => {
                    self.0.attempts.end(id);
                    return Err(error.into());
                }
            }
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_looked_at_in_time() {
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let check = |millis, expected| assert_eq!(until(now.plus_millis(millis), now), expected);
        check(1500, Duration::from_millis(1500));
        check(-1500, Duration::ZERO);
        check(i64::MAX, LOOK_AGAIN_AFTER);
    }
}

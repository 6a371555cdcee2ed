//! Whose turn it is: room for attempts, and the executions that wait for it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use squall_engine::execution::{self, Command, Input};
use squall_model::Id;
use squall_model::execution::{Execution, Status};
use squall_model::record::Batch;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::attempt::TRY_AGAIN_AFTER;
use crate::clock;
use crate::handle::{Handle, Result};

/// How many of those that wait are kept in memory whole; of the others only the id, and they are read again.
const KEPT_WHOLE: usize = 1_000;

/// Somebody in the queue.
#[derive(Debug)]
enum Waiting {
    /// As it was recorded when it came.
    Whole(Box<Execution>),
    /// To be read when its turn comes.
    Known(Id),
}

/// Room for attempts, and who waits for it in which order.
#[derive(Debug)]
pub(crate) struct Schedule {
    room: Arc<Semaphore>,
    waiting: Mutex<VecDeque<Waiting>>,
    arrived: Notify,
}

impl Schedule {
    /// Room for so many attempts at a time.
    pub(crate) fn new(attempts: usize) -> Self {
        Self {
            room: Arc::new(Semaphore::new(attempts)),
            waiting: Mutex::default(),
            arrived: Notify::new(),
        }
    }

    /// Room for one attempt at once, unless others wait already.
    pub(crate) fn try_take(&self) -> Option<OwnedSemaphorePermit> {
        if self.waiting() > 0 {
            return None;
        }
        Arc::clone(&self.room).try_acquire_owned().ok()
    }

    /// Puts a recorded execution at the end of the queue.
    pub(crate) fn wait(&self, execution: Execution) {
        let mut queue = self.queue();
        let waiting = if queue.len() < KEPT_WHOLE {
            Waiting::Whole(Box::new(execution))
        } else {
            Waiting::Known(execution.id)
        };
        queue.push_back(waiting);
        drop(queue);
        self.arrived.notify_one();
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.queue().len()
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next in the queue, as soon as there is one and room for it.
    async fn next(&self) -> Option<(Waiting, OwnedSemaphorePermit)> {
        let permit = Arc::clone(&self.room).acquire_owned().await.ok()?;
        loop {
            if let Some(waiting) = self.queue().pop_front() {
                return Some((waiting, permit));
            }
            self.arrived.notified().await;
        }
    }
}

/// Gives room to those who wait, until the server stops. There are as many leases under way as there is room, so that
/// they share commits.
pub(crate) async fn run(handle: Handle) {
    let stopping = handle.0.tasks.stopping().clone();
    let mut under_way = FuturesUnordered::new();
    loop {
        let next = tokio::select! {
            () = stopping.cancelled() => break,
            Some(()) = under_way.next(), if !under_way.is_empty() => continue,
            next = handle.0.schedule.next() => next,
        };
        match next {
            Some((waiting, permit)) => under_way.push(handle.give_room(waiting, permit)),
            None => break,
        }
    }
    while under_way.next().await.is_some() {}
}

impl Handle {
    /// Starts one whose turn it is. Tries again while the store does not answer, and keeps its room meanwhile.
    async fn give_room(&self, waiting: Waiting, permit: OwnedSemaphorePermit) {
        let (id, mut known) = match waiting {
            Waiting::Whole(execution) => (execution.id, Some(*execution)),
            Waiting::Known(id) => (id, None),
        };
        loop {
            match self.lease(id, known.take()).await {
                Ok(Some((execution, stop))) => return self.start(execution, stop, permit),
                Ok(None) => return,
                Err(error) => {
                    error!(execution = %id, error = &error as &dyn std::error::Error, "cannot start a waiting execution");
                }
            }
            tokio::select! {
                () = self.0.tasks.stopping().cancelled() => return,
                () = tokio::time::sleep(TRY_AGAIN_AFTER) => {}
            }
        }
    }

    /// Takes a waiting execution on, unless somebody cancelled it in the meantime. `known` is what was recorded of it
    /// last, as far as we know; a commit that finds it changed reads it again.
    async fn lease(
        &self,
        id: Id,
        mut known: Option<Execution>,
    ) -> Result<Option<(Execution, CancellationToken)>> {
        loop {
            let recorded = match known.take() {
                Some(known) => Some(known),
                None => self.0.store.execution(id).await?,
            };
            let Some(mut execution) = recorded else {
                return Ok(None);
            };
            let commands = execution::step(&mut execution, clock::now(), self.lease_of_this_node());
            let commands = commands.unwrap_or_default();
            if commands.is_empty() {
                return Ok(None);
            }
            let stop = self.0.attempts.begin(id);
            let records = execution::records(&mut execution, &commands);
            match self.0.store.commit(Batch { records }).await {
                Ok(()) => return Ok(Some((execution, stop))),
                Err(squall_store::Error::Stale { .. }) => self.0.attempts.end(id),
                Err(error) => {
                    self.0.attempts.end(id);
                    return Err(error.into());
                }
            }
        }
    }

    fn lease_of_this_node(&self) -> Input {
        Input::Leased {
            owner: self.0.settings.node.clone(),
        }
    }

    /// Makes a new execution requested and, if there is room, running, in one step. Nothing is recorded yet.
    pub(crate) fn enter(
        &self,
        execution: &mut Execution,
    ) -> (Vec<Command>, Option<OwnedSemaphorePermit>) {
        let now = execution.requested_at;
        let mut commands = execution::step(execution, now, Input::Requested).unwrap_or_default();
        let permit = self.lease_at_once(execution, &mut commands);
        (commands, permit)
    }

    /// [`Handle::enter`] of what takes the room of another execution that waits for it.
    pub(crate) fn enter_at_once(
        &self,
        execution: &mut Execution,
    ) -> (Vec<Command>, Option<OwnedSemaphorePermit>) {
        let now = execution.requested_at;
        let mut commands = execution::step(execution, now, Input::Requested).unwrap_or_default();
        let own = Arc::new(Semaphore::new(1)).try_acquire_owned().ok();
        let permit = self.lease_with(own, execution, &mut commands);
        (commands, permit)
    }

    /// Takes a scheduled execution on if there is room. Nothing is recorded yet.
    pub(crate) fn lease_at_once(
        &self,
        execution: &mut Execution,
        commands: &mut Vec<Command>,
    ) -> Option<OwnedSemaphorePermit> {
        let is_due = execution.status == Status::Scheduled;
        let permit = is_due.then(|| self.0.schedule.try_take()).flatten();
        self.lease_with(permit, execution, commands)
    }

    fn lease_with(
        &self,
        permit: Option<OwnedSemaphorePermit>,
        execution: &mut Execution,
        commands: &mut Vec<Command>,
    ) -> Option<OwnedSemaphorePermit> {
        let permit = permit.filter(|_| execution.status == Status::Scheduled)?;
        let now = execution.log.last().map(|transition| transition.at);
        let now = now.unwrap_or(execution.requested_at);
        let leased = execution::step(execution, now, self.lease_of_this_node());
        commands.extend(leased.unwrap_or_default());
        Some(permit)
    }
}

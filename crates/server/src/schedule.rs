//! Whose turn it is: room for attempts, and the executions that wait for it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use squall_engine::execution::{self, Command, Input};
use squall_model::Id;
use squall_model::execution::Execution;
use squall_model::record::Batch;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tracing::error;

use crate::clock;
use crate::handle::{Handle, Result};

/// Room for attempts, and who waits for it in which order.
#[derive(Debug)]
pub(crate) struct Schedule {
    room: Arc<Semaphore>,
    waiting: Mutex<VecDeque<Id>>,
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
    pub(crate) fn wait(&self, execution: Id) {
        self.queue().push_back(execution);
        self.arrived.notify_one();
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.queue().len()
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Id>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next in the queue, as soon as there is one and room for it.
    async fn next(&self) -> Option<(Id, OwnedSemaphorePermit)> {
        let permit = Arc::clone(&self.room).acquire_owned().await.ok()?;
        loop {
            if let Some(id) = self.queue().pop_front() {
                return Some((id, permit));
            }
            self.arrived.notified().await;
        }
    }
}

/// Gives room to those who wait, until the server stops.
pub(crate) async fn run(handle: Handle) {
    let stopping = handle.0.tasks.stopping().clone();
    loop {
        let next = tokio::select! {
            () = stopping.cancelled() => return,
            next = handle.0.schedule.next() => next,
        };
        let Some((id, permit)) = next else { return };
        if let Err(error) = handle.lease(id, permit).await {
            error!(execution = %id, error = &error as &dyn std::error::Error, "cannot start a waiting execution");
            handle.0.schedule.wait(id);
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    }
}

impl Handle {
    /// Takes a waiting execution on, unless somebody cancelled it in the meantime.
    async fn lease(&self, id: Id, permit: OwnedSemaphorePermit) -> Result<()> {
        loop {
            let Some(mut execution) = self.0.store.execution(id).await? else {
                return Ok(());
            };
            let now = clock::now();
            let leased = Input::Leased {
                owner: self.0.settings.node.clone(),
            };
            let commands = execution::step(&mut execution, now, leased).unwrap_or_default();
            if commands.is_empty() {
                return Ok(());
            }
            let stop = self.0.attempts.begin(id);
            let records = execution::records(&mut execution, &commands);
            match self.0.store.commit(Batch { records }).await {
                Ok(()) => {
                    self.start(execution, stop, permit);
                    return Ok(());
                }
                Err(squall_store::Error::Stale { .. }) => self.0.attempts.end(id),
                Err(error) => {
                    self.0.attempts.end(id);
                    return Err(error.into());
                }
            }
        }
    }

    /// Makes a new execution requested and, if there is room, running, in one step. Nothing is recorded yet.
    pub(crate) fn enter(
        &self,
        execution: &mut Execution,
    ) -> (Vec<Command>, Option<OwnedSemaphorePermit>) {
        let now = execution.requested_at;
        let mut commands = execution::step(execution, now, Input::Requested).unwrap_or_default();
        let permit = self.0.schedule.try_take();
        if permit.is_some() {
            let leased = Input::Leased {
                owner: self.0.settings.node.clone(),
            };
            commands.extend(execution::step(execution, now, leased).unwrap_or_default());
        }
        (commands, permit)
    }
}

//! A start settles what a crash left behind.

use std::collections::HashSet;

use futures_util::stream::{self, StreamExt as _};
use squall_engine::execution::{self, Input};
use squall_model::execution::{Execution, Status};
use squall_model::record::Batch;
use squall_store::Error as StoreError;
use tracing::{error, info};

use crate::handle::{Error, Handle, Result};
use crate::{clock, decide};

/// How many undecided events are read at a time.
const PAGE: u64 = 1000;

impl Handle {
    /// Ends what an earlier life of this node left running, lets what waited wait again, and decides what was durable but
    /// undecided. Called once, before anything new is accepted; the guard has killed what the actions had started.
    pub(crate) async fn recover(&self) -> Result<()> {
        let mut abandoned = 0_u64;
        for execution in self.0.store.unfinished_executions().await? {
            let id = execution.id;
            match self.settle(execution).await {
                Ok(is_abandoned) => abandoned = abandoned.saturating_add(u64::from(is_abandoned)),
                Err(Error::Store(error)) if is_of_the_record(&error) => {
                    error!(execution = %id, error = &error as &dyn std::error::Error, "cannot settle a damaged execution; it is left as it is");
                }
                Err(error) => return Err(error),
            }
        }
        let mut undecided = 0_usize;
        // Those that were tried and are undecided still: what is damaged must not be tried for ever.
        let (mut last, mut stuck) = (HashSet::new(), HashSet::new());
        loop {
            let room = u64::try_from(stuck.len()).unwrap_or(u64::MAX);
            let mut events = self
                .0
                .store
                .pending_events(PAGE.saturating_add(room))
                .await?;
            stuck.extend(
                events
                    .iter()
                    .map(|event| event.id)
                    .filter(|id| last.contains(id)),
            );
            events.retain(|event| !stuck.contains(&event.id));
            if events.is_empty() {
                break;
            }
            last = events.iter().map(|event| event.id).collect();
            undecided = undecided.saturating_add(events.len());
            stream::iter(events)
                .for_each_concurrent(decide::AT_A_TIME, |event| self.decide_until_recorded(event))
                .await;
        }
        if abandoned > 0 || undecided > 0 {
            info!(
                abandoned,
                undecided, "settled what the last stop left behind"
            );
        }
        Ok(())
    }

    /// True if the execution's owner is gone and it has been ended.
    async fn settle(&self, mut execution: Execution) -> Result<bool> {
        if matches!(execution.status, Status::Requested | Status::Scheduled) {
            self.0.schedule.wait(execution);
            return Ok(false);
        }
        if execution.status == Status::Delayed {
            self.0.delayed.add(&execution);
            return Ok(false);
        }
        let again = execution.runner == squall_runners::PLAYBOOK;
        let lost = Input::OwnerLost { again };
        let commands = execution::step(&mut execution, clock::now(), lost).unwrap_or_default();
        if commands.is_empty() {
            return Ok(false);
        }
        let records = execution::records(&mut execution, &commands);
        self.0.store.commit(Batch { records }).await?;
        if execution.status == Status::Scheduled {
            self.0.schedule.wait(execution);
            return Ok(false);
        }
        self.ended(&execution);
        Ok(true)
    }
}

/// Whether it is the record that cannot be gone on with, and not the store: the next one may be well.
fn is_of_the_record(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Contradiction(_)
            | StoreError::Damaged { .. }
            | StoreError::Missing { .. }
            | StoreError::Stale { .. }
    )
}

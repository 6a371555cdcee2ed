//! What may be done only so often, remembered across restarts.

use std::sync::{Mutex, MutexGuard, PoisonError};

use squall_engine::playbook::{Mark, RateLimits};
use squall_model::memo::{Memo, Topic};
use squall_model::record::{Batch, Record};
use squall_store::Store;
use tracing::error;

use super::performance::Fired;
use crate::clock;
use crate::handle::Handle;

/// The marks in force. What is marked here is recorded by whoever marked it.
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<RateLimits>);

impl Limits {
    /// Those that were recorded.
    pub(super) async fn recorded(store: &dyn Store) -> Result<Self, squall_store::Error> {
        let memos = store.memos(Topic::RateLimit).await?;
        let read = |memo: Memo| serde_json::from_value::<Mark>(memo.value).ok();
        let marks = memos.into_iter().filter_map(read);
        Ok(Self(Mutex::new(RateLimits::default().load(marks))))
    }

    /// What these say was not done after all.
    pub(crate) fn release(&self, marks: &[Mark]) {
        let mut limits = self.hold();
        marks.iter().for_each(|mark| limits.release(mark));
    }

    /// What takes the marks of playbooks back that were skipped, because an earlier one ended the processing: they may fire
    /// the next time. [`Limits::follow`] it once it is recorded.
    pub(super) fn taken_back(&self, skipped: &[Fired]) -> Vec<Record> {
        let limits = self.hold();
        let marks = skipped.iter().filter_map(|fired| fired.mark.as_ref());
        let marks =
            marks.filter(|mark| limits.get(&mark.key).is_some_and(|kept| kept.at == mark.at));
        marks.map(|mark| forgotten(&mark.key)).collect()
    }

    /// Forgets the marks that these records take back.
    pub(crate) fn follow(&self, recorded: &[Record]) {
        let mut limits = self.hold();
        for record in recorded {
            if let Record::MemoDeleted {
                topic: Topic::RateLimit,
                name,
            } = record
                && let Some(mark) = limits.get(name).cloned()
            {
                limits.release(&mark);
            }
        }
    }

    /// Nobody else marks anything meanwhile.
    pub(crate) fn hold(&self) -> MutexGuard<'_, RateLimits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The record of a mark.
pub(super) fn record(mark: &Mark) -> Record {
    Record::Memo(Memo {
        topic: Topic::RateLimit,
        name: mark.key.clone(),
        value: serde_json::to_value(mark).unwrap_or_default(),
        until: Some(mark.expires_at),
    })
}

fn forgotten(key: &str) -> Record {
    Record::MemoDeleted {
        topic: Topic::RateLimit,
        name: key.to_owned(),
    }
}

impl Handle {
    /// Whether something may be done now that was done less than `period_seconds` ago otherwise. If it may, it counts as
    /// done, and that is on disk.
    pub(super) async fn mark(&self, key: String, period_seconds: i64) -> bool {
        let limits = &self.0.playbooks.limits;
        let turn = limits.hold().take_turn(key, period_seconds, clock::now());
        let Some(mark) = turn else {
            return false;
        };
        let records = vec![record(&mark)];
        match self.0.store.commit(Batch { records }).await {
            Ok(()) => true,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                error!(
                    error,
                    "cannot record that something is done, so it is not done"
                );
                limits.hold().release(&mark);
                false
            }
        }
    }
}

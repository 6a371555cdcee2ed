//! Which events have no decision yet, and since when: what an operator asks first when nothing seems to happen.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use squall_model::event::Event;
use squall_model::{Id, Timestamp};

/// The events that have been accepted and are not decided. As many as may wait, and those under way.
#[derive(Debug, Default)]
pub(crate) struct Undecided(Mutex<BTreeMap<Id, Timestamp>>);

impl Undecided {
    /// Events were accepted.
    pub(crate) fn begin(&self, events: &[Event]) {
        let times = events.iter().map(|event| (event.id, event.occurred_at));
        self.waiting().extend(times);
    }

    /// One is decided.
    pub(crate) fn end(&self, event: Id) {
        self.waiting().remove(&event);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.waiting().len()
    }

    /// When the oldest came. Ids begin with the time, so the first is the oldest.
    pub(crate) fn oldest(&self) -> Option<Timestamp> {
        self.waiting().values().next().copied()
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<Id, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

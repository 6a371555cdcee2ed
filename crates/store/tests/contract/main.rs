//! What every store must do. Each test runs on every store there is.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy knows functions marked as tests, not their helpers"
)]

mod credentials;
mod deliveries;
mod events;
mod executions;
mod fences;
mod keys;
mod memory;
mod output;
mod sample;
mod traces;
mod values;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use squall_model::Timestamp;
use squall_model::record::{Batch, Record};
use squall_store::{Error, Sqlite, Store};

/// A new store, and the clock it goes by.
struct World {
    store: Arc<dyn Store>,
    now: Arc<AtomicI64>,
}

impl World {
    /// Commits records as one batch.
    async fn commit(&self, records: impl IntoIterator<Item = Record>) -> Result<(), Error> {
        let records = records.into_iter().collect();
        self.store.commit(Batch { records }).await
    }

    /// Commits what must be accepted.
    async fn record(&self, records: impl IntoIterator<Item = Record>) {
        self.commit(records).await.unwrap();
    }

    fn set_now(&self, now: Timestamp) {
        self.now.store(now.micros(), Ordering::Relaxed);
    }
}

/// Plays a story on each kind of store.
async fn on_every_store(story: impl AsyncFn(&World)) {
    let folder = tempfile::tempdir().unwrap();
    let now = Arc::new(AtomicI64::new(sample::time(0).micros()));
    let clock = Arc::clone(&now);
    let clock = Arc::new(move || Timestamp::from_micros(clock.load(Ordering::Relaxed)));
    let store = Sqlite::open(&folder.path().join("squall.db"), clock).unwrap();
    let store = Arc::new(store);
    story(&World { store, now }).await;
}

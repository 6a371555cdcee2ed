//! Commits while a million old lives are forgotten.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use squall_model::Timestamp;
use squall_model::record::{Forgotten, Horizon};
use squall_store::{Sqlite, Store as _, Walk};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::{lists, load, sample};

/// For comparison, without anything beside it.
const QUIET: Duration = Duration::from_secs(5);

/// After each slice there is a pause, so many times as long as it took; as the server has it.
const PAUSES: u32 = 2;

/// Forgets everything in a copy of the full store.
pub(crate) async fn million(kept: &Path, folder: &Path) {
    let cut = sample::now();
    drop(lists::full(kept).await);
    fs_err::copy(kept.join("million"), folder.join("purge")).unwrap();
    let store = crate::open(folder, "purge");
    let quiet = load::events_until(Arc::clone(&store), Instant::now() + QUIET).await;
    load::report("Event, nothing beside it", 1, &quiet, QUIET);
    let mut forgetting = JoinSet::new();
    forgetting.spawn(forget(Arc::clone(&store), cut));
    let (mut latencies, started) = (Vec::new(), Instant::now());
    let (forgotten, mut slices) = loop {
        let end = Instant::now() + Duration::from_millis(100);
        latencies.extend(load::events_until(Arc::clone(&store), end).await);
        if let Some(done) = forgetting.try_join_next() {
            break done.unwrap();
        }
    };
    let lasted = started.elapsed();
    load::report("Event, while a million lives go", 1, &latencies, lasted);
    slices.sort_unstable();
    let at = |share: usize| slices.get(slices.len() * share / 1000).copied();
    println!(
        "  {} executions, {} decisions, {} events went in {lasted:.0?}, {} slices; \
         one took {:?}, p99 {:?}, worst {:?}",
        forgotten.executions,
        forgotten.decisions,
        forgotten.events,
        slices.len(),
        at(500).unwrap_or_default(),
        at(990).unwrap_or_default(),
        slices.last().copied().unwrap_or_default(),
    );
    drop(store);
    space(&folder.join("purge"));
}

async fn forget(store: Arc<Sqlite>, cut: Timestamp) -> (Forgotten, Vec<Duration>) {
    let horizon = Horizon {
        executions: Some(cut),
        output: Some(cut),
        decisions: Some(cut),
        events: Some(cut),
    };
    let (mut forgotten, mut slices) = (Forgotten::default(), Vec::new());
    let mut walk = Some(Walk::default());
    while let Some(going) = walk {
        let before = Instant::now();
        let slice = store.forget(horizon, going).await.unwrap();
        let took = before.elapsed();
        forgotten.add(slice.forgotten);
        walk = slice.rest;
        slices.push(took);
        tokio::time::sleep(took * PAUSES).await;
    }
    (forgotten, slices)
}

fn space(path: &Path) {
    let connection = Connection::open(path).unwrap();
    let number = |name: &str| {
        let read = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        connection.pragma_query_value(None, name, read).unwrap()
    };
    let (free, all) = (number("freelist_count"), number("page_count"));
    println!("  {free} of {all} pages are free for what comes");
}

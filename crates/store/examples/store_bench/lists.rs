//! Lists over a million executions.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use squall_model::execution::Status;
use squall_model::record::{EventFilter, ExecutionFilter, Page};
use squall_store::{Sqlite, Store as _};
use tokio::time::Instant;

use crate::sample;
use crate::size::fill;

const MILLION: u64 = 1_000_000;

/// The store with a million executions, filled if it is not full yet.
pub(crate) async fn full(folder: &Path) -> Arc<Sqlite> {
    let store = crate::open(folder, "million");
    let have = store
        .executions(ExecutionFilter::default(), Page::default())
        .await
        .unwrap()
        .total;
    if have < MILLION {
        fill(&store, MILLION - have).await;
    }
    store
}

/// Asks a full store.
pub(crate) async fn million(folder: &Path) {
    let store = full(folder).await;
    let any = ExecutionFilter::default();
    let page = Page {
        limit: Some(50),
        ..Page::default()
    };
    let failed = ExecutionFilter {
        statuses: vec![Status::Failed],
        ..any.clone()
    };
    let both = ExecutionFilter {
        action: Some("labs_sre.action_3".to_owned()),
        ..failed.clone()
    };
    let recent = ExecutionFilter {
        after: Some(sample::now().plus_millis(-100_000_000)),
        ..failed.clone()
    };
    let deep = Page {
        offset: 50_000,
        ..page
    };
    for (what, filter, page) in [
        ("first page", any.clone(), page),
        ("failed", failed, page),
        ("failed of one action", both, page),
        ("failed, of some days", recent, page),
        ("offset 50,000", any, deep),
    ] {
        let mut times = Vec::new();
        let mut total = 0;
        for _ in 0..21 {
            let before = Instant::now();
            let listed = store.executions(filter.clone(), page).await.unwrap();
            times.push(before.elapsed());
            total = listed.total;
        }
        report(what, times, total);
    }
    let before = Instant::now();
    let events = store.events(EventFilter::default(), page).await.unwrap();
    report("events", vec![before.elapsed()], events.total);
}

fn report(what: &str, mut times: Vec<Duration>, total: u64) {
    let first = times.first().copied().unwrap_or_default();
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    println!("{what}: {total} in all, first {first:?}, median {median:?}");
}

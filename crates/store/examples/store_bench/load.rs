//! Commits under load.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use squall_store::{Sqlite, Store as _};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::sample::Story;
use crate::usage::{resident_mb, usage};

const LASTS: Duration = Duration::from_secs(3);

/// Events, one at a time, until a moment: how long each took.
pub(crate) async fn events_until(store: Arc<Sqlite>, end: Instant) -> Vec<Duration> {
    worker(store, Work::Event, end).await
}

/// What one worker does again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// An event.
    Event,
    /// An event, then its decision without a rule.
    Decided,
    /// The three commits of an event that starts a `noop`.
    Life,
}

/// Events, and events that are decided later.
pub(crate) async fn commits(folder: &Path) {
    for work in [Work::Event, Work::Decided] {
        for in_flight in [1, 64, 512] {
            load(folder, work, in_flight).await;
        }
    }
}

/// Whole lives.
pub(crate) async fn lives(folder: &Path) {
    for in_flight in [1, 64, 512] {
        load(folder, Work::Life, in_flight).await;
    }
}

/// Events beside results of 20 MB.
pub(crate) async fn long_results(folder: &Path) {
    let store = crate::open(folder, "long");
    let mut story = Story::new();
    store.commit(story.happened()).await.unwrap();
    store.commit(story.started()).await.unwrap();
    let line = "2026-11-22T13:14:15Z node-7 kubelet[812]: pod api-77 is running, 81 % of its memory limit in use\n";
    let result = json!({"stdout": line.repeat(20_000_000 / line.len()), "return_code": 0});
    let batch = story.finished(result);
    let other = Arc::clone(&store);
    let long = async {
        let before = Instant::now();
        other.commit(batch).await.unwrap();
        before.elapsed()
    };
    let events = worker(Arc::clone(&store), Work::Event, Instant::now() + LASTS);
    let (latencies, took) = tokio::join!(events, long);
    report("Event beside a result of 20 MB", 1, &latencies, LASTS);
    println!("  the long result itself took {took:?}");
}

async fn load(folder: &Path, work: Work, in_flight: usize) {
    let store = crate::open(folder, &format!("{work:?}-{in_flight}"));
    // Files grow and caches fill before the clock starts.
    run(&store, work, in_flight, Duration::from_millis(500)).await;
    let before = usage();
    let latencies = run(&store, work, in_flight, LASTS).await;
    let after = usage();
    report(&format!("{work:?}"), in_flight, &latencies, LASTS);
    let commits = f64::from(u32::try_from(latencies.len()).unwrap());
    println!(
        "  CPU per commit {:.1} us, of which writer {:.1} us; {:.0} MB resident",
        (after.process - before.process) / commits * 1e6,
        (after.writer - before.writer) / commits * 1e6,
        resident_mb()
    );
}

async fn run(store: &Arc<Sqlite>, work: Work, in_flight: usize, lasts: Duration) -> Vec<Duration> {
    let end = Instant::now() + lasts;
    let workers = (0..in_flight).map(|_| worker(Arc::clone(store), work, end));
    let workers: JoinSet<_> = workers.collect();
    workers.join_all().await.concat()
}

async fn worker(store: Arc<Sqlite>, work: Work, end: Instant) -> Vec<Duration> {
    let mut latencies = Vec::new();
    while Instant::now() < end {
        let mut story = Story::new();
        latencies.push(commit(&store, story.happened()).await);
        match work {
            Work::Event => {}
            Work::Decided => latencies.push(commit(&store, story.ignored()).await),
            Work::Life => {
                latencies.push(commit(&store, story.started()).await);
                latencies.push(commit(&store, story.finished(json!({}))).await);
            }
        }
    }
    latencies
}

async fn commit(store: &Sqlite, batch: squall_model::record::Batch) -> Duration {
    let before = Instant::now();
    store.commit(batch).await.unwrap();
    before.elapsed()
}

pub(crate) fn report(what: &str, in_flight: usize, latencies: &[Duration], lasted: Duration) {
    let mut sorted = latencies.to_vec();
    sorted.sort_unstable();
    let at = |share: usize| {
        sorted
            .get(sorted.len() * share / 1000)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "{what}, {in_flight} in flight: {:.0} commits/s; p50 {:?}, p99 {:?}, p99.9 {:?}, worst {:?}",
        f64::from(u32::try_from(sorted.len()).unwrap()) / lasted.as_secs_f64(),
        at(500),
        at(990),
        at(999),
        sorted.last().copied().unwrap_or_default()
    );
}

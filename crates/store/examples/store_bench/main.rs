//! What the embedded store takes: `cargo run --release -p squall-store --example store_bench [DIR] [PART]...`
//!
//! Parts: `commits`, `life`, `size`, `lists`, `long`, `purge`; all of them without one. DIR (default: a temporary
//! directory) keeps the store with a million executions between runs.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement for people"
)]

mod lists;
mod load;
mod purge;
mod sample;
mod size;
mod usage;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use squall_store::Sqlite;

#[tokio::main]
async fn main() {
    let mut arguments: Vec<_> = std::env::args().skip(1).collect();
    let scratch = tempfile::tempdir().unwrap();
    let kept = match arguments.first() {
        Some(first) if first.contains('/') => PathBuf::from(arguments.remove(0)),
        _ => scratch.path().to_owned(),
    };
    let wants = |part: &str| arguments.is_empty() || arguments.iter().any(|given| given == part);
    if wants("commits") {
        load::commits(scratch.path()).await;
    }
    if wants("life") {
        load::lives(scratch.path()).await;
    }
    if wants("long") {
        load::long_results(scratch.path()).await;
    }
    if wants("size") {
        size::hundred_thousand(scratch.path()).await;
    }
    if wants("lists") {
        lists::million(&kept).await;
    }
    if wants("purge") {
        purge::million(&kept, scratch.path()).await;
    }
}

/// A store in `folder`, new if `name` is.
fn open(folder: &Path, name: &str) -> Arc<Sqlite> {
    Arc::new(Sqlite::open(&folder.join(name), Arc::new(sample::now)).unwrap())
}

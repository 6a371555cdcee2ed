//! What 100,000 executions take on disk, with their events, decisions and results.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::json;
use squall_model::Timestamp;
use squall_store::{Sqlite, Store as _};
use tokio::task::JoinSet;

use crate::sample::{self, Story};

/// Writes 100,000 whole lives and says where the bytes went.
pub(crate) async fn hundred_thousand(folder: &Path) {
    let store = crate::open(folder, "size");
    fill(&store, 100_000).await;
    drop(store);
    let path = folder.join("size");
    let bytes = fs_err::metadata(&path).unwrap().len();
    println!("100,000 executions: {:.1} MB", mb(bytes));
    let connection = Connection::open(&path).unwrap();
    let sql = "SELECT name, sum(pgsize), sum(pgsize - unused) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 30";
    let mut statement = connection.prepare(sql).unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let name: String = row.get(0).unwrap();
        let (taken, used): (i64, i64) = (row.get(1).unwrap(), row.get(2).unwrap());
        let (taken, used) = (taken.cast_unsigned(), used.cast_unsigned());
        println!("  {:6.1} MB, {:5.1} used  {name}", mb(taken), mb(used));
    }
}

/// Adds whole lives, a millisecond apart and up to now, 64 at a time.
pub(crate) async fn fill(store: &Arc<Sqlite>, number: u64) {
    let start = sample::now().micros() - i64::try_from(number).unwrap() * 1000;
    let mut workers = JoinSet::new();
    for worker in 0..64 {
        let store = Arc::clone(store);
        workers.spawn(async move {
            for seed in (worker..number).step_by(64) {
                let at = Timestamp::from_micros(start + i64::try_from(seed).unwrap() * 1000);
                let mut story = Story::at(at, seed);
                store.commit(story.happened()).await.unwrap();
                store.commit(story.started()).await.unwrap();
                store.commit(story.finished(json!({}))).await.unwrap();
            }
        });
    }
    workers.join_all().await;
}

#[expect(clippy::cast_precision_loss, reason = "rounded for people")]
fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

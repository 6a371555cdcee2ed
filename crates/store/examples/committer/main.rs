//! Commits batches and prints the number of each once it is acknowledged, until it is killed. The tests in `durable` kill
//! it, and watch its system calls.
//!
//! Arguments: the store, the first number, how many batches are in flight, and how many there are at most.

#![expect(clippy::unwrap_used, reason = "whatever goes wrong fails the test")]

mod story;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use squall_model::Timestamp;
use squall_model::record::Batch;
use squall_store::{Sqlite, Store as _};
use tokio::task::JoinSet;

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    let [_, path, first, in_flight, most] = arguments.try_into().unwrap();
    let path = PathBuf::from(path);
    let [first, in_flight, most] =
        [first, in_flight, most].map(|text| text.parse::<u32>().unwrap());
    let clock = Arc::new(|| Timestamp::from_micros(0));
    let store = Arc::new(Sqlite::open(&path, clock).unwrap());
    let next = Arc::new(AtomicU32::new(first));
    let mut workers = JoinSet::new();
    for _ in 0..in_flight {
        let (store, next) = (Arc::clone(&store), Arc::clone(&next));
        workers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number - first >= most {
                    return;
                }
                let records = story::records(number);
                store.commit(Batch { records }).await.unwrap();
                let line = format!("{number}\n");
                std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
            }
        });
    }
    workers.join_all().await;
}

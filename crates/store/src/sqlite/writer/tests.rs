//! What the writer answers when it cannot write.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use squall_model::Timestamp;
use squall_model::record::{Batch, Record, Resource, ResourceKind};

use super::*;
use crate::sqlite::encode::{self, Shared};
use crate::sqlite::file;

fn writer(path: &Path, prepare: impl FnOnce(&Connection)) -> Writer {
    let connection = file::open(path, Timestamp::from_micros(0)).unwrap();
    prepare(&connection);
    Writer::start(connection, file::mover(path).unwrap()).unwrap()
}

/// A batch whose row has about so many bytes.
fn changes(number: usize, bytes: usize) -> Vec<Change> {
    let resource = Resource {
        kind: ResourceKind::Rule,
        reference: number.to_string(),
        body: (0..bytes / 4).map(|part| part * 7919 % 9000).collect(),
        replaces: None,
    };
    let shared = Shared {
        next_value: 1.into(),
        templates: Arc::default(),
        definitions: Mutex::default(),
    };
    let batch = Batch {
        records: vec![Record::Resource(resource)],
    };
    encode::rows(batch, &shared).unwrap().changes
}

async fn becomes(writer: &Writer, wanted: impl Fn(&Health) -> bool) {
    let mut health = writer.health.clone();
    let becomes = health.wait_for(|health| wanted(health));
    let in_time = tokio::time::timeout(Duration::from_secs(20), becomes).await;
    drop(in_time.unwrap().unwrap());
}

#[tokio::test]
async fn a_failure_is_answered_and_overcome() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("squall.db");
    let writer = writer(&path, |connection| {
        connection.busy_timeout(Duration::from_millis(10)).unwrap();
    });
    let rival = Connection::open(&path).unwrap();
    rival.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = writer.write(changes(1, 10), 10).await;
    assert!(matches!(refused, Err(Error::Unwritten(_))), "{refused:?}");
    let health = writer.health();
    assert!(
        matches!(&health, Health::Failing(why) if why.contains("locked")),
        "{health:?}"
    );
    rival.execute_batch("ROLLBACK").unwrap();
    // Nobody writes: the writer tries by itself.
    becomes(&writer, |health| *health == Health::Ready).await;
    writer.write(changes(1, 10), 10).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_never_answered_with_success() {
    const BATCHES: usize = 200;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("squall.db");
    let writer = writer(&path, |connection| {
        let grow = "PRAGMA max_page_count = 150";
        connection.query_row(grow, [], |_| Ok(())).unwrap();
    });
    let writer = Arc::new(writer);
    writer.write(changes(BATCHES, 8000), 8000).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..BATCHES {
        let writer = Arc::clone(&writer);
        tasks.spawn(async move {
            let done = writer.write(changes(number, 8000), 8000).await;
            (number, done)
        });
    }
    let mut acknowledged = vec![BATCHES.to_string()];
    for (number, done) in tasks.join_all().await {
        match done {
            Ok(()) => acknowledged.push(number.to_string()),
            Err(error) => assert!(matches!(error, Error::Unwritten(_)), "{error:?}"),
        }
    }
    assert!(acknowledged.len() <= BATCHES, "the disk was not full");
    assert!(matches!(writer.health(), Health::Failing(_)));
    drop(writer);
    let connection = Connection::open(&path).unwrap();
    let sql = "SELECT reference FROM resource";
    let mut found = connection.prepare(sql).unwrap();
    let found = found.query_map([], |row| row.get(0)).unwrap();
    let mut found: Vec<String> = found.map(Result::unwrap).collect();
    found.sort();
    acknowledged.sort();
    assert_eq!(found, acknowledged);
}

#[tokio::test]
async fn a_dead_writer_leaves_nobody_waiting() {
    let writer = Writer::spawn(|jobs, _health| {
        drop(jobs.recv());
        panic!("the writer dies, as this test wants");
    });
    let writer = writer.unwrap();
    for number in 0..3 {
        let refused = writer.write(changes(number, 10), 10).await;
        assert!(matches!(refused, Err(Error::Stopped)), "{refused:?}");
    }
    becomes(&writer, |health| *health == Health::Stopped).await;
}

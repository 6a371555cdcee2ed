//! Killed at any moment, a store has every acknowledged batch, and each batch whole or not at all.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use rusqlite::Connection;
use squall_model::record::{EventFilter, ExecutionFilter, OutputKind, Page};
use squall_store::{Sqlite, Store as _};

use crate::{clock, committer, story};

const ROUNDS: usize = 12;

/// Batches in flight; all of them may be unanswered when the process dies.
const IN_FLIGHT: u32 = 24;

#[tokio::test]
async fn every_acknowledged_batch_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("squall.db");
    let mut acknowledged = BTreeSet::new();
    let mut first = 0;
    let mut moment: usize = 7;
    for _ in 0..ROUNDS {
        moment = (moment * 73 + 29) % 101;
        acknowledged.extend(killed_after(moment, &path, first));
        first = check(&path, &acknowledged, first).await;
    }
    check(&path, &acknowledged, 0).await;
    assert!(acknowledged.len() > ROUNDS, "too few batches to tell");
}

/// Numbers that a process acknowledged before it was killed, soon after so many of them.
fn killed_after(answers: usize, path: &Path, first: u32) -> Vec<u32> {
    let mut child = Command::new(committer())
        .arg(path)
        .args([first, IN_FLIGHT, u32::MAX].map(|number| number.to_string()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut numbers: Vec<u32> = Vec::new();
    while numbers.len() <= answers {
        numbers.push(lines.next().unwrap().unwrap().parse().unwrap());
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // The last line may have been cut off by the kill; a cut number is a smaller one, acknowledged before.
    let rest = lines.map_while(Result::ok);
    numbers.extend(
        rest.filter_map(|line| line.parse::<u32>().ok())
            .filter(|number| *number >= first),
    );
    numbers
}

/// Looks at what is in the store, closely from a number on; answers the first number that is free.
async fn check(path: &Path, acknowledged: &BTreeSet<u32>, first: u32) -> u32 {
    let store = Sqlite::open(path, clock()).unwrap();
    let all = Page {
        limit: None,
        ..Page::default()
    };
    let events = store.events(EventFilter::default(), all).await.unwrap();
    let found = events.items.iter().map(|event| number(event.id.bytes()));
    let found: BTreeSet<_> = found.collect();
    let lost: Vec<_> = acknowledged.difference(&found).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    for number in found.range(first..) {
        check_one(&store, *number).await;
    }
    let executions = store
        .executions(ExecutionFilter::default(), all)
        .await
        .unwrap();
    let total = u64::try_from(found.len()).unwrap();
    assert_eq!(executions.items.len(), found.len());
    assert_eq!((events.total, executions.total), (total, total));
    for (status, count) in store.execution_counts().await.unwrap() {
        let same = found.iter().filter(|one| story::status(**one) == status);
        assert_eq!(count, u64::try_from(same.count()).unwrap(), "{status:?}");
    }
    check_parts(path, &found);
    found.last().map_or(0, |last| last + 1)
}

async fn check_one(store: &Sqlite, number: u32) {
    let id = story::id(number);
    let event = store.event(id).await.unwrap().unwrap();
    assert_eq!(event.payload, story::payload(number));
    let execution = store.execution(id).await.unwrap().unwrap();
    assert_eq!(execution.status, story::status(number));
    assert!(store.result(id).await.unwrap() == Some(story::result(number)));
    let output = store.output(id, Some(OutputKind::Stdout), 0, 9).await;
    let output = output.unwrap();
    assert_eq!(output.first().unwrap().data, number.to_string());
}

/// Parts of long values stay only with their records.
fn check_parts(path: &Path, found: &BTreeSet<u32>) {
    let connection = Connection::open(path).unwrap();
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    assert_eq!(count("SELECT count(*) FROM upload").unwrap(), 0);
    let long = found
        .iter()
        .filter(|number| number.is_multiple_of(story::LONG_EVERY));
    let values = count("SELECT count(DISTINCT value) FROM part").unwrap();
    assert_eq!(usize::try_from(values).unwrap(), long.count());
}

fn number(id: [u8; 12]) -> u32 {
    u32::from_be_bytes(*id.first_chunk().unwrap())
}

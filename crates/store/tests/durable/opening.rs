//! What can be opened, by whom, and what it becomes.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rusqlite::Connection;
use serde_json::json;
use squall_model::record::{Batch, EventFilter, Page, Record};
use squall_store::sqlite::Error;
use squall_store::{Sqlite, Store as _};

use crate::{clock, story};

fn open(path: &Path) -> Result<Sqlite, Error> {
    Sqlite::open(path, clock())
}

fn tell(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn what_was_written_is_there_when_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("squall.db");
    for number in 0..3 {
        let store = open(&path).unwrap();
        let records = story::records(number);
        store.commit(Batch { records }).await.unwrap();
        let events = store.events(EventFilter::default(), Page::default()).await;
        assert_eq!(events.unwrap().total, u64::from(number + 1));
    }
}

#[tokio::test]
async fn templates_are_learned_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("squall.db");
    let long = "the same long text in each of them, ".repeat(20);
    for round in 0..3 {
        let store = open(&path).unwrap();
        for number in round * 10..round * 10 + 10 {
            let mut records = story::records(number);
            if let Some(Record::Event(event)) = records.first_mut() {
                event.payload = json!({"text": long, "number": number});
            }
            store.commit(Batch { records }).await.unwrap();
        }
        for number in 0..round * 10 + 10 {
            let event = store.event(story::id(number)).await.unwrap().unwrap();
            assert_eq!(event.payload, json!({"text": long, "number": number}));
        }
    }
    let connection = Connection::open(&path).unwrap();
    let sql = "SELECT count(*), sum(length(payload)) FROM template, event";
    let (templates, bytes): (i64, i64) = connection
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(templates, 30, "one template beside 30 events");
    assert!(bytes < 30 * 60, "{bytes}");
}

#[test]
fn its_files_are_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("squall.db");
    fs_err::write(&path, "").unwrap();
    let store = open(&path).unwrap();
    let mut names = Vec::new();
    for entry in fs_err::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    let expected = [
        "squall.db",
        "squall.db-owner",
        "squall.db-shm",
        "squall.db-wal",
    ];
    assert_eq!(names, expected);
    drop(store);
}

#[test]
fn one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("squall.db");
    let first = open(&path).unwrap();
    let second = open(&path).unwrap_err();
    assert!(matches!(second, Error::InUse(_)), "{second:?}");
    drop(first);
    open(&path).unwrap();
}

#[test]
fn another_programs_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    fs_err::write(
        &text,
        "not a database, but long enough to be looked at".repeat(50),
    )
    .unwrap();
    let other = folder.path().join("other.db");
    let connection = Connection::open(&other).unwrap();
    connection
        .execute_batch("CREATE TABLE note (text TEXT); INSERT INTO note VALUES ('mine')")
        .unwrap();
    drop(connection);
    for path in [text, other] {
        let before = fs_err::read(&path).unwrap();
        let refused = open(&path).unwrap_err();
        assert!(matches!(refused, Error::Foreign(_)), "{refused:?}");
        assert_eq!(
            tell(&refused),
            format!("`{}` is not a store of Squall", path.display())
        );
        assert!(fs_err::read(&path).unwrap() == before);
    }
}

#[test]
fn a_newer_store_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("squall.db");
    drop(open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    let sql = "INSERT INTO migration (name, applied_at) VALUES ('9999_future', 0)";
    connection.execute(sql, []).unwrap();
    let refused = open(&path).unwrap_err();
    assert!(matches!(refused, Error::Newer { .. }), "{refused:?}");
    assert!(tell(&refused).contains("knows schemas up to"));
}

#[test]
fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let refused = open(&folder.path().join("none/squall.db")).unwrap_err();
    assert!(
        tell(&refused).contains("none/squall.db"),
        "{}",
        tell(&refused)
    );
}

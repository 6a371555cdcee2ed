//! Long values are written in parts, and nothing of them stays when their record is replaced, refused or deleted.

use std::path::Path;

use rusqlite::Connection;
use serde_json::json;
use squall_model::record::{Batch, Record, Resource, ResourceKind};
use squall_store::{Sqlite, Store as _};

use crate::{clock, story};

/// How many values are in parts.
fn values(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT count(DISTINCT value) FROM part";
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn resource(digit: char) -> Record {
    Record::Resource(Resource {
        kind: ResourceKind::Rule,
        reference: "labs.long".to_owned(),
        body: json!(digit.to_string().repeat(600_000)),
        replaces: None,
    })
}

fn result(length: usize) -> Record {
    Record::Result {
        execution: story::id(1),
        result: json!("x".repeat(length)),
    }
}

#[tokio::test]
async fn nothing_stays_of_what_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("squall.db");
    let store = Sqlite::open(&path, clock()).unwrap();
    let commit = async |records| store.commit(Batch { records }).await;
    let begin = [story::records(1), vec![resource('1'), result(600_000)]].concat();
    commit(begin).await.unwrap();
    assert_eq!(values(&path), 2);
    commit(vec![result(700_000), resource('2')]).await.unwrap();
    assert_eq!(values(&path), 2);
    let refused = commit([vec![result(800_000)], story::records(1)].concat()).await;
    assert!(refused.is_err());
    assert_eq!(values(&path), 2);
    assert!(store.result(story::id(1)).await.unwrap() == Some(json!("x".repeat(700_000))));
    let deleted = Record::ResourceDeleted {
        kind: ResourceKind::Rule,
        reference: "labs.long".to_owned(),
    };
    commit(vec![result(5), deleted]).await.unwrap();
    assert_eq!(values(&path), 0);
}

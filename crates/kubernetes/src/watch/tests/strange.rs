//! Servers that do what none should.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use squall_model::Json;
use tokio::time::timeout;

use super::super::*;
use super::{HASTE, pods};
use crate::testing::{Canned, plain};

/// What it is about, what the server answers, and what the watch tells.
type Case = (&'static str, Vec<String>, &'static [&'static str]);

fn line(word: &str, object: &Json) -> String {
    json!({"type": word, "object": object}).to_string() + "\n"
}

fn numbered(name: &str, version: u32) -> Json {
    json!({"metadata": {"name": name, "uid": name, "resourceVersion": version.to_string()}})
}

fn end_of_list(version: u32) -> String {
    let metadata = json!({"resourceVersion": version.to_string(), "annotations": {"k8s.io/initial-events-end": "true"}});
    line("BOOKMARK", &json!({"metadata": metadata}))
}

/// Answers the requests one after another, and after the last one with nothing new.
async fn told_by(answers: Vec<String>) -> Vec<String> {
    let count = AtomicUsize::new(0);
    let most = answers.len();
    let server = Canned::new(move |_| {
        let answer = answers.get(count.fetch_add(1, Ordering::Relaxed));
        plain(200, answer.cloned().unwrap_or_default())
    })
    .await;
    let mut watch = Watch::new(server.cluster(), pods(HASTE), None);
    let mut lines = Vec::new();
    while server.asked().len() <= most {
        let Ok(seen) = timeout(Duration::from_millis(50), watch.next()).await else {
            continue;
        };
        lines.push(match seen {
            Seen::Version(version) => format!(
                "{} {} {}{}",
                version.change.operation.as_str(),
                version.key,
                version.resource_version,
                if version.gap { " after a gap" } else { "" },
            ),
            Seen::Gap { since } => format!("gap since {since}"),
            Seen::Synced { objects, position } => format!("synced {objects} at {position}"),
            Seen::Position(position) => format!("position {position}"),
            Seen::Refused(error) => error.to_string(),
        });
    }
    lines
}

#[tokio::test]
async fn what_came_already_or_makes_no_sense_is_passed_over() {
    let first = line("ADDED", &numbered("a", 5)) + &end_of_list(6);
    let cases: [Case; 3] = [
        (
            "old versions and the same ones again are not told",
            vec![
                first.clone(),
                line("MODIFIED", &numbered("a", 7)) + &line("MODIFIED", &numbered("a", 7)),
                line("MODIFIED", &numbered("a", 6)) + &line("MODIFIED", &numbered("a", 8)),
                line("DELETED", &numbered("a", 8)) + &line("DELETED", &numbered("a", 9)),
            ],
            &["synced 1 at 6", "update a 7", "update a 8", "delete a 9"],
        ),
        (
            "half a line is read again",
            vec![
                first.clone(),
                line("MODIFIED", &numbered("a", 7))
                    .chars()
                    .take(40)
                    .collect(),
                line("MODIFIED", &numbered("a", 7)),
            ],
            &["synced 1 at 6", "update a 7"],
        ),
        (
            "what is no object and no known word is passed over",
            vec![
                first.clone(),
                line("MODIFIED", &json!({"metadata": {}}))
                    + &line("SUNG", &json!(7))
                    + &line("BOOKMARK", &json!([])),
                line("MODIFIED", &numbered("a", 7)),
            ],
            &["synced 1 at 6", "update a 7"],
        ),
    ];
    for (name, answers, lines) in cases {
        assert_eq!(told_by(answers).await, lines, "{name}");
    }
}

#[tokio::test]
async fn a_server_that_loses_track_is_asked_for_everything() {
    let first = line("ADDED", &numbered("a", 5)) + &end_of_list(6);
    let too_large = json!({"code": 504, "reason": "Timeout", "message": "Too large resource version: 6, current: 2"});
    let expired = json!({"code": 410, "reason": "Expired", "message": "too old resource version"});
    let garbage = "{\"type\": \n".to_owned();
    let cases: [Case; 3] = [
        (
            "what cannot be read three times is gone around",
            vec![
                first.clone(),
                garbage.clone(),
                garbage.clone(),
                garbage,
                line("ADDED", &numbered("a", 9)) + &end_of_list(9),
            ],
            &[
                "synced 1 at 6",
                "gap since 6",
                "update a 9 after a gap",
                "synced 1 at 9",
            ],
        ),
        (
            "a cluster that was set back is believed, and only then",
            vec![
                first.clone(),
                line("ERROR", &too_large),
                line("ERROR", &too_large),
                line("ERROR", &too_large),
                line("ADDED", &numbered("a", 2)) + &end_of_list(3),
                json!({"metadata": {"resourceVersion": "3"}, "items": [numbered("a", 2)]})
                    .to_string(),
                line("MODIFIED", &numbered("a", 4)),
            ],
            &[
                "synced 1 at 6",
                "gap since 6",
                "update a 2 after a gap",
                "synced 1 at 3",
                "update a 4",
            ],
        ),
        (
            "a list that breaks off is told once",
            vec![
                first.clone(),
                line("ERROR", &expired),
                line("ADDED", &numbered("a", 8)),
                line("ADDED", &numbered("a", 8))
                    + &line("ADDED", &numbered("b", 9))
                    + &end_of_list(9),
            ],
            &[
                "synced 1 at 6",
                "gap since 6",
                "update a 8 after a gap",
                "create b 9 after a gap",
                "synced 2 at 9",
            ],
        ),
    ];
    for (name, answers, lines) in cases {
        assert_eq!(told_by(answers).await, lines, "{name}");
    }
}

#[tokio::test]
async fn a_server_that_cannot_stream_lists_is_asked_for_pages() {
    let server = Canned::new(|asked| {
        if asked.contains("sendInitialEvents") {
            return plain(
                422,
                r#"{"reason": "Invalid", "message": "sendInitialEvents is forbidden for watch"}"#,
            );
        }
        if asked.contains("watch=true") {
            return plain(200, "");
        }
        plain(
            200,
            json!({"metadata": {"resourceVersion": "6"}, "items": [numbered("a", 5)]}).to_string(),
        )
    })
    .await;
    let mut watch = Watch::new(server.cluster(), pods(HASTE), None);
    assert!(matches!(
        watch.next().await,
        Seen::Synced { objects: 1, .. }
    ));
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1], "GET /api/v1/pods?limit=500");
}

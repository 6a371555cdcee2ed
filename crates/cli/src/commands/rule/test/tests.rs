//! Verdicts, of the batch command as of the single one, beside what StackStorm's own rule filter said.

use clap::Parser as _;
use serde_json::json;

use super::*;
use crate::console::paper::written;

fn recorded(file: &str) -> Vec<Object> {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = here.join("../../conformance/recorded").join(file);
    let text = fs_err::read_to_string(file).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Cases in which Squall means to differ; the engine's own replay says why.
const DIFFERENT: [&str; 4] = ["regex-72", "regex-74", "search-40", "search-41"];

#[test]
fn a_batch_answers_as_stackstorm_does() {
    let lines = recorded("criteria.jsonl");
    assert!(lines.len() > 150);
    let mut faults = Vec::new();
    for line in lines {
        let found = answer(&line, None);
        let id = line["id"].as_str().unwrap();
        if DIFFERENT.contains(&id) {
            continue;
        }
        if found["verdict"] != line["expected"]["verdict"] {
            faults.push(format!(
                "{id}: {} not {}",
                Json::from(found),
                line["expected"]["verdict"]
            ));
        }
    }
    assert!(
        faults.is_empty(),
        "{} differ:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

fn object(value: &Json) -> Object {
    value.as_object().cloned().unwrap()
}

#[test]
fn the_reason_names_what_decided() {
    let line = |criteria: Json| {
        object(&json!({"id": 1, "rule": {"criteria": criteria}, "event": {"x": "web01", "y": 1}}))
    };
    let criteria = json!({"trigger.x": {"type": "startswith", "pattern": "web"}, "trigger.y": {"type": "gt", "pattern": 5}});
    let found = answer(&line(criteria), None);
    assert_eq!(found["verdict"], "no_match");
    let reason = found["reason"].as_str().unwrap();
    assert!(
        reason.contains("trigger.y") && reason.contains("gt"),
        "{reason}"
    );
    let found = answer(
        &line(json!({"trigger.x": {"type": "gt", "pattern": 5}})),
        None,
    );
    assert_eq!(found["verdict"], "error");
    assert_eq!(
        answer(&line(json!({})), None),
        object(&json!({"verdict": "match", "reason": null}))
    );
}

#[test]
fn what_is_no_case_is_an_error_of_its_own() {
    for (line, reason) in [
        (json!({"id": 1}), "`rule` must be an object"),
        (
            json!({"rule": {"criteria": []}}),
            "`criteria` must be an object: keys, each with its `type` and `pattern`",
        ),
        (
            json!({"rule": {}, "keys": {"system": 5}}),
            "`keys` must be an object with `system` and `user`, each an object of names and texts",
        ),
        (
            json!({"rule": {}, "now": "noon"}),
            "`now`: `noon` is not a time such as 2026-11-22T13:14:15.000Z",
        ),
    ] {
        let found = answer(&object(&line), None);
        assert_eq!(
            found,
            object(&json!({"verdict": "error", "reason": reason}))
        );
    }
}

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    test: Test,
}

/// A rule and an event in files, and how `squall rule test` ends.
fn ends(event: &str) -> (Result<Ending, Failure>, String) {
    let folder = tempfile::tempdir().unwrap();
    let rule = folder.path().join("rule.yaml");
    let rule_text = "criteria:\n  trigger.name:\n    type: startswith\n    pattern: '{{ st2kv.system.prefix }}'\n";
    fs_err::write(&rule, rule_text).unwrap();
    let (event_file, keys) = (
        folder.path().join("event.json"),
        folder.path().join("keys.yaml"),
    );
    fs_err::write(&event_file, event).unwrap();
    fs_err::write(&keys, "prefix: A\n").unwrap();
    let arguments = [
        "test".as_ref(),
        "--rule".as_ref(),
        rule.as_os_str(),
        "--event".as_ref(),
        event_file.as_os_str(),
        "--keys".as_ref(),
        keys.as_os_str(),
    ];
    let Line { test } = Line::parse_from(arguments);
    let mut ended = None;
    let said = written(|console| {
        ended = Some(test.run(console));
        Ok::<_, ()>(())
    });
    (ended.unwrap(), said)
}

#[test]
fn a_pattern_of_the_datastore_alone_is_refused_as_in_stackstorm() {
    let (ended, _) = ends(r#"{"name": "Ann"}"#);
    assert!(matches!(ended, Err(Failure::NotEvaluated(_))), "{ended:?}");
}

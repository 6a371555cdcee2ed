//! Whole flows of Robusta's, from its file to what each sink is told, as `conformance/` has them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;

use serde_json::json;
use squall_model::Json;

use super::given::Given;
use super::*;
use crate::console::paper;

/// What Squall does otherwise on purpose, or what is recorded otherwise than it is in a cluster.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "crash_loop-13",
        "a trigger that cannot be asked does not end the event",
    ),
    (
        "crash_loop-14",
        "a trigger that cannot be asked does not end the event",
    ),
    ("selectors-07", "labels that are null are none"),
    (
        "faults-07",
        "a trigger that cannot be asked does not end the event",
    ),
    ("alerts-15", "an alert needs nothing but its labels"),
    ("warning_event-04", "warnings of the core group count, too"),
    ("resources-10", "every version of a kind is known"),
    ("faults-06", "what Hikaru cannot hold fires all the same"),
    ("faults-13", "what Hikaru cannot hold fires all the same"),
    ("match-04", "what is no label is an error of the file"),
    (
        "refused-06",
        "a trigger with nothing behind it has no parameters",
    ),
    ("refused-31", "the day is called THU as well as THR"),
    (
        "faults-01",
        "parameters of Squall's own actions are held against their schema when the file is loaded",
    ),
    (
        "faults-09",
        "parameters of Squall's own actions are held against their schema when the file is loaded",
    ),
    (
        "faults-11",
        "a number is written as a number; the original fails when an event comes",
    ),
    ("environment-07", "texts in lists are filled in, too"),
    (
        "silencers-03",
        "the silencer works; the original's always fails",
    ),
    (
        "faults-10",
        "without Prometheus the alert's labels are told all the same",
    ),
    ("manual-09", "an action by hand needs a name"),
    (
        "timed-04",
        "findings that wait for a summary are told as they are",
    ),
    (
        "timed-05",
        "findings that wait for a summary are told as they are",
    ),
    (
        "alerts-12",
        "labels are told in the order in which they were sent",
    ),
    (
        "robustas_own-01",
        "the action does not come with Squall yet",
    ),
    (
        "robustas_own-02",
        "the action does not come with Squall yet",
    ),
    (
        "robustas_own-03",
        "the action does not come with Squall yet",
    ),
    (
        "robustas_own-04",
        "the action does not come with Squall yet",
    ),
    (
        "robustas_own-05",
        "the action does not come with Squall yet",
    ),
];

/// An answer, without what only the recording has, and with faults by whether there is one.
fn outline(mut answer: Json) -> Json {
    if answer["loads"] != json!(true) {
        return json!("not loaded");
    }
    let mut events = answer["events"].take();
    for event in events.as_array_mut().into_iter().flatten() {
        event["aborted"] = json!(!event["aborted"].is_null());
        if let Some(event) = event.as_object_mut() {
            for only_recorded in ["changes", "faults", "response"] {
                event.remove(only_recorded);
            }
        }
    }
    events
}

#[test]
fn lines_are_answered_as_recorded() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../conformance/recorded/robusta_batch.jsonl");
    let text = fs_err::read_to_string(file).unwrap();
    let cases: Vec<Json> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(cases.len() >= 290, "{}", cases.len());
    let mut lines = tempfile::NamedTempFile::new().unwrap();
    for case in &cases {
        writeln!(lines, "{}", case["input"]).unwrap();
    }
    let test = Test {
        batch: Some(lines.path().to_owned()),
        files: Vec::new(),
        repositories: Vec::new(),
        events: Vec::new(),
        at: None,
        given: Given::default(),
        network: false,
        output: Format::Table,
    };
    let told = paper::written(|console| test.run(console).map(drop));
    let answers: BTreeMap<String, Json> = told
        .lines()
        .map(|line| {
            let answer: Json = serde_json::from_str(line).unwrap();
            (answer["id"].as_str().unwrap().to_owned(), answer)
        })
        .collect();
    let mut different = BTreeSet::new();
    for case in cases {
        let id = case["id"].as_str().unwrap();
        if outline(case["output"].clone()) != outline(answers[id].clone()) {
            different.insert(id.to_owned());
        }
    }
    let meant: BTreeSet<String> = DIFFERENT.iter().map(|(id, _)| (*id).to_owned()).collect();
    assert_eq!(different, meant);
}

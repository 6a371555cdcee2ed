//! Replays what StackStorm's Python runner did: `conformance/recorded/python_runner.jsonl`.

use serde::Deserialize;

use super::*;

/// Where we differ on purpose.
const DIFFERENCES: &[(&str, &str)] = &[
    ("end-15", "a kill that is no timeout is not called one"),
    ("output-09", PRINTED),
    ("output-10", PRINTED),
    ("output-11", PRINTED),
    ("output-12", PRINTED),
    ("output-13", PRINTED),
    ("output-14", PRINTED),
    ("output-15", PRINTED),
    ("output-16", PRINTED),
    ("output-17", PRINTED),
    ("output-18", "a result needs no standard output"),
    (
        "given-08",
        "standard input is always empty, never waited for",
    ),
    (
        "given-23",
        "the command line holds the action's file, and nothing else",
    ),
    (
        "source-13",
        "a class that cannot be an action is left out without a complaint",
    ),
];

const PRINTED: &str = "what an action prints is never taken for its result";

#[derive(Deserialize)]
struct Case {
    id: String,
    source: String,
    #[serde(default)]
    lib: Object,
    #[serde(default)]
    parameters: Object,
    #[serde(default)]
    runner: Object,
    #[serde(default)]
    config: Object,
    large: Option<usize>,
    expected: Value,
}

#[tokio::test]
async fn python_actions_do_as_recorded() {
    let name = "../../conformance/recorded/python_runner.jsonl";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let desk = Desk::new();
    let mut count = 0;
    let mut differing = Vec::new();
    for line in fs::read_to_string(path).unwrap().lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let (id, expected) = (case.id.clone(), case.expected.clone());
        let outcome = replayed(&desk, case).await;
        let is_excused = DIFFERENCES.iter().any(|(excused, _)| *excused == id);
        count += 1;
        if is_as(&outcome, &expected) == is_excused {
            differing.push(format!("{id}: {outcome:?}\n    instead of {expected}"));
        }
    }
    assert!(count >= 180, "{count}");
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

async fn replayed(desk: &Desk, case: Case) -> Outcome {
    // A pack of its own: the next case must not find this one's files.
    let pack = desk.folder.path().join(&case.id).join("demo");
    let actions = pack.join("actions");
    fs::create_dir_all(actions.join("lib")).unwrap();
    fs::write(actions.join("act.py"), case.source).unwrap();
    for (name, text) in &case.lib {
        fs::write(actions.join("lib").join(name), text.as_str().unwrap()).unwrap();
    }
    let mut parameters = case.parameters;
    if let Some(length) = case.large {
        parameters.insert("large".to_owned(), json!("x".repeat(length)));
    }
    let action =
        json!({"ref": "demo.act", "runner_type": "python-script", "entry_point": "act.py"});
    let mut attempt = Attempt::on(Arc::clone(&desk.host), "python-script", case.runner.into())
        .in_pack(pack, action, parameters.into());
    attempt.run.config = case.config;
    attempt.run.user = "ann".to_owned();
    attempt.run.execution = "5f0000000000000000000001".parse().unwrap();
    attempt.run.environment = vec![("ST2_ACTION_PACK_NAME".to_owned(), "demo".to_owned())];
    let mut outcome = attempt.outcome().await;
    outcome.result = without_addresses(outcome.result, actions.to_str().unwrap());
    outcome
}

/// Folders and addresses in memory are not recorded.
fn without_addresses(value: Value, actions: &str) -> Value {
    match value {
        Value::String(text) => {
            let text = text.replace(actions, "<actions>");
            let mut parts = text.split("at 0x");
            let mut clean = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
                clean = format!("{clean}at 0x0{rest}");
            }
            clean.into()
        }
        Value::Array(list) => list
            .into_iter()
            .map(|value| without_addresses(value, actions))
            .collect(),
        Value::Object(object) => object
            .into_iter()
            .map(|(key, value)| (key, without_addresses(value, actions)))
            .collect::<Object>()
            .into(),
        other => other,
    }
}

/// Whether the outcome is the recorded one.
fn is_as(outcome: &Outcome, expected: &Value) -> bool {
    if outcome.verdict.status().as_str() != expected["status"] {
        return false;
    }
    if let Some(raised) = expected.get("raised") {
        let message = raised["message"].as_str().unwrap();
        return outcome.result["error"]
            .as_str()
            .is_some_and(|error| error.starts_with(message));
    }
    let same = |key: &str| outcome.result.get(key) == expected.get(key);
    let stderr = text(outcome, "stderr");
    let said = match (&expected["stderr"], &expected["stderr_contains"]) {
        (Value::String(exact), _) => stderr == exact,
        (_, Value::Array(parts)) => parts
            .iter()
            .all(|part| stderr.contains(part.as_str().unwrap())),
        _ => true,
    };
    said && ["result", "exit_code", "stdout", "error"]
        .into_iter()
        .all(same)
}

//! What is rendered, beside what StackStorm rendered.

use super::*;

/// Answers that JSON cannot hold; what Squall gives instead is the engine's matter and tested there.
fn is_beyond_json(value: &Json) -> bool {
    match value {
        Json::Object(members) => {
            members
                .keys()
                .any(|name| name.starts_with("__") && name.ends_with("__"))
                || members.values().any(is_beyond_json)
        }
        Json::Array(items) => items.iter().any(is_beyond_json),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
    }
}

/// Cases in which Squall means to differ; the engine's own replay says why.
const DIFFERENT: [&str; 2] = ["plain-106", "plain-108"];

/// For a text that is no Python literal it counts that it is refused, not in which of the compiler's words.
fn kind(answer: &Json) -> Option<&str> {
    let kind = answer.pointer("/error/kind").and_then(Json::as_str);
    kind.map(|kind| {
        if kind == "SyntaxError" {
            "ValueError"
        } else {
            kind
        }
    })
}

#[test]
fn a_batch_answers_as_stackstorm_does() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text =
        fs_err::read_to_string(here.join("../../conformance/recorded/render.jsonl")).unwrap();
    let (mut count, mut faults) = (0, Vec::new());
    for line in text.lines() {
        let line: Object = serde_json::from_str(line).unwrap();
        let expected = &line["expected"];
        let is_different = DIFFERENT.iter().any(|different| line["id"] == *different);
        if is_different || is_beyond_json(expected) || is_beyond_json(&line["given"]) {
            continue;
        }
        let found = Json::Object(answer(&line));
        let same = match expected.get("value") {
            Some(value) => found.get("value") == Some(value),
            None => kind(&found).is_some() && kind(&found) == kind(expected),
        };
        count += 1;
        if !same {
            faults.push(format!("{}: {found} not {expected}", line["id"]));
        }
    }
    assert!(count > 200, "only {count} cases");
    assert!(
        faults.is_empty(),
        "{} of {count} differ:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn what_is_no_case_is_told() {
    let line = |text: &str| serde_json::from_str::<Object>(text).unwrap();
    let found = answer(&line(r#"{"id": 1, "given": []}"#));
    assert_eq!(
        Json::Object(found),
        json!({"error": {"kind": "Input", "message": "`given` must be an object"}})
    );
    let found = answer(&line(r#"{"id": 1, "given": {}, "crypto_key": "no key"}"#));
    assert_eq!(found["error"]["kind"], "Input");
}

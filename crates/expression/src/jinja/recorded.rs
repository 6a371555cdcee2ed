//! What the original StackStorm did with templates, replayed.

use std::path::Path;

use crate::jinja::{SyntaxError, SyntaxErrorClass, Template};
use serde_json::{Value as Json, json};

/// The cases of one recording.
fn recorded(name: &str) -> Vec<Json> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../../conformance/recorded/{name}.jsonl"));
    let text = fs_err::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Replays all cases and lists those that differ.
fn check(name: &str, answer: impl Fn(&Json) -> Json) {
    let cases = recorded(name);
    let differing: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let found = answer(case);
            (found != case["expected"]).then(|| {
                format!(
                    "{} {}\n  expected {}\n  found    {found}",
                    case["id"], case["template"], case["expected"]
                )
            })
        })
        .collect();
    assert!(
        differing.is_empty(),
        "{} of {} cases differ:\n{}",
        differing.len(),
        cases.len(),
        differing.join("\n")
    );
}

/// A syntax error as it is recorded.
fn syntax_error(error: &SyntaxError) -> Json {
    let mut message = error.message.clone();
    if error.class == SyntaxErrorClass::TemplateAssertionError {
        // Jinja's introspection adds a place that it makes up.
        message.push_str("\n  File \"<introspection>\", line 1");
    }
    json!({ "error": error.class.to_string(), "message": message })
}

#[test]
fn names_asked_for_are_those_that_the_original_asked_for() {
    check("undeclared", |case| {
        match Template::parse(case["template"].as_str().unwrap()) {
            Ok(template) => template.undeclared().iter().map(String::as_str).collect(),
            Err(error) => syntax_error(&error),
        }
    });
}

//! Replays what StackStorm answered, from `conformance/recorded`.

use std::path::Path;

use serde_json::{Map, json};
use squall_expression::keyczar;
use squall_model::key::Scope;
use squall_model::schema::Parameters;
use squall_model::{Json, Object, Timestamp, mask};

use crate::facts::{Facts, KeyName, Keys, Needs};
use crate::parameters::{self, Contexts, Failure, Schemas};
use crate::rule::Criteria;

/// Runs every case of a recording; `different` are those that are meant to differ, with the reason.
fn replay(file: &str, different: &[(&str, &str)], run: impl Fn(&Json) -> Json) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../conformance/recorded")
        .join(file);
    let recorded = fs_err::read_to_string(path).unwrap();
    let mut faults = Vec::new();
    let mut count = 0;
    for line in recorded.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let found = run(&case);
        let excused = different.iter().any(|(excused, _)| case["id"] == *excused);
        if matches(&case["expected"], &found) == excused {
            faults.push(format!("{line}\n  found {found}"));
        }
        count += 1;
    }
    assert!(count > 0, "{file} is empty");
    assert!(
        faults.is_empty(),
        "{} of {count} cases:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// Whether what was found is what was expected: values and messages to the letter, except that a `*` in a message stands
/// for what the original chooses by chance.
fn matches(expected: &Json, found: &Json) -> bool {
    match (expected, found) {
        (Json::Object(expected), Json::Object(found)) => {
            found
                .iter()
                .all(|(name, value)| match (expected.get(name), value) {
                    (Some(Json::String(text)), Json::String(other)) if name == "message" => {
                        same_text(text, other)
                    }
                    (Some(expected), value) => matches(expected, value),
                    (None, _) => false,
                })
                && expected.keys().all(|name| {
                    found.contains_key(name)
                        || !["value", "error", "verdict"].contains(&name.as_str())
                })
                && (found.contains_key("verdict")
                    || found.contains_key("kind")
                    || expected.len() == found.len())
        }
        (Json::Array(expected), Json::Array(found)) => {
            expected.len() == found.len()
                && expected
                    .iter()
                    .zip(found)
                    .all(|(expected, found)| matches(expected, found))
        }
        // A whole number and a float differ, as in Python.
        (Json::Number(expected), Json::Number(found)) => {
            expected.is_f64() == found.is_f64() && expected.as_f64() == found.as_f64()
        }
        _ => expected == found,
    }
}

fn same_text(expected: &str, found: &str) -> bool {
    match expected.split_once('*') {
        Some((before, after)) if expected.contains("variable") => {
            found.starts_with(before) && found.ends_with(after)
        }
        _ => expected == found,
    }
}

/// The datastore of a case.
struct Datastore {
    known: Map<String, Json>,
    users: Map<String, Json>,
    crypto: Option<keyczar::Key>,
}

impl Datastore {
    fn of(case: &Json) -> Self {
        let keys = |scope: &str| case["keys"][scope].as_object().cloned().unwrap_or_default();
        let crypto = case["crypto_key"]
            .as_str()
            .and_then(|text| keyczar::Key::parse(text).ok());
        Self {
            known: keys("system"),
            users: keys("user"),
            crypto,
        }
    }

    /// Decides as the server does: reads what is needed and asks again.
    fn decide<T>(&self, now: Timestamp, decide: impl Fn(&Facts<'_>) -> Result<T, Needs>) -> T {
        let mut keys = Keys::default();
        for _ in 0..100 {
            let facts = Facts {
                now,
                keys: &keys,
                crypto: self.crypto.as_ref(),
                system_user: "stanley",
            };
            match decide(&facts) {
                Ok(decision) => return decision,
                Err(Needs(names)) => names.into_iter().for_each(|name| {
                    let value = self.value(&name);
                    keys.insert(name, value);
                }),
            }
        }
        panic!("the case asks for ever more keys");
    }

    fn value(&self, name: &KeyName) -> Option<String> {
        let found = match name.scope {
            Scope::System => self.known.get(&name.name),
            Scope::User => self.users.get(&format!("{}:{}", name.user, name.name)),
        };
        found.and_then(Json::as_str).map(str::to_owned)
    }
}

fn object(value: &Json) -> Object {
    value.as_object().cloned().unwrap_or_default()
}

fn criteria(case: &Json) -> Json {
    let now = case["now"]
        .as_str()
        .map_or(Timestamp::from_micros(1_772_366_400_000_000), |now| {
            now.parse().unwrap()
        });
    let criteria = Criteria::new(&object(&case["rule"]["criteria"]));
    let verdict = Datastore::of(case).decide(now, |facts| criteria.evaluate(&case["event"], facts));
    let raised = verdict.failures.first().map(|raised| raised.class);
    let word = match (verdict.matched, raised) {
        (true, _) => "match",
        (false, None) => "no_match",
        (false, Some(_)) => "error",
    };
    json!({"verdict": word, "error": raised})
}

#[test]
fn rules_match_as_in_stackstorm() {
    replay("criteria.jsonl", &[], criteria);
}

#[test]
fn operators_answer_as_in_stackstorm() {
    replay("criteria_matrix.jsonl", &[], criteria);
}

fn answered<T>(answer: Result<T, Failure>, shape: impl Fn(T) -> Json) -> Json {
    match answer {
        Ok(value) => json!({ "value": shape(value) }),
        Err(failure) => json!({"error": {"kind": failure.class(), "message": failure.to_string()}}),
    }
}

/// A key that is needed is asked for; every other failure is an answer.
fn asked<T>(answer: Result<T, Failure>) -> Result<Result<T, Failure>, Needs> {
    match answer {
        Err(Failure::Needs(needs)) => Err(needs),
        other => Ok(other),
    }
}

#[test]
fn parameters_are_rendered_as_in_stackstorm() {
    replay("render.jsonl", &[], |case| {
        let (action, runner) = (
            Parameters(object(&case["schema"])),
            Parameters(object(&case["runner_schema"])),
        );
        let (context, config) = (object(&case["action_context"]), object(&case["config"]));
        let contexts = Contexts {
            action_context: &context,
            config: &config,
            trigger: case.get("trigger"),
        };
        let schemas = Schemas {
            action: &action,
            runner: &runner,
        };
        let given = object(&case["given"]);
        let live = Datastore::of(case).decide(NOW, |facts| {
            asked(parameters::live(schemas, &given, &contexts, facts))
        });
        answered(live, Json::Object)
    });
}

const NOW: Timestamp = Timestamp::from_micros(1_772_366_400_000_000);

#[test]
fn parameters_are_completed_as_in_stackstorm() {
    replay("render_final.jsonl", &[], |case| {
        let (action, runner) = (
            Parameters(object(&case["schema"])),
            Parameters(object(&case["runner_schema"])),
        );
        let (context, config) = (object(&case["action_context"]), object(&case["config"]));
        let contexts = Contexts {
            action_context: &context,
            config: &config,
            trigger: None,
        };
        let schemas = Schemas {
            action: &action,
            runner: &runner,
        };
        let given = object(&case["given"]);
        let last = Datastore::of(case).decide(NOW, |facts| {
            asked(parameters::for_run(schemas, &given, &contexts, facts))
        });
        answered(
            last,
            |(runner, action)| json!({"runner": runner, "action": action}),
        )
    });
}

#[test]
fn parameters_are_accepted_as_in_stackstorm() {
    replay("schema.jsonl", &[], |case| {
        let (action, runner) = (
            Parameters(object(&case["schema"])),
            Parameters(object(&case["runner_schema"])),
        );
        let schemas = Schemas {
            action: &action,
            runner: &runner,
        };
        answered(
            parameters::filled(schemas, &object(&case["given"])),
            Json::Object,
        )
    });
}

/// The original walks only what it expects and breaks on the rest; Squall hides what a schema calls secret wherever it is.
const MASKED_BETTER: [(&str, &str); 8] = [
    (
        "parameters-12",
        "a secret of several types is hidden; the original breaks",
    ),
    (
        "parameters-13",
        "a secret of several types is hidden whole, not walked like a list",
    ),
    (
        "parameters-16",
        "null where an object is expected is shown; the original breaks",
    ),
    (
        "parameters-22",
        "null where an array is expected is shown; the original breaks",
    ),
    (
        "parameters-23",
        "text where an array is expected is shown; the original breaks",
    ),
    (
        "parameters-25",
        "a number where an object is expected is shown; the original breaks",
    ),
    (
        "parameters-28",
        "`additionalProperties` that are secret are hidden; the original shows them",
    ),
    (
        "parameters-36",
        "a parameter named `secret` hides nothing else; the original hides all parameters",
    ),
];

#[test]
fn secrets_are_masked_as_in_stackstorm() {
    replay("masking.jsonl", &MASKED_BETTER, |case| {
        let schema = Parameters(object(&case["schema"]));
        let is_output = case["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("output"));
        match &case["value"] {
            Json::Object(values) if !is_output => {
                json!({ "value": mask::parameters(values, &schema) })
            }
            other => json!({ "value": mask::value(other, &schema.0) }),
        }
    });
}

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

/// How a recording writes what JSON cannot hold.
const TAGS: [&str; 4] = [
    "\"__int__\"",
    "\"__float__\"",
    "\"__tuple__\"",
    "\"__dict__\"",
];

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
        // What JSON cannot hold cannot be given to Squall.
        if TAGS
            .iter()
            .any(|tag| case["given"].to_string().contains(tag))
        {
            continue;
        }
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

/// Whether what was found is what was expected, values and messages to the letter, with three allowances:
/// a `*` in a message stands for what the original chooses by chance; of a text that is no Python literal it counts that it
/// is refused, not in which of the compiler's words; and what JSON cannot hold is compared as what JSON makes of it.
fn matches(expected: &Json, found: &Json) -> bool {
    if let (Some(expected), Some(found)) = (expected.get("verdict"), found.get("verdict")) {
        return expected == found;
    }
    match (expected.get("error"), found.get("error")) {
        (Some(expected), Some(found)) => same_error(expected, found),
        _ => same(&held_by_json(expected), found),
    }
}

fn same_error(expected: &Json, found: &Json) -> bool {
    let literal =
        |error: &Json| matches!(error["kind"].as_str(), Some("ValueError" | "SyntaxError"));
    if literal(expected) && literal(found) {
        return true;
    }
    match (expected["message"].as_str(), found["message"].as_str()) {
        (Some(text), Some(other)) => expected["kind"] == found["kind"] && same_text(text, other),
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

/// Equal, and a whole number is no float, as in Python.
fn same(expected: &Json, found: &Json) -> bool {
    match (expected, found) {
        (Json::Object(expected), Json::Object(found)) => {
            expected.len() == found.len()
                && expected
                    .iter()
                    .all(|(name, value)| found.get(name).is_some_and(|other| same(value, other)))
        }
        (Json::Array(expected), Json::Array(found)) => {
            expected.len() == found.len()
                && expected
                    .iter()
                    .zip(found)
                    .all(|(expected, found)| same(expected, found))
        }
        (Json::Number(expected), Json::Number(found)) => {
            expected.is_f64() == found.is_f64() && expected.as_f64() == found.as_f64()
        }
        _ => expected == found,
    }
}

/// Tuples are lists, keys are text, numbers beyond 64 bits are floats, and what is no number is null.
fn held_by_json(value: &Json) -> Json {
    match value {
        Json::Array(items) => items.iter().map(held_by_json).collect(),
        Json::Object(members) => match members.iter().next().filter(|_| members.len() == 1) {
            Some((tag, inner)) if tag == "__tuple__" => held_by_json(inner),
            Some((tag, _)) if tag == "__float__" => Json::Null,
            Some((tag, inner)) if tag == "__int__" => {
                json!(inner.as_str().and_then(|text| text.parse::<f64>().ok()))
            }
            Some((tag, inner)) if tag == "__dict__" => {
                let key = |key: &Json| key.as_str().map_or_else(|| key.to_string(), str::to_owned);
                let pairs = inner.as_array().into_iter().flatten();
                Json::Object(
                    pairs
                        .map(|pair| (key(&pair[0]), held_by_json(&pair[1])))
                        .collect(),
                )
            }
            _ => Json::Object(
                members
                    .iter()
                    .map(|(name, member)| (name.clone(), held_by_json(member)))
                    .collect(),
            ),
        },
        other => other.clone(),
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

const UNICODE: &str = "letters that Python pairs in an order of its own, or not under `(?a)`";
const NAME: &str = "a rule with such an operator is refused when it is registered";

#[test]
fn rules_match_as_in_stackstorm() {
    let different = [
        ("regex-72", UNICODE),
        ("regex-74", UNICODE),
        ("search-40", NAME),
        ("search-41", NAME),
    ];
    replay("criteria.jsonl", &different, criteria);
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

const SET: &str = "JSON has no sets: the cast is refused";
const LITERAL: &str = "JSON has no complex numbers, bytes or ellipses: the cast is refused";

#[test]
fn parameters_are_rendered_as_in_stackstorm() {
    let different = [
        (
            "secrets-12",
            "the words for what is no ciphertext are our own",
        ),
        ("plain-64", SET),
        ("plain-97", SET),
        ("plain-74", LITERAL),
        ("plain-75", LITERAL),
        (
            "plain-106",
            "a list of types casts nothing; the original breaks",
        ),
        (
            "plain-108",
            "a parameter without a schema casts nothing; the original breaks",
        ),
    ];
    replay("render.jsonl", &different, |case| {
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

const SCHEMA: &str = "the schema itself is refused when the pack is read";
const ITEMS: &str = "a list of item schemas is honoured; the original breaks";

#[test]
fn parameters_are_accepted_as_in_stackstorm() {
    let different = [
        ("type-40", SCHEMA),
        ("type-41", SCHEMA),
        ("type-42", SCHEMA),
        ("type-43", SCHEMA),
        ("keyword-18", SCHEMA),
        ("keyword-48", SCHEMA),
        ("keyword-55", SCHEMA),
        ("keyword-56", SCHEMA),
        ("object-09", SCHEMA),
        ("whole-23", SCHEMA),
        ("whole-26", SCHEMA),
        ("whole-27", SCHEMA),
        ("whole-28", SCHEMA),
        ("keyword-32", ITEMS),
        ("keyword-33", ITEMS),
        ("keyword-34", ITEMS),
        ("object-21", ITEMS),
    ];
    replay("schema.jsonl", &different, |case| {
        let (action, runner) = (
            Parameters(object(&case["schema"])),
            Parameters(object(&case["runner_schema"])),
        );
        let schemas = Schemas {
            action: &action,
            runner: &runner,
        };
        let given = object(&case["given"]);
        let accepted = parameters::checked(schemas, given.clone());
        answered(
            accepted.and_then(|_| parameters::filled(schemas, &given)),
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

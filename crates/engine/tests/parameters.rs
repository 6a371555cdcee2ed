//! Whatever schemas say and whatever is given, making parameters ready is bounded, gives the same answer again, and keeps
//! the promises of a schema: what is immutable stays, what is left out gets its default, what is recorded is never
//! rendered a second time, and no message shows what is secret.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of this is tests, where a panic is the verdict"
)]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::json;
use squall_engine::facts::{Facts, Keys};
use squall_engine::parameters::{Contexts, Failure, Schemas, checked, for_run, live};
use squall_engine::schema;
use squall_model::schema::Parameters;
use squall_model::{Json, Object, Timestamp, mask};

/// How long one case may take: far more than it does, on any machine.
const AT_MOST: Duration = Duration::from_secs(20);

/// What must not be told.
const CANARY: &str = "c4n4ry";

const NAMES: &[&str] = &[
    "a",
    "b",
    "c",
    "cmd",
    "b c",
    "ü",
    "trigger",
    "st2kv",
    "__class__",
];

const TYPES: &[&str] = &[
    "string", "integer", "number", "boolean", "object", "array", "null", "any", "str", "nonsense",
];

/// Texts that mean something somewhere.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "", "a", "abc", "1", "-1.5", "1e999", "true", "null", "None", "NaN", "[1, 2]", "{\"a\": 1}", "{'a': 1}", "x\0y", "ß",
    "\u{1F600}", "\r\n", "{", "}}", "a,b", "2026-03-01T11:59:30Z", "[[[[", "999999999999999999999999", "'", "(",
];

/// Templates, the usual and the hostile; parameters need each other, and themselves.
#[rustfmt::skip]
const TEMPLATES: &[&str] = &[
    "{{ a }}", "{{ b }}", "{{ c }}{{ cmd }}", "{{ a }} {{ b }}", "{{ cmd | int }}", "{{ a | to_json_string }}", "{{ trigger }}",
    "{{ trigger.body.x }}", "{{ config_context.host }}", "{{ action_context.user }}", "{{ st2kv.system.k }}",
    "{{ nothing.at.all }}", "{{ 1 / 0 }}", "{{ 9 ** 9 ** 9 }}", "{% for i in range(100000000) %}x{% endfor %}",
    "{{ 'a' * 1000000000 }}", "{{ ''.__class__ }}", "{{", "{% if %}", "{{ a | default('x') }}", "{# c #}", "{% raw %}{{ a }}{% endraw %}",
    "{{ trigger.body.t }}", "{{ [1, 2] }}", "{{ {'a': 1} }}", "{{ none }}", "{{ true }}",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(WORDS).prop_map(str::to_owned),
        1 => ".{0,8}",
        1 => (prop::sample::select(WORDS), 1_usize..500).prop_map(|(word, times)| word.repeat(times)),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => prop::sample::select(NAMES).prop_map(str::to_owned),
        1 => word(),
    ]
}

fn object(members: Vec<(String, Json)>) -> Json {
    Json::Object(members.into_iter().collect())
}

fn scalar() -> impl Strategy<Value = Json> {
    let known = vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1e308),
        json!(-0.0),
    ];
    prop_oneof![
        4 => word().prop_map(Json::from),
        1 => any::<i64>().prop_map(Json::from),
        1 => (-2_i64..6).prop_map(Json::from),
        1 => any::<f64>().prop_map(Json::from),
        2 => prop::sample::select(known),
    ]
}

fn plain() -> impl Strategy<Value = Json> {
    scalar().prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((name(), inner), 0..4).prop_map(object),
        ]
    })
}

fn written() -> impl Strategy<Value = Json> {
    let template = || prop::sample::select(TEMPLATES);
    prop_oneof![
        3 => plain(),
        3 => template().prop_map(Json::from),
        1 => (template(), word()).prop_map(|(template, word)| json!([{word: template}])),
    ]
}

fn kind() -> impl Strategy<Value = Json> {
    prop_oneof![
        8 => prop::sample::select(TYPES).prop_map(Json::from),
        1 => prop::collection::vec(prop::sample::select(TYPES), 0..3).prop_map(|all| json!(all)),
        1 => scalar(),
    ]
}

/// A keyword that holds no schema, with a value that is mostly of the right kind.
fn keyword() -> impl Strategy<Value = (String, Json)> {
    let flags = vec![
        "required",
        "immutable",
        "secret",
        "uniqueItems",
        "additionalProperties",
        "additionalItems",
        "exclusiveMinimum",
    ];
    let numbers = vec![
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "multipleOf",
        "position",
        "minProperties",
        "maxProperties",
    ];
    let texts = vec![
        "pattern",
        "format",
        "description",
        "$ref",
        "title",
        "$schema",
    ];
    let others = vec![
        "enum",
        "required",
        "dependencies",
        "properties",
        "items",
        "anyOf",
        "not",
        "type",
        "pattern",
        "multipleOf",
    ];
    let text = |text: &str| text.to_owned();
    prop_oneof![
        6 => (prop::sample::select(flags), any::<bool>()).prop_map(move |(name, is)| (text(name), json!(is))),
        3 => (prop::sample::select(numbers), -2_i64..9).prop_map(move |(name, number)| (text(name), json!(number))),
        2 => (prop::sample::select(texts), word()).prop_map(move |(name, word)| (text(name), json!(word))),
        3 => written().prop_map(move |default| (text("default"), default)),
        1 => prop::collection::vec(plain(), 0..4).prop_map(move |all| (text("enum"), json!(all))),
        1 => (name(), prop::collection::vec(name(), 0..3)).prop_map(move |(name, all)| (text("dependencies"), json!({name: all}))),
        1 => (prop::sample::select(others), plain()).prop_map(move |(name, value)| (text(name), value)),
    ]
}

/// A schema of drafts 3 and 4 at once.
fn a_schema() -> impl Strategy<Value = Json> {
    let flat = || {
        (
            prop::option::weighted(0.8, kind()),
            prop::collection::vec(keyword(), 0..4),
        )
            .prop_map(|(kind, keywords)| {
                let mut schema: Object = keywords.into_iter().collect();
                if let Some(kind) = kind {
                    schema.insert("type".to_owned(), kind);
                }
                Json::Object(schema)
            })
    };
    flat().prop_recursive(3, 12, 3, move |inner| {
        let members = || prop::collection::vec((name(), inner.clone()), 0..3).prop_map(object);
        let some = || prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from);
        let within = prop_oneof![
            4 => (Just("properties"), members()),
            1 => (Just("patternProperties"), members()),
            1 => (Just("dependencies"), members()),
            3 => (Just("items"), inner.clone()),
            1 => (Just("items"), some()),
            1 => (Just("additionalProperties"), inner.clone()),
            1 => (Just("not"), inner.clone()),
            1 => (prop::sample::select(vec!["anyOf", "oneOf", "allOf"]), some()),
        ];
        (flat(), within).prop_map(|(mut schema, (keyword, inner))| {
            schema[keyword] = inner;
            schema
        })
    })
}

fn parameters() -> impl Strategy<Value = Parameters> {
    prop::collection::vec((name(), a_schema()), 0..5)
        .prop_map(|all| Parameters(all.into_iter().collect()))
}

/// What somebody gives: names that exist, mostly.
fn given() -> impl Strategy<Value = Object> {
    prop::collection::vec((name(), written()), 0..4).prop_map(|all| all.into_iter().collect())
}

/// Carries something out with all that templates may ask for.
fn with<T>(act: impl FnOnce(&Contexts<'_>, &Facts<'_>) -> T) -> T {
    let trigger = json!({"body": {"x": [1, {"y": "z"}], "t": "{{ 7 * 6 }}"}});
    let (config, context) = (json!({"host": "web01"}), json!({"user": "ann"}));
    let of = |value: &Json| value.as_object().unwrap().clone();
    let contexts = Contexts {
        action_context: &of(&context),
        config: &of(&config),
        trigger: Some(&trigger),
    };
    let facts = Facts {
        now: Timestamp::from_micros(1_772_366_400_000_000),
        keys: &Keys::default(),
        crypto: None,
        system_user: "stanley",
    };
    act(&contexts, &facts)
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is tested is that real time is bounded"
)]
fn in_time<T>(act: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = act();
    let took = begun.elapsed();
    assert!(took < AT_MOST, "{took:?}");
    done
}

/// The longest that a message may be: a few times what it is about.
fn longest(schemas: Schemas<'_>, given: &Object) -> usize {
    let about = [&schemas.action.0, &schemas.runner.0, given];
    let sizes = about
        .iter()
        .map(|about| serde_json::to_string(about).unwrap().len());
    16 * sizes.sum::<usize>() + 4096
}

/// Everything that happens to parameters, from what is given to what a runner gets.
fn made_ready(schemas: Schemas<'_>, given: &Object) -> Result<[Object; 3], Failure> {
    with(|contexts, facts| {
        let live = live(schemas, given, contexts, facts)?;
        let checked = checked(schemas, live)?;
        let (runner, action) = for_run(schemas, &checked, contexts, facts)?;
        Ok([checked, runner, action])
    })
}

/// Whether a text is left as it is: nothing in it is rendered.
fn is_plain(text: &str) -> bool {
    !text.contains("{{") && !text.contains("{%") && !text.contains("{#")
}

fn is_set(schema: &Object, flag: &str) -> bool {
    schema.get(flag) == Some(&Json::Bool(true))
}

/// `value` with the canary wherever its schema says that something is secret; whether there is such a place.
fn planted(value: &Json, schema: &Json) -> (Json, bool) {
    let nothing = (value.clone(), false);
    let Some(schema) = schema.as_object() else {
        return nothing;
    };
    if is_set(schema, "secret") {
        return (json!(CANARY), true);
    }
    let mut has_some = false;
    let mut within = |value: &Json, schema: Option<&Json>| {
        let (value, has) = schema.map_or((value.clone(), false), |schema| planted(value, schema));
        has_some |= has;
        value
    };
    let planted = match value {
        Json::Object(members) => {
            let known = schema.get("properties").and_then(Json::as_object);
            let of = |name: &String| {
                let known = known
                    .and_then(|known| known.get(name))
                    .filter(|known| known.is_object());
                known.or_else(|| schema.get("additionalProperties"))
            };
            let members = members
                .iter()
                .map(|(name, member)| (name.clone(), within(member, of(name))));
            object(members.collect())
        }
        Json::Array(items) => {
            let every = schema.get("items").filter(|every| every.is_object());
            items.iter().map(|item| within(item, every)).collect()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => return nothing,
    };
    (planted, has_some)
}

proptest! {
    #[test]
    fn making_ready_is_bounded_and_repeatable(action in parameters(), runner in parameters(), given in given()) {
        let schemas = Schemas { action: &action, runner: &runner };
        let first = in_time(|| made_ready(schemas, &given));
        prop_assert_eq!(&made_ready(schemas, &given), &first, "the same is made differently");
        if let Err(failure) = first {
            let length = failure.to_string().len();
            prop_assert!(length <= longest(schemas, &given), "a message of {length} bytes");
        }
    }

    #[test]
    fn what_fits_keeps_the_promises_of_its_schema(action in parameters(), given in given()) {
        let runner = Parameters::default();
        let schemas = Schemas { action: &action, runner: &runner };

        let Ok([recorded, of_runner, of_action]) = made_ready(schemas, &given) else {
            return Ok(());
        };
        prop_assert_eq!(of_runner.len(), 0);
        let names = |object: &Object| object.keys().cloned().collect::<std::collections::BTreeSet<_>>();
        prop_assert_eq!(names(&of_action), names(&action.0), "an action gets what it takes, and nothing else");
        for (name, schema) in action.iter() {
            let (ready, default) = (&of_action[name], schema.get("default"));
            if is_set(schema, "immutable") {
                prop_assert!(!recorded.contains_key(name), "{name} is given, and immutable");
            }
            if is_set(schema, "required") && default.is_none() {
                prop_assert!(recorded.contains_key(name), "{name} is required, and missing");
            }
            if schema.get("type") != Some(&json!("string")) {
                continue;
            }
            match (recorded.get(name), default) {
                (Some(Json::String(text)), _) => {
                    prop_assert_eq!(ready, text, "{} is rendered again", name);
                }
                (None, Some(Json::String(text))) if is_plain(text) => {
                    prop_assert_eq!(ready, text, "{} has another default", name);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn what_is_recorded_is_plain_data(action in parameters(), recorded in given()) {
        let runner = Parameters::default();
        let schemas = Schemas { action: &action, runner: &runner };
        let Ok((_, ready)) = with(|contexts, facts| for_run(schemas, &recorded, contexts, facts)) else {
            return Ok(());
        };
        for (name, schema) in action.iter().filter(|(_, schema)| !schema.contains_key("type")) {
            if let Some(given) = recorded.get(name).filter(|given| !given.is_null() && !is_set(schema, "immutable")) {
                prop_assert_eq!(&ready[name], given);
            }
        }
    }

    #[test]
    fn no_message_shows_a_secret(all in prop::collection::vec((name(), a_schema(), plain(), any::<bool>()), 1..4)) {
        let (mut schemas, mut given) = (Object::new(), Object::new());
        for (name, mut schema, value, is_secret) in all {
            if is_secret {
                schema["secret"] = json!(true);
            }
            schemas.insert(name.clone(), schema);
            given.insert(name, value);
        }
        let action = Parameters(schemas);
        let (planted, _) = planted(&Json::Object(given), &json!({"properties": action}));
        let planted = planted.as_object().unwrap().clone();
        let runner = Parameters::default();
        let schemas = Schemas { action: &action, runner: &runner };
        let masked = Json::Object(mask::parameters(&planted, &action)).to_string();
        prop_assert!(!masked.contains(CANARY), "{masked}");
        let rendered = with(|contexts, facts| live(schemas, &planted, contexts, facts));
        for failure in [rendered.err(), checked(schemas, planted).err()].into_iter().flatten() {
            prop_assert!(!failure.to_string().contains(CANARY), "{failure}");
        }
    }

    #[test]
    fn a_check_is_bounded_and_filling_twice_is_filling_once(written in a_schema(), value in plain()) {
        let written = written.as_object().unwrap();
        let first = in_time(|| schema::check(&value, written));
        prop_assert_eq!(&schema::check(&value, written), &first);
        let filled = |value: &Json| match value {
            Json::Object(members) => {
                let mut members = members.clone();
                schema::fill(&mut members, &schema::allow_null(written));
                Json::Object(members)
            }
            other => other.clone(),
        };
        let once = in_time(|| filled(&value));
        prop_assert_eq!(&filled(&once), &once);
    }
}

/// Schemas and values that are deep, wide or long end soon, too.
#[test]
fn the_greediest_schemas_are_stopped() {
    let deep = |times: usize| {
        (0..times).fold(
            json!({"type": "string"}),
            |inner, _| json!({"type": "array", "items": inner}),
        )
    };
    let alternatives = (0..8).fold(
        json!({"type": "string"}),
        |inner, _| json!({"anyOf": [inner, inner], "not": {}}),
    );
    let wide: Vec<Json> = (0..20_000).map(Json::from).collect();
    let value = (0..100).fold(json!(1), |inner, _| json!([inner]));
    for (schema, value) in [
        (deep(1000), value.clone()),
        (alternatives, value),
        (json!({"type": "array", "uniqueItems": true}), json!(wide)),
        (json!({"enum": wide}), json!("x")),
        (
            json!({"type": "string", "pattern": "(a+)+$"}),
            json!("a".repeat(100_000) + "!"),
        ),
        (
            json!({"type": "string", "pattern": "(?=(a+))\\1b"}),
            json!("a".repeat(2_000)),
        ),
        (json!({"type": "string", "default": "{{ a }}"}), json!("x")),
    ] {
        let action = Parameters([("a".to_owned(), schema.clone())].into_iter().collect());
        let runner = Parameters::default();
        let schemas = Schemas {
            action: &action,
            runner: &runner,
        };
        let given: Object = [("a".to_owned(), value)].into_iter().collect();
        let outcome = in_time(|| made_ready(schemas, &given));
        let told = outcome.err().map_or(0, |failure| failure.to_string().len());
        assert!(
            told <= longest(schemas, &given),
            "a message of {told} bytes"
        );
    }
}

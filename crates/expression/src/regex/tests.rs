//! What Python's `re` and `fnmatch` do, replayed; and that no pattern can do harm.

use proptest::prelude::*;
use serde_json::json;
use squall_model::Json;

use super::*;
use crate::value::json::to_json;
use crate::value::recorded::{cases, shown, untagged};

/// Cases that differ, each with its reason.
const DIFFERENT: &[(&str, &str)] = &[
    ("plain-39", EMPTY),
    ("plain-40", EMPTY),
    ("repeats-15", EMPTY),
    ("repeats-17", EMPTY),
    ("repeats-18", EMPTY),
    (
        "escapes-26",
        "the names of all characters would be a megabyte of tables",
    ),
    ("escapes-27", "our text cannot hold half a surrogate pair"),
];

const EMPTY: &str = "a repeated group keeps its last text here, where Python's ends empty after one empty turn more";

#[test]
fn patterns_do_what_they_do_in_python() {
    let mut faults = Vec::new();
    for case in cases("python_patterns.jsonl") {
        let id = case["id"].as_str().unwrap();
        let fault = match run(&case) {
            Ok(found) => compare(&case, &found),
            Err(error) => {
                let expected = &case["expected"];
                let text = |member| expected[member].as_str().unwrap_or_default().to_owned();
                let expected = format!("{}: {}", text("error"), text("message"));
                (error.to_string() != expected)
                    .then(|| format!("  expected {expected}\n  found    {error}"))
            }
        };
        let is_excused = DIFFERENT.iter().any(|(excused, _)| *excused == id);
        if fault.is_some() != is_excused {
            faults.push(format!(
                "{id} {} {}\n{}",
                case["pattern"],
                case["flags"],
                fault.unwrap_or_default()
            ));
        }
    }
    let count = faults.len();
    assert!(faults.is_empty(), "{count} cases:\n{}", faults.join("\n"));
}

fn compare(case: &Json, found: &[Value]) -> Option<String> {
    let Some(expected) = case["expected"].as_array() else {
        return Some(format!("  expected {}", case["expected"]));
    };
    let texts = case["texts"].as_array().unwrap();
    let differing: Vec<String> = expected
        .iter()
        .zip(found)
        .zip(texts)
        .map(|((expected, found), text)| (shown(&untagged(expected)), shown(found), text))
        .filter(|(expected, found, _)| expected != found)
        .map(|(expected, found, text)| {
            format!("  {text}\n  expected {expected}\n  found    {found}")
        })
        .collect();
    (!differing.is_empty()).then(|| differing.join("\n"))
}

fn run(case: &Json) -> Result<Vec<Value>, Error> {
    let texts = case["texts"].as_array().unwrap().iter();
    let texts = texts.map(|text| text.as_str().unwrap());
    let pattern = case["pattern"].as_str().unwrap();
    if case["wildcards"] == json!(true) {
        let pattern = Pattern::wildcard(pattern)?;
        return texts
            .map(|text| pattern.is_full_match(text).map(Value::Bool))
            .collect();
    }
    let flags = case["flags"].as_str().unwrap_or_default();
    let pattern = Pattern::new(
        pattern,
        Flags {
            ignore_case: flags.contains('i'),
            multi_line: flags.contains('m'),
            dot_all: flags.contains('s'),
            verbose: flags.contains('x'),
            ascii: flags.contains('a'),
        },
    )?;
    let replacement = case["replacement"].as_str().unwrap();
    texts
        .map(|text| results(&pattern, replacement, text))
        .collect()
}

fn results(pattern: &Pattern, replacement: &str, text: &str) -> Result<Value, Error> {
    let found = [
        ("match", groups(pattern, pattern.match_at_start(text)?)),
        ("search", groups(pattern, pattern.search(text)?)),
        ("fullmatch", groups(pattern, pattern.full(text)?)),
        ("findall", Value::list(pattern.find_all(text)?)),
        ("sub", pattern.sub(replacement, text, 0)?.into()),
        ("sub1", pattern.sub(replacement, text, 1)?.into()),
        (
            "split",
            pattern.split(text, 0)?.into_iter().map(or_none).collect(),
        ),
    ];
    assert_eq!(pattern.is_match(text)?, pattern.search(text)?.is_some());
    assert_eq!(
        pattern.is_match_at_start(text)?,
        pattern.match_at_start(text)?.is_some()
    );
    Ok(Value::dict(
        found
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect(),
    ))
}

fn groups(pattern: &Pattern, found: Option<Match<'_>>) -> Value {
    found.map_or(Value::None, |found| {
        (0..=pattern.groups())
            .map(|group| or_none(found.group(group)))
            .collect()
    })
}

fn or_none(text: Option<&str>) -> Value {
    text.map_or(Value::None, Value::from)
}

#[test]
fn names_of_groups_are_kept() {
    let pattern = Pattern::new("(?P<year>\\d+)-(\\d+)", Flags::default()).unwrap();
    assert_eq!(pattern.group_number("year"), Some(1));
    assert_eq!(pattern.groups(), 2);
    assert_eq!(
        to_json(&Value::list(pattern.find_all("1-2 3-4").unwrap())).unwrap(),
        json!([["1", "2"], ["3", "4"]])
    );
}

#[test]
fn a_pattern_that_explodes_by_backtracking_runs_in_linear_time_or_is_stopped() {
    let text = "a".repeat(20_000);
    let linear = Pattern::new("(a*)*b", Flags::default()).unwrap();
    assert!(!linear.is_match(&text).unwrap());
    let hard = Pattern::new("(?=a)(a|aa)*$b", Flags::default()).unwrap();
    assert!(matches!(hard.is_match(&text), Err(Error::Limit(_))));
}

#[test]
fn a_pattern_that_explodes_when_compiled_is_refused() {
    for pattern in ["((a{500}){500}){500}", "(?=a)((\\w{500}){500}){500}"] {
        let refused = Pattern::new(pattern, Flags::default());
        assert!(
            matches!(refused, Err(Error::Limit(_) | Error::Raised { .. })),
            "{pattern}"
        );
    }
    let deep = "(".repeat(100_000);
    assert!(Pattern::new(&deep, Flags::default()).is_err());
}

#[test]
fn patterns_are_shared_between_threads() {
    const fn shared<T: Send + Sync>() {}
    shared::<Pattern>();
}

proptest! {
    #[test]
    fn any_pattern_is_read_or_refused(
        pattern in "([a-c]|[.*+?|^$]|\\(\\?[:=!]|[()]|\\{[0-9],?[0-3]?\\}|\\[[a-c^-]{1,3}\\]|\\\\[a-zA-Z0-9]|[^a]){0,10}",
        text in "[a-c\u{e9} \n]{0,8}",
    ) {
        if let Ok(pattern) = Pattern::new(&pattern, Flags::default()) {
            let _found_or_stopped = (pattern.find_all(&text), pattern.sub("x", &text, 0), pattern.full(&text));
        }
    }
}

/// Where a step may go through all of the text, fewer steps are allowed the longer it is.
#[test]
fn the_steps_of_a_search_shrink_with_the_text_where_each_may_go_through_it() {
    for (pattern, scans) in [
        ("(?=a)(a|aa)*$b", false),
        (r"(?<!x)\w{1,9}y", false),
        ("(?<=a)b.{3}", false),
        ("^(?=.*a)(?=.*b)", true),
        ("error(?!.*retry)", true),
        (r"(a+)\1", true),
        ("(?>a*)b", true),
        ("a*+b", true),
        ("(?<!a)b.*", true),
        ("(?<!a)(b|c{100})", true),
    ] {
        let node = parse::parse(pattern, Flags::default()).unwrap().node;
        assert_eq!(width::scans(&node), scans, "{pattern}");
    }
    for (length, steps) in [
        (512, 97_656),
        (2048, 24_414),
        (8192, 16_384),
        (1 << 15, 1 << 16),
        (usize::MAX, 1_000_000),
    ] {
        assert_eq!(engine::steps(length), steps, "{length}");
    }
    let stopped = Pattern::new("(?:x|x(?!.*z))*y", Flags::default()).unwrap();
    assert!(matches!(
        stopped.is_match(&"x".repeat(200)),
        Err(Error::Limit(_))
    ));
    // What goes through it once at each place is no hostile pattern.
    let usual = Pattern::new("error(?!.*retry)", Flags::default()).unwrap();
    let text = "x".repeat(100_000);
    assert!(!usual.is_match(&text).unwrap());
    assert!(usual.is_match(&(text + "error")).unwrap());
}

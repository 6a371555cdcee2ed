//! What Python reads in texts, replayed; and that no text can do harm.

use proptest::prelude::*;

use super::super::recorded::replay;
use super::super::text::repr;
use super::*;

const COMPLEX: &str = "complex numbers cannot be recorded as JSON and are refused";
const ELLIPSIS: &str = "`...` cannot be recorded as JSON and is refused";

/// Cases that differ, each with its reason.
const DIFFERENT: &[(&str, &str)] = &[
    ("scalar-36", COMPLEX),
    ("scalar-37", COMPLEX),
    ("scalar-38", COMPLEX),
    ("scalar-48", ELLIPSIS),
    (
        "text-19",
        "the names of all characters would be a megabyte of tables; `\\u2022` is read",
    ),
    ("container-45", COMPLEX),
];

#[test]
fn texts_are_read_as_python_reads_them() {
    replay("literal_eval.jsonl", DIFFERENT, |case| {
        literal_eval(case["text"].as_str().unwrap())
    });
}

#[test]
fn deep_text_is_refused() {
    for deep in ["[".repeat(100_000), "(".repeat(250), "-".repeat(100_000)] {
        assert!(literal_eval(&deep).is_err());
    }
}

/// Values that `literal_eval` can read back.
fn literal() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<i128>().prop_map(|number| Value::integer(number.into())),
        proptest::num::f64::NORMAL.prop_map(Value::Float),
        any::<String>().prop_map(Value::from),
        any::<Vec<u8>>().prop_map(Value::bytes),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        let items = prop::collection::vec(inner.clone(), 0..5);
        let pairs = prop::collection::vec((any::<String>(), inner), 0..4);
        prop_oneof![
            items.clone().prop_map(Value::list),
            items.prop_map(Value::tuple),
            pairs.prop_map(|pairs| {
                let entries = pairs
                    .into_iter()
                    .map(|(key, value)| (Key::text(key), value));
                Value::dict(entries.collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_repr_writes_is_read_back(value in literal()) {
        let text = repr(&value).unwrap();
        prop_assert_eq!(repr(&literal_eval(&text).unwrap()).unwrap(), text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\](){}:,+\\-.0-9a-fxXjnrNu_'\"\\\\# \n\t\u{e9}*]{0,40}|.{0,30}") {
        let _read_or_refused = literal_eval(&text);
    }
}

//! Cases computed by CPython's `json` and by `orjson`.

use serde_json::json;

use super::super::text::repr;
use super::super::{Dict, Error, Key, Set, Value};
use super::*;

fn shown(result: Result<Value, Error>) -> String {
    match result.and_then(|value| repr(&value)) {
        Ok(text) => text,
        Err(error) => error.to_string(),
    }
}

/// Text, what `json` says of it, and what `orjson` says.
const BROKEN: &[(&str, &str, &str)] = &[
    (
        "",
        "Expecting value: line 1 column 1 (char 0)",
        "Input is a zero-length, empty document: line 1 column 1 (char 0)",
    ),
    (
        "[1,]",
        "Expecting value: line 1 column 4 (char 3)",
        "trailing comma is not allowed: line 1 column 3 (char 2)",
    ),
    (
        "[1 2]",
        "Expecting ',' delimiter: line 1 column 4 (char 3)",
        "unexpected character: line 1 column 4 (char 3)",
    ),
    (
        "{\"a\":1,\n}",
        "Expecting property name enclosed in double quotes: line 2 column 1 (char 8)",
        "trailing comma is not allowed: line 1 column 7 (char 6)",
    ),
    (
        "{\"a\" 1}",
        "Expecting ':' delimiter: line 1 column 6 (char 5)",
        "unexpected character: line 1 column 6 (char 5)",
    ),
    (
        "{",
        "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        "unexpected end of data: line 1 column 2 (char 1)",
    ),
    (
        "[1,\n 2",
        "Expecting ',' delimiter: line 2 column 3 (char 6)",
        "unexpected end of data: line 2 column 3 (char 6)",
    ),
    (
        "\"abc",
        "Unterminated string starting at: line 1 column 1 (char 0)",
        "unexpected end of data: line 1 column 5 (char 4)",
    ),
    (
        "\"a\nb\"",
        "Invalid control character at: line 1 column 3 (char 2)",
        "unexpected control character in string: line 1 column 3 (char 2)",
    ),
    (
        r#""a\q""#,
        r"Invalid \escape: line 1 column 3 (char 2)",
        "invalid escaped character in string: line 1 column 4 (char 3)",
    ),
    (
        r#""\u12""#,
        r"Invalid \uXXXX escape: line 1 column 3 (char 2)",
        "invalid escaped sequence in string: line 1 column 2 (char 1)",
    ),
    (
        "tru",
        "Expecting value: line 1 column 1 (char 0)",
        "unexpected end of data: line 1 column 4 (char 3)",
    ),
    (
        "-",
        "Expecting value: line 1 column 1 (char 0)",
        "unexpected end of data: line 1 column 2 (char 1)",
    ),
    (
        "1.",
        "Extra data: line 1 column 2 (char 1)",
        "unexpected end of data: line 1 column 3 (char 2)",
    ),
    (
        "01",
        "Extra data: line 1 column 2 (char 1)",
        "number with leading zero is not allowed: line 1 column 1 (char 0)",
    ),
    (
        "1 2",
        "Extra data: line 1 column 3 (char 2)",
        "unexpected content after document: line 1 column 3 (char 2)",
    ),
    (
        "é1",
        "Expecting value: line 1 column 1 (char 0)",
        "unexpected character: line 1 column 1 (char 0)",
    ),
];

#[test]
fn both_readers_say_what_is_wrong_and_where() {
    let error = |message: &str| format!("JSONDecodeError: {message}");
    for (text, python, orjson) in BROKEN {
        assert_eq!(
            shown(loads(text, Reader::Python)),
            error(python),
            "{text:?}"
        );
        assert_eq!(
            shown(loads(text, Reader::Orjson)),
            error(orjson),
            "{text:?}"
        );
    }
}

#[test]
fn the_readers_differ_in_numbers() {
    for (text, python, orjson) in [
        (
            "[-0, -0.0, 1E5]",
            "[0, -0.0, 100000.0]",
            "[0, -0.0, 100000.0]",
        ),
        (
            "12345678901234567890123",
            "12345678901234567890123",
            "1.2345678901234568e+22",
        ),
        (
            "18446744073709551615",
            "18446744073709551615",
            "18446744073709551615",
        ),
        (
            "NaN",
            "nan",
            "JSONDecodeError: unexpected character: line 1 column 1 (char 0)",
        ),
        (
            "-Infinity",
            "-inf",
            "JSONDecodeError: no digit after minus sign: line 1 column 2 (char 1)",
        ),
        (
            "1e400",
            "inf",
            "JSONDecodeError: number is infinity when parsed as double: line 1 column 1 (char 0)",
        ),
        (
            r#"{"a": 1, "a": "\ud83d\ude00\/"}"#,
            "{'a': '😀/'}",
            "{'a': '😀/'}",
        ),
    ] {
        assert_eq!(shown(loads(text, Reader::Python)), python, "{text}");
        assert_eq!(shown(loads(text, Reader::Orjson)), orjson, "{text}");
    }
}

#[test]
fn deep_text_is_refused() {
    let deep = "[".repeat(100_000);
    assert!(matches!(loads(&deep, Reader::Python), Err(Error::Limit(_))));
}

#[test]
fn both_libraries_write_in_their_way() {
    let mut dict = Dict::new();
    dict.insert(
        Key::new(Value::Int(1)).unwrap(),
        Value::from("é\u{7f}😀\"\n"),
    );
    dict.insert(
        Key::new(Value::None).unwrap(),
        Value::tuple(vec![Value::Float(f64::NAN), Value::list(vec![])]),
    );
    let value = Value::dict(dict);
    assert_eq!(
        dumps(&value, &Layout::python()).unwrap(),
        r#"{"1": "\u00e9\u007f\ud83d\ude00\"\n", "null": [NaN, []]}"#
    );
    assert_eq!(
        dumps(&value, &Layout::orjson()).unwrap_err(),
        Error::type_error("Dict key must be str")
    );
    let value = from_json(&json!({"b": [1, 1e16, 1e-5, 1e-7, 0.1], "a": {}}));
    let sorted = Layout {
        sort_keys: true,
        ..Layout::python_indented("  ")
    };
    assert_eq!(
        dumps(&value, &sorted).unwrap(),
        "{\n  \"a\": {},\n  \"b\": [\n    1,\n    1e+16,\n    1e-05,\n    1e-07,\n    0.1\n  ]\n}"
    );
    assert_eq!(
        dumps(&value, &Layout::orjson()).unwrap(),
        r#"{"b":[1,1e16,0.00001,1e-7,0.1],"a":{}}"#
    );
}

#[test]
fn what_is_no_data_is_refused() {
    let set = Value::set(Set::new());
    assert_eq!(
        dumps(&set, &Layout::python()).unwrap_err(),
        Error::type_error("Object of type set is not JSON serializable")
    );
    assert_eq!(
        to_json(&Value::list(vec![set])).unwrap_err(),
        Error::type_error("Object of type set is not JSON serializable")
    );
}

#[test]
fn a_list_in_itself_is_refused() {
    let _scope = super::super::cycles::Scope::enter();
    let list = Value::list(vec![]);
    if let Value::List(items) = &list {
        super::super::cycles::note(&list, &list);
        items.borrow_mut().push(list.clone());
    }
    assert_eq!(
        dumps(&list, &Layout::python()).unwrap_err(),
        Error::value_error("Circular reference detected")
    );
    assert!(matches!(to_json(&list), Err(Error::Limit(_))));
}

#[test]
fn values_go_to_json_and_back() {
    let json = json!({"z": [1, -2.5, null, true, "x"], "a": {"b": 18_446_744_073_709_551_615_u64}});
    assert_eq!(to_json(&from_json(&json)).unwrap(), json);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}:,+\\-.0-9eEtrufalsn\"\\\\ \n\u{e9}]{0,40}|.{0,30}") {
        let _read_or_refused = (loads(&text, Reader::Python), loads(&text, Reader::Orjson));
    }

    #[test]
    fn python_text_is_read_back(text in ".{0,30}", number: f64) {
        let value = Value::list(vec![text.into(), Value::Float(number)]);
        let written = dumps(&value, &Layout::python()).unwrap();
        proptest::prop_assert_eq!(
            repr(&loads(&written, Reader::Python).unwrap()).unwrap(),
            repr(&value).unwrap()
        );
    }
}

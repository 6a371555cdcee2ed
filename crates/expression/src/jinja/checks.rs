//! Tests: what stands after `is`.

use super::callable::{Callable, Given};
use super::filters;
use super::iterate::items;
use super::markup::has_html;
use super::operators::{binary, compare};
use super::undefined::{Missing, is_undefined};
use crate::jinja::ast::{Binary, Comparison};
use crate::value::{Error, Key, Value, access, methods, text};

/// A test with its name.
type Test = (&'static str, Callable);

/// The tests.
const TESTS: &[Test] = &[
    (
        "boolean",
        Callable::new("test_boolean", &["value"], |given| {
            Ok(matches!(given.value(), Value::Bool(_)).into())
        }),
    ),
    (
        "callable",
        Callable::one_argument("callable", |given| Ok(is_callable(given.value()).into())),
    ),
    (
        "defined",
        Callable::new("test_defined", &["value"], |given| {
            Ok((!is_undefined(given.value())).into())
        }),
    ),
    (
        "divisibleby",
        Callable::new("test_divisibleby", &["value", "num"], |given| {
            remainder_is(given.value(), given.at(1), 0)
        }),
    ),
    (
        "escaped",
        Callable::new("test_escaped", &["value"], |given| {
            Ok(has_html(given.value()).into())
        }),
    ),
    (
        "even",
        Callable::new("test_even", &["value"], |given| {
            remainder_is(given.value(), &Value::Int(2), 0)
        }),
    ),
    (
        "false",
        Callable::new("test_false", &["value"], |given| {
            Ok(matches!(given.value(), Value::Bool(false)).into())
        }),
    ),
    (
        "filter",
        Callable::new("test_filter", &["value"], |given| {
            is_known(given.value(), filters::find)
        })
        .in_context(),
    ),
    (
        "float",
        Callable::new("test_float", &["value"], |given| {
            Ok(matches!(given.value(), Value::Float(_)).into())
        }),
    ),
    // StackStorm replaces Jinja's own test with a function without a name.
    (
        "in",
        Callable::new(
            "get_jinja_environment.<locals>.<lambda>",
            &["item", "list"],
            |given| comparison(Comparison::In, given),
        ),
    ),
    (
        "integer",
        Callable::new("test_integer", &["value"], |given| {
            Ok(matches!(given.value(), Value::Int(_) | Value::Big(_)).into())
        }),
    ),
    (
        "iterable",
        Callable::new("test_iterable", &["value"], is_iterable),
    ),
    (
        "lower",
        Callable::new("test_lower", &["value"], |given| {
            text_is(given.value(), "islower")
        }),
    ),
    (
        "mapping",
        Callable::new("test_mapping", &["value"], |given| {
            Ok(matches!(given.value(), Value::Dict(_)).into())
        }),
    ),
    (
        "none",
        Callable::new("test_none", &["value"], |given| {
            Ok(matches!(given.value(), Value::None).into())
        }),
    ),
    (
        "number",
        Callable::new("test_number", &["value"], |given| {
            Ok(matches!(
                given.value(),
                Value::Bool(_) | Value::Int(_) | Value::Big(_) | Value::Float(_)
            )
            .into())
        }),
    ),
    (
        "odd",
        Callable::new("test_odd", &["value"], |given| {
            remainder_is(given.value(), &Value::Int(2), 1)
        }),
    ),
    (
        "sameas",
        Callable::new("test_sameas", &["value", "other"], |given| {
            Ok(given.value().is(given.at(1)).into())
        }),
    ),
    (
        "sequence",
        Callable::new("test_sequence", &["value"], is_sequence),
    ),
    (
        "string",
        Callable::new("test_string", &["value"], |given| {
            Ok(given.value().as_text().is_some().into())
        }),
    ),
    (
        "test",
        Callable::new("test_test", &["value"], |given| {
            is_known(given.value(), find)
        })
        .in_context(),
    ),
    (
        "true",
        Callable::new("test_true", &["value"], |given| {
            Ok(matches!(given.value(), Value::Bool(true)).into())
        }),
    ),
    (
        "undefined",
        Callable::new("test_undefined", &["value"], |given| {
            Ok(is_undefined(given.value()).into())
        }),
    ),
    (
        "upper",
        Callable::new("test_upper", &["value"], |given| {
            text_is(given.value(), "isupper")
        }),
    ),
    ("==", EQUAL),
    ("eq", EQUAL),
    ("equalto", EQUAL),
    ("!=", NOT_EQUAL),
    ("ne", NOT_EQUAL),
    (">", GREATER),
    ("gt", GREATER),
    ("greaterthan", GREATER),
    ("ge", GREATER_EQUAL),
    (">=", GREATER_EQUAL),
    ("<", LESS),
    ("lt", LESS),
    ("lessthan", LESS),
    ("<=", LESS_EQUAL),
    ("le", LESS_EQUAL),
];

const EQUAL: Callable = Callable::operator("eq", |given| comparison(Comparison::Equal, given));
const NOT_EQUAL: Callable =
    Callable::operator("ne", |given| comparison(Comparison::NotEqual, given));
const GREATER: Callable = Callable::operator("gt", |given| comparison(Comparison::Greater, given));
const GREATER_EQUAL: Callable =
    Callable::operator("ge", |given| comparison(Comparison::GreaterEqual, given));
const LESS: Callable = Callable::operator("lt", |given| comparison(Comparison::Less, given));
const LESS_EQUAL: Callable =
    Callable::operator("le", |given| comparison(Comparison::LessEqual, given));

/// The test of a name.
pub(super) fn find(name: &str) -> Option<&'static Callable> {
    TESTS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, test)| test)
}

fn comparison(comparison: Comparison, given: &Given<'_>) -> Result<Value, Error> {
    compare(comparison, given.value(), given.at(1)).map(Value::Bool)
}

fn remainder_is(value: &Value, divisor: &Value, wanted: i64) -> Result<Value, Error> {
    let remainder = binary(Binary::Modulo, value, divisor)?;
    compare(Comparison::Equal, &remainder, &Value::Int(wanted)).map(Value::Bool)
}

fn is_known(name: &Value, find: fn(&str) -> Option<&'static Callable>) -> Result<Value, Error> {
    // Looking a name up hashes it.
    let name = Key::new(name.clone())?;
    Ok(name
        .as_text()
        .is_some_and(|name| find(&name).is_some())
        .into())
}

fn text_is(value: &Value, method: &str) -> Result<Value, Error> {
    methods::call(&Value::Str(text::str(value)?), method, &[], &[])
}

fn is_callable(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.is_callable(),
        _ => false,
    }
}

fn is_iterable(given: &Given<'_>) -> Result<Value, Error> {
    match items(given.value()) {
        Ok(_) => Ok(true.into()),
        Err(error) if error.class() == Some("TypeError") => Ok(false.into()),
        Err(error) => Err(error),
    }
}

fn is_sequence(given: &Given<'_>) -> Result<Value, Error> {
    let value = given.value();
    let has_length = match access::length(value) {
        Ok(_) => true,
        Err(Error::Raised { .. }) => false,
        Err(error) => return Err(error),
    };
    let has_items = match value {
        Value::Set(_) => false,
        Value::Object(object) => {
            object.plain().is_some()
                || object.type_name() == "range"
                || Missing::of(value).is_some()
        }
        _ => true,
    };
    Ok((has_length && has_items).into())
}

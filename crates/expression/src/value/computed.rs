//! What Python computes, replayed: arithmetic, comparisons, subscripts, formatting and methods, with the words of errors.

use squall_model::Json;

use super::access::{self, Slice, slice};
use super::order::{self, Comparison, compare};
use super::recorded::{cases, shown, untagged};
use super::{Error, Value, format, methods, number};

/// Cases that differ, each with its reason.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "str-format-23",
        "Jinja's sandbox formats by another class of Python, which has these words",
    ),
    ("search-18", "CPython words the same error in several ways"),
    ("encode-19", "CPython words the same error in several ways"),
];

#[test]
fn values_behave_as_in_python() {
    let mut faults = Vec::new();
    for case in cases("python_expressions.jsonl") {
        let receiver = untagged(&case["receiver"]);
        let found = match run(&case, &receiver) {
            Ok(value) => shown(&listed(value)),
            Err(error) => error.to_string(),
        };
        let expected = match case["expected"].get("value") {
            Some(value) => shown(&untagged(value)),
            None => format!(
                "{}: {}",
                case["expected"]["error"].as_str().unwrap(),
                case["expected"]["message"].as_str().unwrap()
            ),
        };
        let changed = case.get("after").map(|after| shown(&untagged(after)));
        let is_same = found == expected && changed.is_none_or(|after| after == shown(&receiver));
        let id = case["id"].as_str().unwrap();
        let is_excused = DIFFERENT.iter().any(|(excused, _)| *excused == id);
        if is_same == is_excused {
            let expression = case["expression"].as_str().unwrap();
            faults.push(format!(
                "{id} {expression}\n  expected {expected}\n  found    {found}, receiver {}",
                shown(&receiver)
            ));
        }
    }
    let count = faults.len();
    assert!(faults.is_empty(), "{count} cases:\n{}", faults.join("\n"));
}

fn run(case: &Json, receiver: &Value) -> Result<Value, Error> {
    if let Some(operator) = case["operator"].as_str() {
        return operate(
            operator,
            &untagged(&case["left"]),
            &untagged(&case["right"]),
        );
    }
    if let Some(key) = case.get("item") {
        return access::item(receiver, &untagged(key));
    }
    if let Some(bounds) = case["slice"].as_array() {
        let bounds = Slice {
            start: untagged(&bounds[0]),
            stop: untagged(&bounds[1]),
            step: untagged(&bounds[2]),
        };
        return slice(receiver, &bounds);
    }
    let positional: Vec<Value> = case["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(untagged)
        .collect();
    let named: Vec<_> = case["named"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str().into(), untagged(value)))
        .collect();
    match case["method"].as_str() {
        Some(method) => methods::call(receiver, method, &positional, &named),
        None => function(
            case["function"].as_str().unwrap(),
            &positional,
            named.len() == 1,
        ),
    }
}

fn operate(operator: &str, left: &Value, right: &Value) -> Result<Value, Error> {
    match operator {
        "+" => number::add(left, right),
        "-" => number::subtract(left, right),
        "*" => number::multiply(left, right),
        "/" => number::true_divide(left, right),
        "//" => number::floor_divide(left, right),
        "%" => number::modulo(left, right),
        "**" => number::power(left, right),
        "negative" => number::negate(left),
        "positive" => number::positive(left),
        "==" => order::equals(left, right).map(Value::Bool),
        "!=" => order::equals(left, right).map(|equal| Value::Bool(!equal)),
        "<" => compare(left, Comparison::Less, right).map(Value::Bool),
        "<=" => compare(left, Comparison::LessOrEqual, right).map(Value::Bool),
        ">" => compare(left, Comparison::Greater, right).map(Value::Bool),
        ">=" => compare(left, Comparison::GreaterOrEqual, right).map(Value::Bool),
        "in" => order::contains(right, left).map(Value::Bool),
        "not in" => order::contains(right, left).map(|found| Value::Bool(!found)),
        other => panic!("no operator {other}"),
    }
}

fn function(name: &str, arguments: &[Value], reverse: bool) -> Result<Value, Error> {
    let index = |value: &Value| match value {
        Value::Int(number) => *number,
        other => panic!("no index {other:?}"),
    };
    match (name, arguments) {
        ("int", [value]) => number::to_integer(value),
        ("int", [text, base]) => number::parse_integer(
            &text.as_text().unwrap(),
            u32::try_from(index(base)).unwrap(),
        ),
        ("float", [value]) => number::to_float(value).map(Value::Float),
        ("abs", [value]) => number::absolute(value),
        ("round", [value]) => number::round(value, None),
        ("round", [value, digits]) => number::round(value, Some(index(digits))),
        ("len", [value]) => access::length(value).map(Value::from),
        ("bool", [value]) => access::truth(value).map(Value::Bool),
        ("list", [value]) => access::iterate(value).map(Value::list),
        ("sorted", [value]) => order::sort(access::iterate(value)?, reverse, None).map(Value::list),
        ("format", [value, specification]) => {
            format::value(value, &specification.as_text().unwrap()).map(Value::Str)
        }
        _ => panic!("no function {name}"),
    }
}

/// Views of dicts as lists, as they are recorded.
fn listed(value: Value) -> Value {
    match &value {
        Value::Object(view) => Value::list(view.iterate().unwrap()),
        _ => value,
    }
}

//! How the operations look from outside.

use super::*;
use crate::value::access::{Slice, item, slice};
use crate::value::order::{Comparison, compare, contains, equals};
use crate::value::text::repr;

fn dict(entries: &[(&str, Value)]) -> Value {
    Value::dict(
        entries
            .iter()
            .map(|(key, value)| (Key::from(*key), value.clone()))
            .collect(),
    )
}

#[test]
fn nested_values_are_written_as_python_writes_them() {
    let value = dict(&[
        ("a", Value::list(vec![Value::Int(1), Value::from("it's")])),
        ("b", Value::tuple(vec![Value::None])),
        ("c", Value::set(Set::new())),
        ("d", Value::bytes(*b"\x00'\"")),
    ]);
    assert_eq!(
        repr(&value).unwrap(),
        r#"{'a': [1, "it's"], 'b': (None,), 'c': set(), 'd': b'\x00\'"'}"#
    );
}

#[test]
fn a_list_in_itself_is_written_with_dots() {
    let _scope = cycles::Scope::enter();
    let list = Value::list(vec![Value::Int(1)]);
    if let Value::List(items) = &list {
        cycles::note(&list, &list);
        items.borrow_mut().push(list.clone());
    }
    assert_eq!(repr(&list).unwrap(), "[1, [...]]");
    assert_eq!(format!("{list:?}"), "[1, [...]]");
}

#[test]
fn numbers_of_all_types_are_one_key() {
    let mut dict = Dict::new();
    dict.insert(Key::new(Value::Int(1)).unwrap(), Value::from("one"));
    dict.insert(Key::new(Value::Bool(true)).unwrap(), Value::from("true"));
    dict.insert(Key::new(Value::Float(1.0)).unwrap(), Value::from("float"));
    assert_eq!(repr(&Value::dict(dict)).unwrap(), "{1: 'float'}");
}

#[test]
fn lists_are_no_keys() {
    let key = Value::tuple(vec![Value::list(vec![])]);
    assert_eq!(
        Key::new(key).unwrap_err(),
        Error::type_error("unhashable type: 'list'")
    );
}

#[test]
fn mixed_types_are_unequal_and_have_no_order() {
    assert!(!equals(&Value::Int(1), &Value::from("1")).unwrap());
    assert!(equals(&Value::Int(1), &Value::Bool(true)).unwrap());
    assert_eq!(
        compare(&Value::from("1"), Comparison::Less, &Value::Int(1)).unwrap_err(),
        Error::type_error("'<' not supported between instances of 'str' and 'int'")
    );
}

#[test]
fn large_integers_and_floats_compare_exactly() {
    let large = Value::Int(9_007_199_254_740_993);
    let float = Value::Float(9_007_199_254_740_992.0);
    assert!(!equals(&large, &float).unwrap());
    assert!(compare(&large, Comparison::Greater, &float).unwrap());
    assert!(compare(&Value::Float(f64::NEG_INFINITY), Comparison::Less, &large).unwrap());
}

#[test]
fn a_nan_is_found_in_its_list_but_equals_nothing() {
    let nan = Value::Float(f64::NAN);
    assert!(!equals(&nan, &nan).unwrap());
    assert!(contains(&Value::list(vec![nan.clone()]), &nan).unwrap());
}

#[test]
fn slices_count_from_both_ends() {
    let picked = |start: Value, stop: Value, step: Value| {
        let slice_of = Slice { start, stop, step };
        text::str(&slice(&Value::from("häuser"), &slice_of).unwrap()).unwrap()
    };
    assert_eq!(&*picked(Value::Int(-3), Value::None, Value::None), "ser");
    assert_eq!(&*picked(Value::None, Value::None, Value::Int(-2)), "rsä");
    assert_eq!(
        &*picked(Value::Int(1), Value::Int(99), Value::Int(2)),
        "äsr"
    );
    assert_eq!(&*picked(Value::None, Value::Int(i64::MIN), Value::None), "");
}

#[test]
fn a_subscript_out_of_range_says_so() {
    let list = Value::list(vec![Value::Int(1)]);
    assert_eq!(
        item(&list, &Value::Int(-2)).unwrap_err(),
        Error::index_error("list index out of range")
    );
    assert_eq!(
        item(&dict(&[]), &Value::from("a'b")).unwrap_err(),
        Error::key_error("\"a'b\"")
    );
}

#[test]
fn a_very_deep_value_drops_and_is_refused_by_name() {
    let mut value = Value::list(vec![]);
    for _ in 0..200_000 {
        value = Value::tuple(vec![Value::list(vec![value])]);
    }
    assert_eq!(
        repr(&value).unwrap_err(),
        Error::Limit("values or expressions nest too deeply")
    );
}

#[test]
fn a_value_that_doubles_itself_runs_out_of_steps() {
    let grow = || {
        (0..60).fold(Value::tuple(vec![Value::Int(1)]), |value, _| {
            Value::tuple(vec![value.clone(), value])
        })
    };
    let _budget = budget::Budget::limit_to(100_000);
    assert_eq!(
        equals(&grow(), &grow()).unwrap_err(),
        Error::Limit("too many steps")
    );
}

#[test]
fn a_moment_has_its_parts_and_its_words() {
    let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 2).unwrap();
    let moment = Value::DateTime(date.and_hms_micro_opt(3, 4, 5, 60).unwrap(), None);
    let attribute = |name| access::attribute(&moment, name).unwrap().unwrap();
    assert_eq!(repr(&attribute("day")).unwrap(), "2");
    assert_eq!(repr(&attribute("microsecond")).unwrap(), "60");
    let call = |name, arguments: &[Value]| {
        repr(&methods::call(&moment, name, arguments, &[]).unwrap()).unwrap()
    };
    assert_eq!(call("isoformat", &[]), "'2026-11-02T03:04:05.000060'");
    assert_eq!(
        call("strftime", &["%d.%m.%y %f".into()]),
        "'02.11.26 000060'"
    );
    assert_eq!(call("weekday", &[]), "0");
    let refused = methods::call(&moment, "strftime", &["%Q".into()], &[]);
    assert!(matches!(
        refused,
        Err(Error::Raised {
            class: "ValueError",
            ..
        })
    ));
}

//! `+`, `-` and `*` on text, sequences and sets.

use num_traits::Signed as _;

use super::super::{Error, Set, Value, budget};
use super::unsupported;

/// `one + two` of what is not numbers.
pub(super) fn concatenate(one: &Value, two: &Value) -> Result<Value, Error> {
    match (one, two) {
        (Value::Str(one), Value::Str(two)) => {
            budget::text(one.len() + two.len())?;
            Ok([&**one, two].concat().into())
        }
        (Value::Bytes(one), Value::Bytes(two)) => {
            budget::text(one.len() + two.len())?;
            Ok(Value::bytes([&**one, two].concat()))
        }
        (Value::List(one), Value::List(two)) => join(&one.borrow(), &two.borrow()).map(Value::list),
        (Value::Tuple(one), Value::Tuple(two)) => join(one, two).map(Value::tuple),
        (Value::Bytes(_), _) => Err(Error::type_error(format!(
            "can't concat {} to bytes",
            two.type_name()
        ))),
        (Value::Str(_) | Value::List(_) | Value::Tuple(_), _) => {
            let name = one.type_name();
            Err(Error::type_error(format!(
                "can only concatenate {name} (not \"{}\") to {name}",
                two.type_name()
            )))
        }
        _ => Err(unsupported("+", one, two)),
    }
}

/// `one - two` of what is not numbers.
pub(super) fn subtract(one: &Value, two: &Value) -> Result<Value, Error> {
    match (one, two) {
        (Value::Set(one), Value::Set(two)) => {
            budget::items(one.borrow().len())?;
            Ok(Value::set(Set(one
                .borrow()
                .difference(&two.borrow())
                .cloned()
                .collect())))
        }
        _ => Err(unsupported("-", one, two)),
    }
}

/// `one * two` of what is not two numbers.
pub(super) fn repeat(one: &Value, two: &Value) -> Result<Value, Error> {
    let (repeated, count) = match (is_sequence(one), is_sequence(two)) {
        (true, _) => (one, two),
        (false, true) => (two, one),
        (false, false) => return Err(unsupported("*", one, two)),
    };
    let count = match count {
        Value::Bool(flag) => usize::from(*flag),
        Value::Int(count) => usize::try_from(*count).unwrap_or(0),
        Value::Big(count) if count.is_negative() => 0,
        Value::Big(_) => {
            return Err(Error::overflow(
                "cannot fit 'int' into an index-sized integer",
            ));
        }
        _ => {
            return Err(Error::type_error(format!(
                "can't multiply sequence by non-int of type '{}'",
                count.type_name()
            )));
        }
    };
    match repeated {
        Value::Str(text) => {
            budget::text(text.len().saturating_mul(count))?;
            Ok(text.repeat(count).into())
        }
        Value::Bytes(bytes) => {
            budget::text(bytes.len().saturating_mul(count))?;
            Ok(Value::bytes(bytes.repeat(count)))
        }
        Value::List(list) => repeat_items(&list.borrow(), count).map(Value::list),
        Value::Tuple(items) => repeat_items(items, count).map(Value::tuple),
        _ => Err(unsupported("*", one, two)),
    }
}

const fn is_sequence(value: &Value) -> bool {
    matches!(
        value,
        Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Tuple(_)
    )
}

fn join(one: &[Value], two: &[Value]) -> Result<Vec<Value>, Error> {
    budget::items(one.len() + two.len())?;
    Ok([one, two].concat())
}

fn repeat_items(items: &[Value], count: usize) -> Result<Vec<Value>, Error> {
    budget::items(items.len().saturating_mul(count))?;
    Ok(std::iter::repeat_n(items, count)
        .flatten()
        .cloned()
        .collect())
}

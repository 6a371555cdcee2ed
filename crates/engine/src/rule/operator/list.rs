//! Equality and membership.

use squall_expression::value::{Error, Value, order};

pub(super) fn equals(value: &Value, pattern: &Value) -> Result<bool, Error> {
    Ok(!is_none(pattern) && order::equals(value, pattern)?)
}

/// Has no guard for null: nothing differs from something.
pub(super) fn differs(value: &Value, pattern: &Value) -> Result<bool, Error> {
    Ok(!order::equals(value, pattern)?)
}

pub(super) fn contains(value: &Value, pattern: &Value) -> Result<bool, Error> {
    Ok(!is_none(pattern) && order::contains(value, pattern)?)
}

pub(super) fn lacks(value: &Value, pattern: &Value) -> Result<bool, Error> {
    Ok(!is_none(pattern) && !order::contains(value, pattern)?)
}

pub(super) fn inside(value: &Value, pattern: &Value) -> Result<bool, Error> {
    Ok(!is_none(pattern) && order::contains(pattern, value)?)
}

pub(super) fn outside(value: &Value, pattern: &Value) -> Result<bool, Error> {
    Ok(!is_none(pattern) && !order::contains(pattern, value)?)
}

/// A null that is there counts as missing.
pub(super) fn exists(value: &Value, _pattern: &Value) -> Result<bool, Error> {
    Ok(!is_none(value))
}

pub(super) fn missing(value: &Value, _pattern: &Value) -> Result<bool, Error> {
    Ok(is_none(value))
}

fn is_none(value: &Value) -> bool {
    matches!(value, Value::None)
}

//! `int(value)`, `float(value)` and `abs(value)`.

use num_bigint::BigInt;
use num_traits::{FromPrimitive as _, Signed as _};

use super::super::{Error, Value, text};
use super::operand::Operand;
use super::{negate, parse};

/// `int(value)`.
pub fn to_integer(value: &Value) -> Result<Value, Error> {
    match value {
        Value::Str(text) => parse::integer(text, 10),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => parse::integer(text, 10).map_err(|error| about_bytes(error, value)),
            Err(_) => Err(Error::value_error(format!(
                "invalid literal for int() with base 10: {}",
                text::repr(value)?
            ))),
        },
        Value::Float(number) => truncate(*number),
        Value::Object(object) => match object.integer() {
            Some(number) => number,
            None => object
                .plain()
                .map_or_else(|| Err(no_integer(value)), |plain| to_integer(&plain)),
        },
        _ => Operand::of(value)
            .map(Operand::into_value)
            .ok_or_else(|| no_integer(value)),
    }
}

/// `float(value)`.
pub fn to_float(value: &Value) -> Result<f64, Error> {
    match value {
        Value::Str(text) => parse::float(text),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => parse::float(text).map_err(|error| about_bytes(error, value)),
            Err(_) => Err(Error::value_error(format!(
                "could not convert string to float: {}",
                text::repr(value)?
            ))),
        },
        Value::Object(object) => match object.float() {
            Some(number) => number,
            None => object
                .plain()
                .map_or_else(|| Err(no_float(value)), |plain| to_float(&plain)),
        },
        _ => Operand::of(value).map_or_else(|| Err(no_float(value)), |number| number.to_float()),
    }
}

/// `abs(value)`.
pub fn absolute(value: &Value) -> Result<Value, Error> {
    match Operand::of(value) {
        Some(Operand::Small(number)) if number < 0 => negate(&Value::Int(number)),
        Some(Operand::Big(number)) => Ok(Value::integer(number.abs())),
        Some(Operand::Float(number)) => Ok(Value::Float(number.abs())),
        Some(number) => Ok(number.into_value()),
        None => Err(Error::type_error(format!(
            "bad operand type for abs(): '{}'",
            value.type_name()
        ))),
    }
}

/// The integer towards zero.
pub(super) fn truncate(number: f64) -> Result<Value, Error> {
    if number.is_nan() {
        return Err(Error::value_error("cannot convert float NaN to integer"));
    }
    BigInt::from_f64(number)
        .map(Value::integer)
        .ok_or_else(|| Error::overflow("cannot convert float infinity to integer"))
}

/// The error with the `repr` of the bytes in place of that of their text.
fn about_bytes(error: Error, value: &Value) -> Error {
    match (error, text::repr(value)) {
        (Error::Raised { class, message }, Ok(shown)) => {
            let before = message
                .split_once(": ")
                .map_or(&*message, |(before, _)| before);
            Error::raised(class, format!("{before}: {shown}"))
        }
        (error, _) => error,
    }
}

fn no_integer(value: &Value) -> Error {
    Error::type_error(format!(
        "int() argument must be a string, a bytes-like object or a real number, not '{}'",
        value.type_name()
    ))
}

fn no_float(value: &Value) -> Error {
    Error::type_error(format!(
        "float() argument must be a string or a real number, not '{}'",
        value.type_name()
    ))
}

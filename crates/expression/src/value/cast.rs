//! Making a parameter's value fit the type in its schema, as StackStorm does.

use super::json::{Reader, loads};
use super::literal::literal_eval;
use super::methods;
use super::number::{to_float, to_integer};
use super::{Error, Value, text};

/// The text by which the filter `use_none` carries `None` through templates, which give nothing but text.
pub const NONE_MAGIC: &str = "%*****__%NONE%__*****%";

/// The value as a parameter of a schema type; types that are not known leave it as it is.
///
/// A caller that holds no value at all casts nothing: `None` is no integer and no number.
pub fn cast(kind: &str, value: &Value) -> Result<Value, Error> {
    let value = match value.as_text() {
        Some(text) if *text == *NONE_MAGIC => &Value::None,
        _ => value,
    };
    match kind {
        "array" | "object" => container(value),
        "boolean" => boolean(value),
        "integer" => to_integer(value),
        "number" => to_float(value).map(Value::Float),
        "string" => string(value),
        _ => Ok(value.clone()),
    }
}

fn container(value: &Value) -> Result<Value, Error> {
    match value.as_text() {
        Some(text) => loads(&text, Reader::Orjson).or_else(|error| match error {
            Error::Raised { .. } => literal_eval(&text),
            stopped => Err(stopped),
        }),
        None => Ok(value.clone()),
    }
}

fn boolean(value: &Value) -> Result<Value, Error> {
    if value.as_text().is_none() {
        return Ok(value.clone());
    }
    let capitalized = methods::call(value, "capitalize", &[], &[])?;
    literal_eval(&text::str(&capitalized)?)
}

fn string(value: &Value) -> Result<Value, Error> {
    match value {
        Value::None => Ok(Value::None),
        _ => match value.as_text() {
            Some(text) => Ok(Value::Str(text)),
            None => Err(Error::value_error(format!(
                "Value \"{}\" must either be a string or None. Got \"{}\".",
                text::str(value)?,
                value.type_name()
            ))),
        },
    }
}

#[cfg(test)]
mod tests;

//! Between our values and `serde_json`'s.

use std::rc::Rc;

use num_traits::ToPrimitive as _;
use squall_model::Json;

use super::super::{Dict, Error, Key, Value, budget};
use super::write::{key_text, not_serializable, time_text};

/// `serde_json` reads text that nests up to here, so that nothing deeper may be recorded.
const RECORDED_DEPTH: usize = 120;

/// The value of JSON that was received or recorded.
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::None,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => from_number(number),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(from_json).collect(),
        Json::Object(entries) => Value::dict(
            entries
                .iter()
                .map(|(key, value)| (Key::from(key.as_str()), from_json(value)))
                .collect::<Dict>(),
        ),
    }
}

/// The JSON of a value, to be recorded or sent.
///
/// Tuples become arrays and keys become text as in `json.dumps`; bytes, dates and NaN become text and null as in `orjson`;
/// integers beyond 64 bits become floats. `TypeError` for what is no data, such as a set or a function.
pub fn to_json(value: &Value) -> Result<Json, Error> {
    convert(value, RECORDED_DEPTH)
}

fn convert(value: &Value, depth: usize) -> Result<Json, Error> {
    budget::spend(1)?;
    let deeper = || {
        depth
            .checked_sub(1)
            .ok_or(Error::Limit("values nest too deeply to be recorded"))
    };
    Ok(match value {
        Value::None => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number) => Json::from(*number),
        Value::Big(number) => match number.to_u64() {
            Some(number) => Json::from(number),
            None => number.to_f64().map_or(Json::Null, Json::from),
        },
        Value::Float(number) => Json::from(*number),
        Value::Str(text) => Json::from(&**text),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Json::from(text),
            Err(_) => return Err(not_serializable(value)),
        },
        Value::List(list) => array(&list.borrow(), deeper()?)?,
        Value::Tuple(items) => array(items, deeper()?)?,
        Value::Dict(dict) => object(&dict.borrow(), deeper()?)?,
        Value::Date(_) | Value::DateTime(..) => Json::from(time_text(value)),
        Value::Set(_) => return Err(not_serializable(value)),
        Value::Object(object) => match object.plain() {
            Some(plain) => convert(&plain, deeper()?)?,
            None => return Err(not_serializable(value)),
        },
    })
}

fn array(items: &[Value], depth: usize) -> Result<Json, Error> {
    items
        .iter()
        .map(|item| convert(item, depth))
        .collect::<Result<Vec<_>, _>>()
        .map(Json::Array)
}

fn object(dict: &Dict, depth: usize) -> Result<Json, Error> {
    let mut entries = squall_model::Object::new();
    for (key, value) in dict.iter() {
        entries.insert(key_text(key.value())?.to_string(), convert(value, depth)?);
    }
    Ok(Json::Object(entries))
}

fn from_number(number: &serde_json::Number) -> Value {
    if let Some(small) = number.as_i64() {
        Value::Int(small)
    } else if let Some(large) = number.as_u64() {
        Value::Big(Rc::new(large.into()))
    } else {
        Value::Float(number.as_f64().unwrap_or(f64::NAN))
    }
}

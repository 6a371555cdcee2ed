//! Truth, length, iteration, subscripts and attributes.

mod slice;

use std::rc::Rc;

use chrono::{Datelike as _, NaiveDate, NaiveTime, Timelike as _};
use num_traits::Zero as _;

pub use slice::{Slice, slice};

use super::{Error, Key, Value, budget, text};

/// `bool(value)`.
pub fn truth(value: &Value) -> Result<bool, Error> {
    Ok(match value {
        Value::None => false,
        Value::Bool(flag) => *flag,
        Value::Int(number) => *number != 0,
        Value::Big(number) => !number.is_zero(),
        Value::Float(number) => *number != 0.0,
        Value::Str(text) => !text.is_empty(),
        Value::Bytes(bytes) => !bytes.is_empty(),
        Value::List(list) => !list.borrow().is_empty(),
        Value::Tuple(items) => !items.is_empty(),
        Value::Dict(dict) => !dict.borrow().is_empty(),
        Value::Set(set) => !set.borrow().is_empty(),
        Value::Date(_) | Value::DateTime(..) => true,
        Value::Object(object) => object.truth()?,
    })
}

/// `len(value)`; `TypeError` if it has none.
pub fn length(value: &Value) -> Result<usize, Error> {
    let length = match value {
        Value::Str(text) => Some(text.chars().count()),
        Value::Bytes(bytes) => Some(bytes.len()),
        Value::List(list) => Some(list.borrow().len()),
        Value::Tuple(items) => Some(items.len()),
        Value::Dict(dict) => Some(dict.borrow().len()),
        Value::Set(set) => Some(set.borrow().len()),
        Value::Object(object) => object.length()?,
        _ => None,
    };
    length.ok_or_else(|| {
        Error::type_error(format!(
            "object of type '{}' has no len()",
            value.type_name()
        ))
    })
}

/// The items that a `for` loop over the value would see; `TypeError` if it cannot be iterated.
pub fn iterate(value: &Value) -> Result<Vec<Value>, Error> {
    let items = match value {
        Value::Str(text) => text
            .chars()
            .map(|character| Value::from(character.encode_utf8(&mut [0; 4]) as &str))
            .collect(),
        Value::Bytes(bytes) => bytes
            .iter()
            .map(|byte| Value::Int((*byte).into()))
            .collect(),
        Value::List(list) => list.borrow().0.clone(),
        Value::Tuple(items) => items.to_vec(),
        Value::Dict(dict) => dict.borrow().key_values(),
        Value::Set(set) => set.borrow().values(),
        Value::Object(object) => object.iterate()?,
        _ => {
            return Err(Error::type_error(format!(
                "'{}' object is not iterable",
                value.type_name()
            )));
        }
    };
    budget::items(items.len())?;
    Ok(items)
}

/// `value[key]`; raises `KeyError`, `IndexError` or `TypeError` as Python does.
pub fn item(value: &Value, key: &Value) -> Result<Value, Error> {
    match value {
        Value::Dict(dict) => {
            let hashed = Key::new(key.clone())?;
            let found = dict.borrow().get(&hashed).cloned();
            found.map_or_else(|| Err(Error::key_error(text::repr(key)?)), Ok)
        }
        Value::List(list) => at(&list.borrow(), key, "list"),
        Value::Tuple(items) => at(items, key, "tuple"),
        Value::Str(text) => character(text, key),
        Value::Bytes(bytes) => {
            let index = index(key, "byte")?;
            let found = position(index, bytes.len()).and_then(|at| bytes.get(at));
            found
                .map(|byte| Value::Int((*byte).into()))
                .ok_or_else(|| Error::index_error("index out of range"))
        }
        Value::Object(object) => match object.item(key)? {
            Some(found) => Ok(found),
            None => match object.plain() {
                Some(plain) => item(&plain, key),
                None => Err(Error::key_error(text::repr(key)?)),
            },
        },
        _ => Err(Error::type_error(format!(
            "'{}' object is not subscriptable",
            value.type_name()
        ))),
    }
}

/// The value of an attribute that is data; methods are in [`super::methods`].
pub fn attribute(value: &Value, name: &str) -> Result<Option<Value>, Error> {
    match value {
        Value::Object(object) => match object.attribute(name)? {
            Some(found) => Ok(Some(found)),
            None => object
                .plain()
                .map_or(Ok(None), |plain| attribute(&plain, name)),
        },
        Value::Bool(flag) => Ok(number_attribute(&Value::Int((*flag).into()), name)),
        Value::Date(date) => Ok(date_attribute(*date, name)),
        Value::DateTime(time, _) => {
            Ok(date_attribute(time.date(), name).or_else(|| time_attribute(time.time(), name)))
        }
        _ => Ok(number_attribute(value, name)),
    }
}

fn number_attribute(value: &Value, name: &str) -> Option<Value> {
    match (value, name) {
        (Value::Int(_) | Value::Big(_), "real" | "numerator") | (Value::Float(_), "real") => {
            Some(value.clone())
        }
        (Value::Int(_) | Value::Big(_), "imag") => Some(Value::Int(0)),
        (Value::Int(_) | Value::Big(_), "denominator") => Some(Value::Int(1)),
        (Value::Float(_), "imag") => Some(Value::Float(0.0)),
        _ => None,
    }
}

fn date_attribute(date: NaiveDate, name: &str) -> Option<Value> {
    match name {
        "year" => Some(Value::Int(date.year().into())),
        "month" => Some(Value::Int(date.month().into())),
        "day" => Some(Value::Int(date.day().into())),
        _ => None,
    }
}

fn time_attribute(time: NaiveTime, name: &str) -> Option<Value> {
    match name {
        "hour" => Some(Value::Int(time.hour().into())),
        "minute" => Some(Value::Int(time.minute().into())),
        "second" => Some(Value::Int(time.second().into())),
        "microsecond" => Some(Value::Int((time.nanosecond() / 1000).into())),
        _ => None,
    }
}

fn at(items: &[Value], key: &Value, kind: &str) -> Result<Value, Error> {
    let index = index(key, kind)?;
    position(index, items.len())
        .and_then(|at| items.get(at))
        .cloned()
        .ok_or_else(|| Error::index_error(format!("{kind} index out of range")))
}

fn character(text: &Rc<str>, key: &Value) -> Result<Value, Error> {
    let index = match key {
        Value::Int(index) => *index,
        Value::Bool(flag) => i64::from(*flag),
        Value::Big(_) => return Err(cannot_fit()),
        _ => {
            return Err(Error::type_error(format!(
                "string indices must be integers, not '{}'",
                key.type_name()
            )));
        }
    };
    let found = if text.is_ascii() {
        position(index, text.len()).and_then(|at| text.get(at..=at))
    } else {
        position(index, text.chars().count())
            .and_then(|at| text.char_indices().nth(at))
            .and_then(|(at, found)| text.get(at..at + found.len_utf8()))
    };
    found
        .map(Value::from)
        .ok_or_else(|| Error::index_error("string index out of range"))
}

fn index(key: &Value, kind: &str) -> Result<i64, Error> {
    match key {
        Value::Int(index) => Ok(*index),
        Value::Bool(flag) => Ok(i64::from(*flag)),
        Value::Big(_) => Err(cannot_fit()),
        _ => Err(Error::type_error(format!(
            "{kind} indices must be integers or slices, not {}",
            key.type_name()
        ))),
    }
}

fn cannot_fit() -> Error {
    Error::index_error("cannot fit 'int' into an index-sized integer")
}

/// The position that a possibly negative index means in a sequence, if it can be one.
pub(super) fn position(index: i64, length: usize) -> Option<usize> {
    if index < 0 {
        length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)
    } else {
        usize::try_from(index).ok()
    }
}

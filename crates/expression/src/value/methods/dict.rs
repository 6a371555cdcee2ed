//! The methods of `dict`, and the views that some of them give.

mod view;

use std::cell::RefCell;
use std::rc::Rc;

pub use view::{View, ViewKind};

use super::super::cycles::note;
use super::super::{Dict, Error, Key, Value, access, budget, text};
use super::Method;
use super::arguments::Arguments;

pub(super) const METHODS: &[Method] = &[
    ("clear", clear),
    ("copy", copy),
    ("fromkeys", from_keys),
    ("get", get),
    ("items", items),
    ("keys", keys),
    ("pop", pop),
    ("popitem", pop_item),
    ("setdefault", set_default),
    ("update", update),
    ("values", values),
];

/// The receiver's dict. Methods of `dict` are found for dicts only.
fn receiver(value: &Value) -> Rc<RefCell<Dict>> {
    match value {
        Value::Dict(dict) => Rc::clone(dict),
        _ => Rc::default(),
    }
}

fn items(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    view(value, arguments, ViewKind::Items)
}

fn keys(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    view(value, arguments, ViewKind::Keys)
}

fn values(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    view(value, arguments, ViewKind::Values)
}

fn view(value: &Value, arguments: &Arguments<'_>, kind: ViewKind) -> Result<Value, Error> {
    arguments.none()?;
    Ok(Value::object(View::new(receiver(value), kind)))
}

fn get(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let (key, default) = key_and_default(arguments)?;
    let found = receiver(value).borrow().get(&key).cloned();
    Ok(found.or(default).unwrap_or(Value::None))
}

fn pop(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let (key, default) = key_and_default(arguments)?;
    let found = receiver(value).borrow_mut().shift_remove(&key);
    match found.or(default) {
        Some(found) => Ok(found),
        None => Err(Error::key_error(text::repr(key.value())?)),
    }
}

fn set_default(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let (key, default) = key_and_default(arguments)?;
    let dict = receiver(value);
    let found = dict.borrow().get(&key).cloned();
    if let Some(found) = found {
        return Ok(found);
    }
    let default = default.unwrap_or(Value::None);
    insert(value, key, default.clone())?;
    Ok(default)
}

fn key_and_default(arguments: &Arguments<'_>) -> Result<(Key, Option<Value>), Error> {
    let given = arguments.between(1, 2)?;
    let key = given.first().cloned().unwrap_or(Value::None);
    Ok((Key::new(key)?, given.get(1).cloned()))
}

/// Sets one entry of a dict value.
fn insert(dict: &Value, key: Key, value: Value) -> Result<(), Error> {
    note(dict, &value);
    let dict = receiver(dict);
    if dict.borrow().len() >= budget::ITEM_CAP {
        budget::items(budget::ITEM_CAP + 1)?;
    }
    let replaced = dict.borrow_mut().insert(key, value);
    drop(replaced);
    Ok(())
}

fn pop_item(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let last = receiver(value).borrow_mut().pop();
    last.map(|(key, value)| Value::tuple(vec![key.value().clone(), value]))
        .ok_or_else(|| Error::key_error("'popitem(): dictionary is empty'"))
}

fn clear(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let dict = receiver(value);
    let cleared = std::mem::take(&mut dict.borrow_mut().0);
    drop(cleared);
    Ok(Value::None)
}

fn copy(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let copy = receiver(value).borrow().clone();
    budget::items(copy.len())?;
    Ok(Value::dict(copy))
}

fn from_keys(_value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let given = arguments.between(1, 2)?;
    let keys = access::iterate(given.first().unwrap_or(&Value::None))?;
    let value = given.get(1).unwrap_or(&Value::None);
    let entries = keys
        .into_iter()
        .map(|key| Ok((Key::new(key)?, value.clone())));
    Ok(Value::dict(entries.collect::<Result<_, Error>>()?))
}

fn update(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let entries = match arguments.positional {
        [] => Vec::new(),
        [other] => entries(other)?,
        more => {
            return Err(Error::type_error(format!(
                "update expected at most 1 argument, got {}",
                more.len()
            )));
        }
    };
    budget::items(receiver(value).borrow().len() + entries.len())?;
    for (key, item) in entries {
        insert(value, key, item)?;
    }
    for (name, item) in arguments.named {
        insert(value, Key::text(Rc::clone(name)), item.clone())?;
    }
    Ok(Value::None)
}

/// The entries of a mapping or of a sequence of pairs, as `dict(...)` takes them.
pub(super) fn entries(value: &Value) -> Result<Vec<(Key, Value)>, Error> {
    if let Value::Dict(dict) = value.plain() {
        let dict = dict.borrow();
        return Ok(dict
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect());
    }
    let items = access::iterate(value)?;
    items
        .iter()
        .enumerate()
        .map(|(index, pair)| entry(index, pair))
        .collect()
}

fn entry(index: usize, pair: &Value) -> Result<(Key, Value), Error> {
    let parts = access::iterate(pair).map_err(|error| match error {
        Error::Raised {
            class: "TypeError", ..
        } => Error::type_error(format!(
            "cannot convert dictionary update sequence element #{index} to a sequence"
        )),
        other => other,
    })?;
    match <[Value; 2]>::try_from(parts) {
        Ok([key, value]) => Ok((Key::new(key)?, value)),
        Err(parts) => Err(Error::value_error(format!(
            "dictionary update sequence element #{index} has length {}; 2 is required",
            parts.len()
        ))),
    }
}

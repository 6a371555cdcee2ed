//! The methods of `list` and `tuple`.

use std::cell::RefCell;
use std::rc::Rc;

use super::super::cycles::note;
use super::super::{Error, List, Value, access, budget, order, text};
use super::Method;
use super::arguments::{Arguments, bound_of, index_of};
use super::text::index_range;

pub(super) const METHODS: &[Method] = &[
    ("append", append),
    ("clear", clear),
    ("copy", copy),
    ("count", count),
    ("extend", extend),
    ("index", index),
    ("insert", insert),
    ("pop", pop),
    ("remove", remove),
    ("reverse", reverse),
    ("sort", sort),
];

pub(super) const TUPLE_METHODS: &[Method] = &[("count", count), ("index", index)];

/// The receiver's list. Methods of `list` are found for lists only.
fn receiver(value: &Value) -> Rc<RefCell<List>> {
    match value {
        Value::List(list) => Rc::clone(list),
        _ => Rc::default(),
    }
}

fn items(value: &Value) -> Vec<Value> {
    match value {
        Value::List(list) => list.borrow().0.clone(),
        Value::Tuple(items) => items.to_vec(),
        _ => Vec::new(),
    }
}

fn append(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let item = arguments.one()?;
    let list = receiver(value);
    if list.borrow().len() >= budget::ITEM_CAP {
        budget::items(budget::ITEM_CAP + 1)?;
    }
    note(value, item);
    list.borrow_mut().push(item.clone());
    Ok(Value::None)
}

fn extend(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let more = access::iterate(arguments.one()?)?;
    let list = receiver(value);
    budget::items(list.borrow().len() + more.len())?;
    more.iter().for_each(|item| note(value, item));
    list.borrow_mut().extend(more);
    Ok(Value::None)
}

fn insert(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let [at, item] = arguments.between(2, 2)? else {
        return Ok(Value::None);
    };
    let at = index_of(at)?;
    let list = receiver(value);
    let length = list.borrow().len();
    budget::items(length + 1)?;
    let at = index_range(Some(at), None, length).map_or(length, |(at, _)| at);
    note(value, item);
    list.borrow_mut().insert(at, item.clone());
    Ok(Value::None)
}

fn pop(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let at = match arguments.between(0, 1)? {
        [at, ..] => index_of(at)?,
        [] => -1,
    };
    let list = receiver(value);
    let mut list = list.borrow_mut();
    if list.is_empty() {
        return Err(Error::index_error("pop from empty list"));
    }
    match access::position(at, list.len()) {
        Some(at) if at < list.len() => Ok(list.remove(at)),
        _ => Err(Error::index_error("pop index out of range")),
    }
}

fn remove(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let wanted = arguments.one()?;
    let at = position(&items(value), wanted)?
        .ok_or_else(|| Error::value_error("list.remove(x): x not in list"))?;
    let list = receiver(value);
    let removed = list.borrow_mut().remove(at);
    drop(removed);
    Ok(Value::None)
}

fn clear(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let list = receiver(value);
    let cleared = std::mem::take(&mut list.borrow_mut().0);
    drop(cleared);
    Ok(Value::None)
}

fn copy(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let items = items(value);
    budget::items(items.len())?;
    Ok(Value::list(items))
}

fn reverse(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    receiver(value).borrow_mut().reverse();
    Ok(Value::None)
}

fn count(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let wanted = arguments.one()?;
    let mut count = 0_usize;
    for item in items(value) {
        budget::spend(1)?;
        count += usize::from(item.is(wanted) || order::equals(&item, wanted)?);
    }
    Ok(count.into())
}

fn index(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let (wanted, bounds) = arguments
        .between(1, 3)?
        .split_first()
        .ok_or_else(|| Error::type_error("an argument is missing"))?;
    let items = items(value);
    let (start, stop) = (bound_of(bounds.first())?, bound_of(bounds.get(1))?);
    let range = index_range(start, stop, items.len()).unwrap_or((0, 0));
    let within = items.get(range.0..range.1).unwrap_or_default();
    match position(within, wanted)? {
        Some(at) => Ok((range.0 + at).into()),
        None if arguments.receiver == "tuple" => {
            Err(Error::value_error("tuple.index(x): x not in tuple"))
        }
        None => Err(Error::value_error(format!(
            "{} is not in list",
            text::repr(wanted)?
        ))),
    }
}

fn position(items: &[Value], wanted: &Value) -> Result<Option<usize>, Error> {
    for (at, item) in items.iter().enumerate() {
        budget::spend(1)?;
        if item.is(wanted) || order::equals(item, wanted)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn sort(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    if !arguments.positional.is_empty() {
        return Err(Error::type_error("sort() takes no positional arguments"));
    }
    let [key, reverse] = arguments.bind(["key", "reverse"])?;
    let reverse = reverse
        .as_ref()
        .is_some_and(|flag| access::truth(flag).unwrap_or(false));
    let items = items(value);
    let sorted = match key {
        None | Some(Value::None) => order::sort(items, reverse, None)?,
        Some(Value::Object(key)) => {
            let mut call = |item: &Value| key.call(std::slice::from_ref(item), &[]);
            order::sort(items, reverse, Some(&mut call))?
        }
        Some(key) => {
            return Err(Error::type_error(format!(
                "'{}' object is not callable",
                key.type_name()
            )));
        }
    };
    receiver(value).borrow_mut().0 = sorted;
    Ok(Value::None)
}

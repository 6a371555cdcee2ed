//! The methods of `set`.

use std::cell::RefCell;
use std::rc::Rc;

use super::super::{Error, Key, Set, Value, access, budget, text};
use super::Method;
use super::arguments::Arguments;

pub(super) const METHODS: &[Method] = &[
    ("add", add),
    ("clear", clear),
    ("copy", copy),
    ("difference", difference),
    ("difference_update", difference_update),
    ("discard", discard),
    ("intersection", intersection),
    ("intersection_update", intersection_update),
    ("isdisjoint", is_disjoint),
    ("issubset", is_subset),
    ("issuperset", is_superset),
    ("pop", pop),
    ("remove", remove),
    ("symmetric_difference", symmetric_difference),
    ("symmetric_difference_update", symmetric_difference_update),
    ("union", union),
    ("update", update),
];

/// The receiver's set. Methods of `set` are found for sets only.
fn receiver(value: &Value) -> Rc<RefCell<Set>> {
    match value {
        Value::Set(set) => Rc::clone(set),
        _ => Rc::default(),
    }
}

fn current(value: &Value) -> Set {
    receiver(value).borrow().clone()
}

/// The members of anything that can be iterated, as a set.
fn members(value: &Value) -> Result<Set, Error> {
    access::iterate(value)?.into_iter().map(Key::new).collect()
}

fn key(arguments: &Arguments<'_>) -> Result<Key, Error> {
    Key::new(arguments.one()?.clone())
}

/// The set after `combine` with each argument in turn.
fn fold(
    value: &Value,
    arguments: &Arguments<'_>,
    combine: fn(&Set, &Set) -> Set,
) -> Result<Set, Error> {
    arguments.no_names()?;
    let mut set = current(value);
    for other in arguments.positional {
        set = combine(&set, &members(other)?);
        budget::items(set.len())?;
    }
    Ok(set)
}

fn replace(value: &Value, set: Set) -> Value {
    receiver(value).replace(set);
    Value::None
}

fn without(one: &Set, two: &Set) -> Set {
    one.difference(two).cloned().collect()
}

fn common(one: &Set, two: &Set) -> Set {
    one.intersection(two).cloned().collect()
}

fn all(one: &Set, two: &Set) -> Set {
    one.union(two).cloned().collect()
}

fn add(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let key = key(arguments)?;
    let set = receiver(value);
    budget::items(set.borrow().len() + 1)?;
    set.borrow_mut().insert(key);
    Ok(Value::None)
}

fn clear(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    Ok(replace(value, Set::new()))
}

fn copy(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    Ok(Value::set(current(value)))
}

fn difference(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    fold(value, arguments, without).map(Value::set)
}

fn difference_update(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    Ok(replace(value, fold(value, arguments, without)?))
}

fn intersection(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    fold(value, arguments, common).map(Value::set)
}

fn intersection_update(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    Ok(replace(value, fold(value, arguments, common)?))
}

fn union(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    fold(value, arguments, all).map(Value::set)
}

fn update(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    Ok(replace(value, fold(value, arguments, all)?))
}

fn either(value: &Value, arguments: &Arguments<'_>) -> Result<Set, Error> {
    let other = members(arguments.one()?)?;
    Ok(current(value)
        .symmetric_difference(&other)
        .cloned()
        .collect())
}

fn symmetric_difference(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    either(value, arguments).map(Value::set)
}

fn symmetric_difference_update(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    Ok(replace(value, either(value, arguments)?))
}

fn is_disjoint(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let other = members(arguments.one()?)?;
    Ok(Value::Bool(current(value).is_disjoint(&other)))
}

fn is_subset(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let other = members(arguments.one()?)?;
    Ok(Value::Bool(current(value).is_subset(&other)))
}

fn is_superset(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let other = members(arguments.one()?)?;
    Ok(Value::Bool(current(value).is_superset(&other)))
}

fn pop(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let first = receiver(value).borrow_mut().shift_remove_index(0);
    first
        .map(|key| key.value().clone())
        .ok_or_else(|| Error::key_error("'pop from an empty set'"))
}

fn discard(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let key = key(arguments)?;
    receiver(value).borrow_mut().shift_remove(&key);
    Ok(Value::None)
}

fn remove(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let key = key(arguments)?;
    if receiver(value).borrow_mut().shift_remove(&key) {
        return Ok(Value::None);
    }
    Err(Error::key_error(text::repr(key.value())?))
}

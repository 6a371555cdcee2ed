//! Iteration, one item at a time, and generators.

use std::cell::RefCell;
use std::rc::Rc;

use super::function::Native;
use super::lookup::Lookup;
use crate::value::release::release;
use crate::value::{Dict, Error, List, Object, Tuple, Value, access, budget, order};

/// The rest of an iteration. Lists are seen as they are when an item is asked for, as in Python.
pub(super) enum Items {
    List(Rc<RefCell<List>>, usize),
    Tuple(Rc<Tuple>, usize),
    Text(Rc<str>, usize),
    /// A dict, its keys, and the position in them.
    Dict(Rc<RefCell<Dict>>, Vec<Value>, usize),
    /// Numbers: the next one, how many are left, and the step.
    Range(i64, u64, i64),
    Generator(Rc<Generator>),
    /// A datastore lookup, which has an item for every number.
    Lookup(Value, i64),
    Made(std::vec::IntoIter<Value>),
    /// Being advanced further up the stack.
    Busy,
}

/// Begins to iterate over a value; `TypeError` if it cannot be iterated.
pub(super) fn items(value: &Value) -> Result<Items, Error> {
    Ok(match value {
        Value::List(list) => Items::List(Rc::clone(list), 0),
        Value::Tuple(tuple) => Items::Tuple(Rc::clone(tuple), 0),
        Value::Str(text) => Items::Text(Rc::clone(text), 0),
        Value::Dict(dict) => Items::Dict(Rc::clone(dict), dict.borrow().key_values(), 0),
        Value::Object(object) => {
            let any = object.as_any();
            if let Some(generator) = any.downcast_ref::<GeneratorHandle>() {
                Items::Generator(Rc::clone(&generator.0))
            } else if let Some(range) = any.downcast_ref::<super::globals::range::Range>() {
                range.items()
            } else if any.is::<Lookup>() {
                Items::Lookup(value.clone(), 0)
            } else {
                Items::Made(access::iterate(value)?.into_iter())
            }
        }
        _ => Items::Made(access::iterate(value)?.into_iter()),
    })
}

/// All items of a value, as `list(value)`.
pub(super) fn collect(value: &Value) -> Result<Vec<Value>, Error> {
    match value {
        Value::Object(object) if object.plain().is_none() => {
            let mut items = items(value)?;
            let mut all = Vec::new();
            while let Some(item) = items.next()? {
                all.push(item);
            }
            Ok(all)
        }
        _ => access::iterate(value),
    }
}

/// Exactly `count` items of a value.
pub(super) fn unpack(value: &Value, count: usize) -> Result<Vec<Value>, Error> {
    let mut rest = iterate_to_unpack(value)?;
    let mut values = Vec::with_capacity(count);
    while let Some(item) = rest.next()? {
        if values.len() == count {
            return Err(Error::value_error(format!(
                "too many values to unpack (expected {count})"
            )));
        }
        values.push(item);
    }
    if values.len() < count {
        let got = values.len();
        return Err(Error::value_error(format!(
            "not enough values to unpack (expected {count}, got {got})"
        )));
    }
    Ok(values)
}

fn iterate_to_unpack(value: &Value) -> Result<Items, Error> {
    items(value).map_err(|error| match error {
        Error::Raised {
            class: "TypeError",
            message,
        } if message.ends_with("object is not iterable") => Error::type_error(format!(
            "cannot unpack non-iterable {} object",
            value.type_name()
        )),
        other => other,
    })
}

impl Items {
    /// The next item.
    pub(super) fn next(&mut self) -> Result<Option<Value>, Error> {
        budget::spend(1)?;
        Ok(match self {
            Self::List(list, position) => next_of(&list.borrow(), position),
            Self::Tuple(tuple, position) => next_of(tuple, position),
            Self::Text(text, position) => text
                .get(*position..)
                .and_then(|rest| rest.chars().next())
                .map(|character| {
                    *position += character.len_utf8();
                    Value::from(character.encode_utf8(&mut [0; 4]) as &str)
                }),
            Self::Dict(dict, keys, position) => {
                if dict.borrow().len() != keys.len() {
                    return Err(Error::raised(
                        "RuntimeError",
                        "dictionary changed size during iteration",
                    ));
                }
                next_of(keys, position)
            }
            Self::Range(next, left, step) => match left.checked_sub(1) {
                Some(fewer) => {
                    let number = *next;
                    *left = fewer;
                    *next = next.saturating_add(*step);
                    Some(Value::Int(number))
                }
                None => None,
            },
            Self::Generator(generator) => generator.next()?,
            Self::Lookup(lookup, position) => {
                let item = access::item(lookup, &Value::Int(*position))?;
                *position += 1;
                Some(item)
            }
            Self::Made(items) => items.next(),
            Self::Busy => return Err(already_executing()),
        })
    }
}

fn next_of(items: &[Value], position: &mut usize) -> Option<Value> {
    let item = items.get(*position)?.clone();
    *position += 1;
    Some(item)
}

fn already_executing() -> Error {
    Error::value_error("generator already executing")
}

/// What a generator does to make its next item.
pub(super) type Step = Box<dyn FnMut() -> Result<Option<Value>, Error>>;

/// A Python generator: it makes its items when they are asked for, and each only once.
pub(super) struct Generator {
    name: &'static str,
    step: RefCell<State>,
}

enum State {
    Waiting(Step),
    Busy,
    Done,
}

/// A generator as a value.
#[derive(Debug)]
pub(super) struct GeneratorHandle(Rc<Generator>);

/// Makes a generator; `name` is the Python function that it would come from.
pub(super) fn generator(
    name: &'static str,
    step: impl FnMut() -> Result<Option<Value>, Error> + 'static,
) -> Value {
    Value::object(GeneratorHandle(Rc::new(Generator {
        name,
        step: RefCell::new(State::Waiting(Box::new(step))),
    })))
}

impl Generator {
    fn next(&self) -> Result<Option<Value>, Error> {
        let _level = budget::descend()?;
        let state = self.step.replace(State::Busy);
        let mut step = match state {
            State::Waiting(step) => step,
            State::Busy => return Err(already_executing()),
            State::Done => {
                self.step.replace(State::Done);
                return Ok(None);
            }
        };
        let item = step();
        let next = if matches!(item, Ok(Some(_))) {
            State::Waiting(step)
        } else {
            State::Done
        };
        self.step.replace(next);
        item
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        release(self.step.replace(State::Done));
    }
}

impl std::fmt::Debug for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generator")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Object for GeneratorHandle {
    fn type_name(&self) -> &str {
        // `reversed(list)` makes an iterator of another type.
        match self.0.name {
            name if name.ends_with("iterator") || name == "reversed" => name,
            _ => "generator",
        }
    }

    fn attribute(&self, name: &str) -> Result<Option<Value>, Error> {
        let generator = Rc::clone(&self.0);
        Ok(match name {
            "close" if self.type_name() == "generator" => {
                Some(Native::method("generator", "close", move |_, _| {
                    generator.step.replace(State::Done);
                    Ok(Value::None)
                }))
            }
            "gi_running" => Some(Value::Bool(false)),
            _ => None,
        })
    }

    fn iterate(&self) -> Result<Vec<Value>, Error> {
        let mut all = Vec::new();
        while let Some(item) = self.0.next()? {
            budget::spend(1)?;
            all.push(item);
        }
        Ok(all)
    }

    fn repr(&self) -> Result<String, Error> {
        Ok(match self.type_name() {
            "generator" => format!("<generator object {} at 0x0>", self.0.name),
            other => format!("<{other} object at 0x0>"),
        })
    }

    fn contains(&self, member: &Value) -> Result<Option<bool>, Error> {
        // Stops at the first match, so that the rest is still there.
        while let Some(item) = self.0.next()? {
            budget::spend(1)?;
            if item.is(member) || order::equals(&item, member)? {
                return Ok(Some(true));
            }
        }
        Ok(Some(false))
    }
}

//! The `loop` variable.

use std::cell::RefCell;
use std::rc::Rc;

use super::loops::Recursion;
use crate::jinja::function::Native;
use crate::jinja::iterate::{Items, items};
use crate::jinja::scope::Undefined;
use crate::jinja::undefined::Missing;
use crate::value::release::release;
use crate::value::{Error, List, Object, Value, access, order};

/// A loop that goes on, and the variable that shows how.
#[derive(Clone)]
pub(super) struct LoopContext(Rc<RefCell<State>>);

impl LoopContext {
    /// Begins a loop over `iterable`; `recursion` is how it runs inside of itself, and how deep inside it is.
    pub(super) fn new(
        iterable: Value,
        recursion: Option<(Recursion, i64)>,
        undefined: Undefined,
    ) -> Result<Self, Error> {
        let rest = items(&iterable)?;
        let (recursion, depth0) =
            recursion.map_or((None, 0), |(recursion, depth)| (Some(recursion), depth));
        Ok(Self(Rc::new(RefCell::new(State {
            iterable,
            items: rest,
            index0: -1,
            length: None,
            ahead: None,
            current: None,
            before: None,
            last_changed: None,
            depth0,
            recursion,
            undefined,
        }))))
    }

    /// Goes on to the next item.
    pub(super) fn next(&self) -> Result<Option<Value>, Error> {
        let ahead = self.0.borrow_mut().ahead.take();
        let item = match ahead {
            Some(item) => Some(item),
            None => fetch(&self.0)?,
        };
        if let Some(item) = &item {
            let mut state = self.0.borrow_mut();
            state.index0 += 1;
            state.before = state.current.replace(item.clone());
        }
        Ok(item)
    }

    fn hint(&self, hint: &str) -> Value {
        Missing::hint(self.0.borrow().undefined, hint)
    }

    fn method(&self, name: &str) -> Option<Value> {
        let state = Rc::clone(&self.0);
        match name {
            "cycle" => Some(Native::method(
                "LoopContext",
                "cycle",
                move |arguments, _| {
                    let index = usize::try_from(state.borrow().index0).unwrap_or(0);
                    let at = index.checked_rem(arguments.len());
                    let value = at.and_then(|at| arguments.get(at)).cloned();
                    value.ok_or_else(|| Error::type_error("no items for cycling given"))
                },
            )),
            "changed" => Some(Native::method(
                "LoopContext",
                "changed",
                move |arguments, _| {
                    let value = Value::tuple(arguments.to_vec());
                    let last = state.borrow().last_changed.clone();
                    let same = match &last {
                        Some(last) => order::equals(last, &value)?,
                        None => false,
                    };
                    if !same {
                        state.borrow_mut().last_changed = Some(value);
                    }
                    Ok((!same).into())
                },
            )),
            _ => None,
        }
    }
}

/// The state of a loop.
struct State {
    iterable: Value,
    items: Items,
    index0: i64,
    length: Option<i64>,
    /// The next item, if it was looked at.
    ahead: Option<Value>,
    current: Option<Value>,
    before: Option<Value>,
    last_changed: Option<Value>,
    depth0: i64,
    recursion: Option<Recursion>,
    undefined: Undefined,
}

impl Drop for State {
    fn drop(&mut self) {
        let held = [
            self.ahead.take(),
            self.current.take(),
            self.before.take(),
            self.last_changed.take(),
        ];
        let items = std::mem::replace(&mut self.items, Items::Busy);
        release((List(held.into_iter().flatten().collect()), items));
    }
}

/// Takes the next item from the loop's items, which may run code that looks at the loop.
fn fetch(state: &RefCell<State>) -> Result<Option<Value>, Error> {
    let mut items = std::mem::replace(&mut state.borrow_mut().items, Items::Busy);
    let item = items.next();
    state.borrow_mut().items = items;
    item
}

/// Looks at the next item.
fn peek(state: &RefCell<State>) -> Result<Option<Value>, Error> {
    let ahead = state.borrow().ahead.clone();
    if ahead.is_some() {
        return Ok(ahead);
    }
    let item = fetch(state)?;
    state.borrow_mut().ahead.clone_from(&item);
    Ok(item)
}

fn length(state: &RefCell<State>) -> Result<i64, Error> {
    if let Some(length) = state.borrow().length {
        return Ok(length);
    }
    let iterable = state.borrow().iterable.clone();
    let length = match access::length(&iterable) {
        Ok(length) => i64::try_from(length).unwrap_or(i64::MAX),
        Err(error) if error.class() == Some("TypeError") => {
            let mut rest = Vec::new();
            while let Some(item) = fetch(state)? {
                rest.push(item);
            }
            let left = i64::try_from(rest.len()).unwrap_or(i64::MAX);
            let mut state = state.borrow_mut();
            state.items = Items::Made(rest.into_iter());
            left + state.index0 + 1 + i64::from(state.ahead.is_some())
        }
        Err(error) => return Err(error),
    };
    state.borrow_mut().length = Some(length);
    Ok(length)
}

impl std::fmt::Debug for LoopContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoopContext").finish_non_exhaustive()
    }
}

impl Object for LoopContext {
    fn type_name(&self) -> &str {
        "LoopContext"
    }

    fn attribute(&self, name: &str) -> Result<Option<Value>, Error> {
        let index0 = self.0.borrow().index0;
        Ok(Some(match name {
            "index0" => index0.into(),
            "index" => (index0 + 1).into(),
            "first" => (index0 == 0).into(),
            "last" => peek(&self.0)?.is_none().into(),
            "length" => length(&self.0)?.into(),
            "revindex0" => (length(&self.0)? - index0 - 1).into(),
            "revindex" => (length(&self.0)? - index0).into(),
            "depth0" => self.0.borrow().depth0.into(),
            "depth" => (self.0.borrow().depth0 + 1).into(),
            "previtem" if index0 == 0 => self.hint("there is no previous item"),
            "previtem" => self.0.borrow().before.clone().unwrap_or(Value::None),
            "nextitem" => peek(&self.0)?.unwrap_or_else(|| self.hint("there is no next item")),
            _ => return Ok(self.method(name)),
        }))
    }

    fn call(&self, arguments: &[Value], named: &[(Rc<str>, Value)]) -> Result<Value, Error> {
        let iterable = match (arguments, named) {
            ([iterable], []) => iterable,
            ([], [(name, iterable)]) if **name == *"iterable" => iterable,
            ([], _) => {
                let message =
                    "LoopContext.__call__() missing 1 required positional argument: 'iterable'";
                return Err(Error::type_error(message));
            }
            _ => {
                let given = arguments.len() + 1;
                let message = format!(
                    "LoopContext.__call__() takes 2 positional arguments but {given} were given"
                );
                return Err(Error::type_error(message));
            }
        };
        let (recursion, depth) = {
            let state = self.0.borrow();
            (state.recursion.clone(), state.depth0 + 1)
        };
        match recursion {
            Some(recursion) => recursion.run(iterable, depth),
            None => Err(Error::type_error(
                "The loop must have the 'recursive' marker to be called recursively.",
            )),
        }
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn length(&self) -> Result<Option<usize>, Error> {
        Ok(usize::try_from(length(&self.0)?).ok())
    }

    fn repr(&self) -> Result<String, Error> {
        let index = self.0.borrow().index0 + 1;
        Ok(format!("<LoopContext {index}/{}>", length(&self.0)?))
    }
}

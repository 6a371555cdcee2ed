//! Loops, and the `loop` variable.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::Evaluator;
use crate::jinja::ast::{For, LoopTest};
use crate::jinja::function::Native;
use crate::jinja::iterate::{Items, generator, items};
use crate::jinja::runtime::{Activation, Sink};
use crate::jinja::scope::Undefined;
use crate::jinja::undefined::Missing;
use crate::value::release::release;
use crate::value::{Error, List, Object, Value, access, budget, order};

impl Evaluator<'_> {
    pub(super) fn for_loop(&self, node: &Arc<For>, sink: &mut Sink) -> Result<(), Error> {
        self.at_line(node.line);
        let iterable = self.evaluate(&node.iterable)?;
        if node.recursive {
            let recursion = Recursion {
                activation: self.activation.capture(),
                node: Arc::clone(node),
            };
            let text = recursion.run(&iterable, 0)?;
            return sink.push_unconverted(&text);
        }
        self.run_loop(node, &iterable, None, sink)
    }

    fn run_loop(
        &self,
        node: &For,
        iterable: &Value,
        recursion: Option<(Recursion, i64)>,
        sink: &mut Sink,
    ) -> Result<(), Error> {
        let outer = match &recursion {
            Some((recursion, _)) => &recursion.activation,
            None => self.activation,
        };
        let iterable = match &node.test {
            Some(test) => only_passing(iterable.clone(), outer, test),
            None => iterable.clone(),
        };
        let mut steps = Steps::new(node, iterable, recursion, self.runtime().undefined())?;
        let mut is_empty = true;
        while let Some(item) = steps.next()? {
            is_empty = false;
            if let (Some(slot), Steps::Shown(state)) = (node.loop_slot, &steps) {
                self.activation
                    .set(slot, Value::object(LoopContext(Rc::clone(state))));
            }
            self.assign(&node.target, item)?;
            self.activation.enter(&node.frame);
            self.statements(&node.body, sink)?;
            self.at_line(node.line);
        }
        self.activation.leave(&node.frame);
        if is_empty && !node.otherwise.is_empty() {
            self.activation.enter(&node.otherwise_frame);
            self.statements(&node.otherwise, sink)?;
            self.activation.leave(&node.otherwise_frame);
        }
        Ok(())
    }
}

/// The items for which the loop's `if` holds, tested one at a time.
fn only_passing(iterable: Value, outer: &Rc<Activation>, test: &Arc<LoopTest>) -> Value {
    let outer = outer.capture();
    let test = Arc::clone(test);
    let mut started: Option<(Items, Rc<Activation>)> = None;
    generator("t_1", move || {
        let (items, activation) = match &mut started {
            Some(started) => started,
            None => {
                let activation = outer.inner(test.slots);
                activation.enter(&test.frame);
                started.insert((items(&iterable)?, activation))
            }
        };
        let evaluator = Evaluator {
            activation,
            filtered: None,
        };
        while let Some(item) = items.next()? {
            evaluator.assign(&test.target, item.clone())?;
            if access::truth(&evaluator.evaluate(&test.condition)?)? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    })
}

/// How a loop goes on: with a `loop` variable or without.
enum Steps {
    Plain(Items),
    Shown(Rc<RefCell<State>>),
}

impl Steps {
    fn new(
        node: &For,
        iterable: Value,
        recursion: Option<(Recursion, i64)>,
        undefined: Undefined,
    ) -> Result<Self, Error> {
        let rest = items(&iterable)?;
        if node.loop_slot.is_none() {
            return Ok(Self::Plain(rest));
        }
        let (recursion, depth0) =
            recursion.map_or((None, 0), |(recursion, depth)| (Some(recursion), depth));
        Ok(Self::Shown(Rc::new(RefCell::new(State {
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

    fn next(&mut self) -> Result<Option<Value>, Error> {
        match self {
            Self::Plain(items) => items.next(),
            Self::Shown(state) => advance(state),
        }
    }
}

/// A recursive loop that can run once more inside of itself.
#[derive(Clone)]
struct Recursion {
    /// Where the loop stands.
    activation: Rc<Activation>,
    node: Arc<For>,
}

impl Recursion {
    fn run(&self, iterable: &Value, depth: i64) -> Result<Value, Error> {
        let _level = budget::descend()?;
        let activation = self.activation.inner(self.node.slots);
        let evaluator = Evaluator {
            activation: &activation,
            filtered: None,
        };
        let mut sink = Sink::default();
        evaluator.run_loop(&self.node, iterable, Some((self.clone(), depth)), &mut sink)?;
        Ok(evaluator.text_value(sink.finish()?, self.node.escape))
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

fn advance(state: &RefCell<State>) -> Result<Option<Value>, Error> {
    let ahead = state.borrow_mut().ahead.take();
    let item = match ahead {
        Some(item) => Some(item),
        None => fetch(state)?,
    };
    if let Some(item) = &item {
        let mut state = state.borrow_mut();
        state.index0 += 1;
        state.before = state.current.replace(item.clone());
    }
    Ok(item)
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

/// The variable `loop`.
struct LoopContext(Rc<RefCell<State>>);

impl std::fmt::Debug for LoopContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoopContext").finish_non_exhaustive()
    }
}

impl LoopContext {
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

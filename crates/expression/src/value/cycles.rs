//! Breaking reference cycles.
//!
//! `{% do items.append(items) %}` makes a list that holds itself, which reference counting never frees. Every mutation that
//! puts a container into another is noted while a [`Scope`] is held; at its end, containers that can still reach themselves
//! are emptied.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use super::release::may_nest;
use super::{Dict, List, Value};

thread_local! {
    static NOTED: RefCell<Option<HashMap<Address, Noted>>> = const { RefCell::new(None) };
}

type Address = *const ();

#[derive(Debug)]
enum Noted {
    List(Weak<RefCell<List>>),
    Dict(Weak<RefCell<Dict>>),
}

/// While it lives, mutations are noted; when it ends, cycles that they made are broken.
///
/// Values without cycles may outlive it unharmed.
#[derive(Debug)]
#[must_use = "cycles are watched as long as this value lives"]
pub struct Scope {
    outer: Option<HashMap<Address, Noted>>,
}

impl Scope {
    /// Watches what follows on this thread.
    pub fn enter() -> Self {
        Self {
            outer: NOTED.replace(Some(HashMap::new())),
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let noted = NOTED.replace(self.outer.take()).unwrap_or_default();
        let alive: Vec<Value> = noted.values().filter_map(Noted::upgrade).collect();
        drop(noted);
        for value in in_cycles(alive) {
            empty(&value);
        }
    }
}

/// Notes that `container` was given `member`. Every mutation that stores a value calls this.
pub fn note(container: &Value, member: &Value) {
    if !may_nest(member) {
        return;
    }
    let (Some(address), Some(noted)) = (address(container), Noted::downgrade(container)) else {
        return;
    };
    NOTED.with_borrow_mut(|all| {
        if let Some(all) = all {
            all.insert(address, noted);
        }
    });
}

impl Noted {
    fn downgrade(value: &Value) -> Option<Self> {
        match value {
            Value::List(list) => Some(Self::List(Rc::downgrade(list))),
            Value::Dict(dict) => Some(Self::Dict(Rc::downgrade(dict))),
            _ => None,
        }
    }

    fn upgrade(&self) -> Option<Value> {
        match self {
            Self::List(list) => list.upgrade().map(Value::List),
            Self::Dict(dict) => dict.upgrade().map(Value::Dict),
        }
    }
}

fn empty(value: &Value) {
    // The members are dropped after the borrow ends, as dropping them may look at the container again.
    match value {
        Value::List(list) => drop(std::mem::take(&mut *list.borrow_mut())),
        Value::Dict(dict) => drop(std::mem::take(&mut *dict.borrow_mut())),
        _ => {}
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    Open,
    Done,
}

/// The containers at which a depth-first walk closes a circle: emptying them leaves none.
fn in_cycles(starts: Vec<Value>) -> Vec<Value> {
    let mut visits = HashMap::new();
    let mut closing = Vec::new();
    for start in starts {
        let mut path = enter(start, &mut visits);
        while let Some((value, rest)) = path.last_mut() {
            match rest.pop() {
                Some(next) => match address(&next).and_then(|at| visits.get(&at)) {
                    Some(Visit::Open) => closing.push(next),
                    Some(Visit::Done) => {}
                    None => path.extend(enter(next, &mut visits)),
                },
                None => {
                    if let Some(at) = address(value) {
                        visits.insert(at, Visit::Done);
                    }
                    path.pop();
                }
            }
        }
    }
    closing
}

fn enter(value: Value, visits: &mut HashMap<Address, Visit>) -> Vec<(Value, Vec<Value>)> {
    match address(&value) {
        Some(at) if !visits.contains_key(&at) => {
            visits.insert(at, Visit::Open);
            let members = members(&value);
            vec![(value, members)]
        }
        _ => Vec::new(),
    }
}

fn address(value: &Value) -> Option<Address> {
    match value {
        Value::List(list) => Some(Rc::as_ptr(list).cast()),
        Value::Dict(dict) => Some(Rc::as_ptr(dict).cast()),
        Value::Tuple(tuple) => Some(Rc::as_ptr(tuple).cast()),
        Value::Object(object) => Some(Rc::as_ptr(object).cast()),
        _ => None,
    }
}

fn members(value: &Value) -> Vec<Value> {
    let nesting = |values: &[Value]| {
        values
            .iter()
            .filter(|value| may_nest(value))
            .cloned()
            .collect()
    };
    match value {
        Value::List(list) => nesting(&list.borrow()),
        Value::Dict(dict) => dict
            .borrow()
            .values()
            .filter(|value| may_nest(value))
            .cloned()
            .collect(),
        Value::Tuple(tuple) => nesting(tuple),
        Value::Object(object) => object.held(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_in_itself_is_freed_and_others_are_kept() {
        let scope = Scope::enter();
        let list = Rc::new(RefCell::new(List::default()));
        let inner = Value::tuple(vec![Value::List(Rc::clone(&list))]);
        note(&Value::List(Rc::clone(&list)), &inner);
        list.borrow_mut().push(inner);
        let kept = Value::list(vec![]);
        let child = Value::list(vec![Value::Int(1)]);
        note(&kept, &child);
        if let Value::List(kept) = &kept {
            kept.borrow_mut().push(child);
        }
        let freed = Rc::downgrade(&list);
        drop(list);
        assert!(freed.upgrade().is_some());
        drop(scope);
        assert!(freed.upgrade().is_none());
        assert!(matches!(&kept, Value::List(kept) if kept.borrow().len() == 1));
    }
}

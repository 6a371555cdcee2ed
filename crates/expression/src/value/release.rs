//! Dropping values without deep recursion.
//!
//! A template can nest a list ten thousand deep, one `append` at a time. Dropping that by plain recursion would overflow the
//! stack, so past a depth the children are put aside and dropped by the outermost drop.

use std::cell::{Cell, RefCell};

use super::Value;

// Values are never kept in thread statics of ours, so these outlive them.
const RECURSION: usize = 64;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static ASIDE: RefCell<Vec<Vec<Value>>> = const { RefCell::new(Vec::new()) };
}

/// Whether dropping the value may drop others.
pub(super) const fn may_nest(value: &Value) -> bool {
    matches!(
        value,
        Value::List(_) | Value::Tuple(_) | Value::Dict(_) | Value::Set(_) | Value::Object(_)
    )
}

/// Drops the children of a container that is being dropped.
pub(super) fn release(children: Vec<Value>) {
    let depth = DEPTH.get();
    if depth >= RECURSION {
        put_aside(children);
        return;
    }
    drop_at(depth + 1, children);
    if depth == 0 {
        while let Some(children) = take_aside() {
            drop_at(1, children);
        }
    }
}

fn put_aside(children: Vec<Value>) {
    ASIDE.with_borrow_mut(|aside| aside.push(children));
}

fn take_aside() -> Option<Vec<Value>> {
    ASIDE.with_borrow_mut(Vec::pop)
}

fn drop_at(depth: usize, children: Vec<Value>) {
    DEPTH.set(depth);
    drop(children);
    DEPTH.set(depth - 1);
}

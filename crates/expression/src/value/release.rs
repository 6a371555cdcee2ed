//! Dropping values without deep recursion.
//!
//! A template can nest a list ten thousand deep, one `append` at a time. Dropping that by plain recursion would overflow the
//! stack, so past a depth the children are put aside and dropped by the outermost drop.

use std::any::Any;
use std::cell::{Cell, RefCell};

use super::Value;

// Values are never kept in thread statics of ours, so these outlive them.
const RECURSION: usize = 64;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static ASIDE: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

/// Whether dropping the value may drop others.
pub(super) const fn may_nest(value: &Value) -> bool {
    matches!(
        value,
        Value::List(_) | Value::Tuple(_) | Value::Dict(_) | Value::Set(_) | Value::Object(_)
    )
}

/// Drops what a container or object held, while that is dropped itself.
pub(crate) fn release<T: 'static>(held: T) {
    let depth = DEPTH.get();
    if depth >= RECURSION {
        ASIDE.with_borrow_mut(|aside| aside.push(Box::new(held)));
        return;
    }
    drop_at(depth + 1, held);
    if depth == 0 {
        while let Some(held) = ASIDE.with_borrow_mut(Vec::pop) {
            drop_at(1, held);
        }
    }
}

fn drop_at<T>(depth: usize, held: T) {
    DEPTH.set(depth);
    drop(held);
    DEPTH.set(depth - 1);
}

//! Bounds on what one evaluation may cost.
//!
//! Depth is always bounded. Steps are bounded while a [`Budget`] is held; every operation on values whose cost depends
//! on the values spends steps, so that an evaluator need only charge for its own nodes.

use std::cell::Cell;
use std::marker::PhantomData;
use std::rc::Rc;

use super::Error;

/// The longest text or byte string that an operation makes.
pub const TEXT_CAP: usize = 16 * 1024 * 1024;

/// The most items that an operation puts into one collection.
pub const ITEM_CAP: usize = 2_000_000;

/// How deep values and syntax may nest.
pub const DEPTH_CAP: usize = 200;

/// Bytes that cost as much as one step.
const BYTES_A_STEP: usize = 64;

thread_local! {
    static STEPS_LEFT: Cell<Option<u64>> = const { Cell::new(None) };
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// While it lives, this thread's evaluations share a number of steps.
#[derive(Debug)]
#[must_use = "the bound holds as long as this value lives"]
pub struct Budget {
    outer: Option<u64>,
    on_this_thread: PhantomData<Rc<()>>,
}

impl Budget {
    /// Bounds what follows to `steps`, or to what an enclosing budget has left if that is less.
    pub fn limit_to(steps: u64) -> Self {
        let outer = STEPS_LEFT.get();
        STEPS_LEFT.set(Some(outer.map_or(steps, |left| left.min(steps))));
        Self {
            outer,
            on_this_thread: PhantomData,
        }
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        STEPS_LEFT.set(self.outer);
    }
}

/// Pays for `steps` units of work, such as items visited.
pub fn spend(steps: usize) -> Result<(), Error> {
    let Some(left) = STEPS_LEFT.get() else {
        return Ok(());
    };
    match left.checked_sub(steps as u64) {
        Some(left) => {
            STEPS_LEFT.set(Some(left));
            Ok(())
        }
        None => {
            STEPS_LEFT.set(Some(0));
            Err(Error::Limit("too many steps"))
        }
    }
}

/// Pays for a text or byte string of `length` bytes that is about to be made, if it may be that long at all.
pub fn text(length: usize) -> Result<(), Error> {
    if length > TEXT_CAP {
        return Err(Error::Limit("a text would be longer than 16 MiB"));
    }
    spend(1 + length / BYTES_A_STEP)
}

/// Pays for a collection of `count` items that is about to be made, if it may be that large at all.
pub fn items(count: usize) -> Result<(), Error> {
    if count > ITEM_CAP {
        return Err(Error::Limit(
            "a collection would have more than two million items",
        ));
    }
    spend(1 + count)
}

/// One level of nesting, left when it is dropped.
#[derive(Debug)]
#[must_use = "the level is left as soon as this value is dropped"]
pub struct Level {
    on_this_thread: PhantomData<Rc<()>>,
}

/// Goes one level deeper into values or syntax, and pays a step for it.
pub fn descend() -> Result<Level, Error> {
    let depth = DEPTH.get();
    if depth >= DEPTH_CAP {
        return Err(Error::Limit("values or expressions nest too deeply"));
    }
    spend(1)?;
    DEPTH.set(depth + 1);
    Ok(Level {
        on_this_thread: PhantomData,
    })
}

impl Drop for Level {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inner_budget_cannot_raise_the_outer_and_ends_with_its_guard() {
        let outer = Budget::limit_to(10);
        {
            let _inner = Budget::limit_to(100);
            assert!(spend(11).is_err());
        }
        assert!(spend(10).is_ok());
        assert!(spend(1).is_err());
        drop(outer);
        assert!(spend(1_000_000).is_ok());
    }

    #[test]
    fn depth_is_bounded_and_given_back() {
        let mut levels = Vec::new();
        while let Ok(level) = descend() {
            levels.push(level);
        }
        assert_eq!(levels.len(), DEPTH_CAP);
        levels.clear();
        assert!(descend().is_ok());
    }
}

//! Sequences: the insides of lists and tuples.

use std::ops::{Deref, DerefMut};

use super::Value;
use super::release::{may_nest, release};

/// The items of a list.
#[derive(Debug, Default)]
pub struct List(pub Vec<Value>);

/// The items of a tuple.
#[derive(Debug, Default)]
pub struct Tuple(Vec<Value>);

impl Tuple {
    pub(super) const fn new(items: Vec<Value>) -> Self {
        Self(items)
    }
}

impl Deref for List {
    type Target = Vec<Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for List {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Deref for Tuple {
    type Target = [Value];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Drop for List {
    fn drop(&mut self) {
        if self.0.iter().any(may_nest) {
            release(std::mem::take(&mut self.0));
        }
    }
}

impl Drop for Tuple {
    fn drop(&mut self) {
        if self.0.iter().any(may_nest) {
            release(std::mem::take(&mut self.0));
        }
    }
}

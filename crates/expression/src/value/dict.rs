//! Mappings and sets, in insertion order.

use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use indexmap::{IndexMap, IndexSet};

use super::release::{may_nest, release};
use super::{Key, TextKey, Value};

/// A dict: Python's rules for keys (`1`, `1.0` and `True` are one key; lists and dicts are not hashable).
#[derive(Debug, Default)]
pub struct Dict(pub IndexMap<Key, Value>);

/// A set: the same rules.
#[derive(Debug, Default, Clone)]
pub struct Set(pub IndexSet<Key>);

impl Dict {
    /// An empty dict.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a text key.
    pub fn get_text(&self, key: &str) -> Option<&Value> {
        self.0.get(&TextKey(key))
    }

    /// Sets the value of a text key.
    pub fn set_text(&mut self, key: impl Into<Rc<str>>, value: Value) {
        self.0.insert(Key::text(key), value);
    }

    /// The keys, as values.
    pub fn key_values(&self) -> Vec<Value> {
        self.0.keys().map(|key| key.value().clone()).collect()
    }
}

impl Set {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// The members, as values.
    pub fn values(&self) -> Vec<Value> {
        self.0.iter().map(|key| key.value().clone()).collect()
    }
}

impl Deref for Dict {
    type Target = IndexMap<Key, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Dict {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Deref for Set {
    type Target = IndexSet<Key>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Set {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Clone for Dict {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl FromIterator<(Key, Value)> for Dict {
    fn from_iter<T: IntoIterator<Item = (Key, Value)>>(entries: T) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl FromIterator<Key> for Set {
    fn from_iter<T: IntoIterator<Item = Key>>(keys: T) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        if self.0.values().any(may_nest) {
            release(std::mem::take(&mut self.0));
        }
    }
}

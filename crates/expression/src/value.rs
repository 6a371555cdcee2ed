//! One value type that behaves as Python's values do.
//!
//! Lists and dicts are shared and mutable, as in Python: cloning a [`Value`] copies a reference. A value therefore stays
//! on one thread; what crosses threads is JSON.

use std::cell::RefCell;
use std::rc::Rc;

use indexmap::IndexMap;

/// A Python-like value.
#[derive(Debug, Clone)]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`; equal to 1 and 0.
    Bool(bool),
    /// An integer that fits 64 bits. Larger ones are [`Value::Big`], never both.
    Int(i64),
    /// Any other integer.
    Big(Rc<num_bigint::BigInt>),
    /// A float.
    Float(f64),
    /// Text.
    Str(Rc<str>),
    /// Bytes.
    Bytes(Rc<[u8]>),
    /// A list: shared and mutable.
    List(Rc<RefCell<Vec<Value>>>),
    /// A tuple.
    Tuple(Rc<[Value]>),
    /// A dict in insertion order: shared and mutable.
    Dict(Rc<RefCell<Dict>>),
    /// A set in insertion order.
    Set(Rc<RefCell<Dict>>),
    /// `datetime.date`, from YAML.
    Date(chrono::NaiveDate),
    /// `datetime.datetime`, naive or with an offset, from YAML.
    DateTime(chrono::NaiveDateTime, Option<chrono::FixedOffset>),
    /// What only a language's own runtime knows: undefined names, functions, loop state, datastore lookups.
    Object(Rc<dyn Object>),
}

/// A dict: Python's rules for keys (`1`, `1.0` and `True` are one key; lists and dicts are not hashable).
#[derive(Debug, Clone, Default)]
pub struct Dict(pub IndexMap<Key, Value>);

/// A hashable value.
#[derive(Debug, Clone)]
pub struct Key(Value);

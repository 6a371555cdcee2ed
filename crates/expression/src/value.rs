//! One value type that behaves as Python's values do.
//!
//! Lists, dicts and sets are shared and mutable, as in Python: cloning a [`Value`] copies a reference. A value therefore
//! stays on one thread; what crosses threads is JSON.
//!
//! The operations are free functions in a module for each topic: [`text`] (`str`, `repr`), [`order`] (`==`, `<`, `in`,
//! sorting), [`access`] (truth, length, iteration, subscripts, attributes), [`number`] (arithmetic), [`format`] (`%` and
//! `str.format`), [`methods`] (of the built-in types). [`json`], [`literal`] and [`cast`] go to text and
//! back. All of them are bounded: in nesting and steps by [`budget`], in size by [`budget::TEXT_CAP`] and
//! [`budget::ITEM_CAP`]. [`cycles`] keeps values that hold themselves from being kept for ever.

pub mod access;
pub mod budget;
pub mod cast;
pub mod cycles;
mod dict;
mod error;
pub mod format;
pub mod json;
mod key;
mod list;
pub mod literal;
pub mod methods;
pub mod number;
mod object;
pub mod order;
pub(crate) mod release;
pub mod text;

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

pub use dict::{Dict, Set};
pub use error::Error;
pub use key::{Key, TextKey};
pub use list::{List, Tuple};
use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
pub use object::Object;

/// A Python-like value.
#[derive(Clone)]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`; equal to 1 and 0.
    Bool(bool),
    /// An integer that fits 64 bits. Larger ones are [`Value::Big`], never both.
    Int(i64),
    /// Any other integer. Made by [`Value::integer`] only.
    Big(Rc<BigInt>),
    /// A float.
    Float(f64),
    /// Text.
    Str(Rc<str>),
    /// Bytes.
    Bytes(Rc<[u8]>),
    /// A list: shared and mutable.
    List(Rc<RefCell<List>>),
    /// A tuple.
    Tuple(Rc<Tuple>),
    /// A dict in insertion order: shared and mutable.
    Dict(Rc<RefCell<Dict>>),
    /// A set in insertion order: shared and mutable.
    Set(Rc<RefCell<Set>>),
    /// `datetime.date`, from YAML.
    Date(chrono::NaiveDate),
    /// `datetime.datetime`, naive or with an offset, from YAML.
    DateTime(chrono::NaiveDateTime, Option<chrono::FixedOffset>),
    /// What only a language's own runtime knows: undefined names, functions, loop state, datastore lookups.
    Object(Rc<dyn Object>),
}

impl Value {
    /// Text.
    pub fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Str(text.into())
    }

    /// Bytes.
    pub fn bytes(bytes: impl Into<Rc<[u8]>>) -> Self {
        Self::Bytes(bytes.into())
    }

    /// An integer of any size, in its one proper form.
    pub fn integer(number: BigInt) -> Self {
        number
            .to_i64()
            .map_or_else(|| Self::Big(Rc::new(number)), Self::Int)
    }

    /// A new list.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(RefCell::new(List(items))))
    }

    /// A tuple.
    pub fn tuple(items: Vec<Self>) -> Self {
        Self::Tuple(Rc::new(Tuple::new(items)))
    }

    /// A new dict.
    pub fn dict(dict: Dict) -> Self {
        Self::Dict(Rc::new(RefCell::new(dict)))
    }

    /// A new set.
    pub fn set(set: Set) -> Self {
        Self::Set(Rc::new(RefCell::new(set)))
    }

    /// An object of a language's runtime.
    pub fn object(object: impl Object) -> Self {
        Self::Object(Rc::new(object))
    }

    /// The name of its Python type, as `type(value).__name__` gives it.
    pub fn type_name(&self) -> &str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::Big(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Dict(_) => "dict",
            Self::Set(_) => "set",
            Self::Date(_) => "datetime.date",
            Self::DateTime(..) => "datetime.datetime",
            Self::Object(object) => object.type_name(),
        }
    }

    /// The text, if it is text or an object that stands for text.
    pub fn as_text(&self) -> Option<Rc<str>> {
        match self.plain() {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The value itself, or the built-in value that an object stands for (as an instance of a subclass of `str` does).
    #[must_use]
    pub fn plain(&self) -> Self {
        match self {
            Self::Object(object) => object.plain().unwrap_or_else(|| self.clone()),
            value => value.clone(),
        }
    }

    /// Whether both are one and the same value, as Python's `is`; numbers and text count as the same when equal.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Bool(one), Self::Bool(two)) => one == two,
            (Self::Int(one), Self::Int(two)) => one == two,
            (Self::Big(one), Self::Big(two)) => one == two,
            (Self::Float(one), Self::Float(two)) => one.to_bits() == two.to_bits(),
            (Self::Str(one), Self::Str(two)) => one == two,
            (Self::Bytes(one), Self::Bytes(two)) => one == two,
            (Self::List(one), Self::List(two)) => Rc::ptr_eq(one, two),
            (Self::Tuple(one), Self::Tuple(two)) => {
                Rc::ptr_eq(one, two) || (one.is_empty() && two.is_empty())
            }
            (Self::Dict(one), Self::Dict(two)) => Rc::ptr_eq(one, two),
            (Self::Set(one), Self::Set(two)) => Rc::ptr_eq(one, two),
            (Self::Object(one), Self::Object(two)) => Rc::ptr_eq(one, two),
            _ => false,
        }
    }
}

impl fmt::Debug for Value {
    /// As `repr`, which also ends on values that hold themselves.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match text::repr(self) {
            Ok(repr) => formatter.write_str(&repr),
            Err(error) => write!(formatter, "<{}: {error}>", self.type_name()),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::integer(number.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl FromIterator<Self> for Value {
    /// A new list.
    fn from_iter<T: IntoIterator<Item = Self>>(items: T) -> Self {
        Self::list(items.into_iter().collect())
    }
}

#[cfg(test)]
mod computed;
#[cfg(test)]
pub(crate) mod recorded;
#[cfg(test)]
mod tests;

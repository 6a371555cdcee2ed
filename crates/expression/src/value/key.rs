//! Hashable values: the keys of dicts and the members of sets.

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use indexmap::Equivalent;
use num_bigint::BigInt;
use num_traits::{FromPrimitive as _, ToPrimitive as _};

use super::{Error, Value, budget, order};

/// A hashable value.
///
/// Equal keys are one key, whatever their type: `1`, `1.0` and `True`.
#[derive(Debug, Clone)]
pub struct Key(Value);

/// Looks up a text key without making one.
#[derive(Debug, Clone, Copy)]
pub struct TextKey<'a>(pub &'a str);

impl Key {
    /// The value as a key, or `TypeError` if it is not hashable.
    pub fn new(value: Value) -> Result<Self, Error> {
        check(&value)?;
        Ok(Self(value))
    }

    /// A text key.
    pub fn text(text: impl Into<Rc<str>>) -> Self {
        Self(Value::Str(text.into()))
    }

    /// An integer key.
    pub fn integer(number: i64) -> Self {
        Self(Value::Int(number))
    }

    /// The value.
    pub const fn value(&self) -> &Value {
        &self.0
    }

    /// The text, if it is a text key.
    pub fn as_text(&self) -> Option<Rc<str>> {
        self.0.as_text()
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.is(&other.0) || order::equals(&self.0, &other.0).unwrap_or(false)
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(&self.0, state);
    }
}

impl Hash for TextKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_text(self.0, state);
    }
}

impl Equivalent<Key> for TextKey<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        match &key.0 {
            Value::Str(text) => &**text == self.0,
            other => other.as_text().is_some_and(|text| &*text == self.0),
        }
    }
}

fn check(value: &Value) -> Result<(), Error> {
    match value {
        Value::Tuple(items) => {
            let _level = budget::descend()?;
            items.iter().try_for_each(check)
        }
        Value::List(_) | Value::Dict(_) | Value::Set(_) => Err(Error::type_error(format!(
            "unhashable type: '{}'",
            value.type_name()
        ))),
        Value::Object(object) => object.hashable(),
        _ => Ok(()),
    }
}

fn hash<H: Hasher>(value: &Value, state: &mut H) {
    match value {
        Value::Bool(flag) => hash_integer(i64::from(*flag), state),
        Value::Int(number) => hash_integer(*number, state),
        Value::Big(number) => number.hash(state),
        Value::Float(number) => hash_float(*number, state),
        Value::Str(text) => hash_text(text, state),
        Value::Bytes(bytes) => (2_u8, bytes).hash(state),
        Value::Tuple(items) => {
            (3_u8, items.len()).hash(state);
            items.iter().for_each(|item| hash(item, state));
        }
        Value::Date(date) => (4_u8, date).hash(state),
        Value::DateTime(time, offset) => {
            let shift = offset.map_or(0, |offset| i64::from(offset.local_minus_utc()));
            let utc = time.checked_sub_signed(chrono::TimeDelta::seconds(shift));
            (5_u8, utc, offset.is_some()).hash(state);
        }
        Value::Object(object) => match object.plain() {
            Some(plain) => hash(&plain, state),
            None => std::ptr::hash(Rc::as_ptr(object).cast::<()>(), state),
        },
        Value::None | Value::List(_) | Value::Dict(_) | Value::Set(_) => 6_u8.hash(state),
    }
}

fn hash_text<H: Hasher>(text: &str, state: &mut H) {
    (1_u8, text).hash(state);
}

fn hash_integer<H: Hasher>(number: i64, state: &mut H) {
    (0_u8, number).hash(state);
}

fn hash_float<H: Hasher>(number: f64, state: &mut H) {
    let whole = (number.fract() == 0.0)
        .then(|| BigInt::from_f64(number))
        .flatten();
    match whole {
        Some(whole) => match whole.to_i64() {
            Some(small) => hash_integer(small, state),
            None => whole.hash(state),
        },
        None => (7_u8, number.to_bits()).hash(state),
    }
}

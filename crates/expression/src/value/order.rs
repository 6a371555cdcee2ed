//! `==`, `<` and `in`.

mod sort;

use std::cmp::Ordering;
use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::FromPrimitive as _;
pub use sort::{SortKey, sort};

use super::object::refusal;
use super::{Dict, Error, Key, Set, Value, budget};

/// `one == two`. `1 == 1.0 == True`; values of different kinds are unequal.
pub fn equals(one: &Value, two: &Value) -> Result<bool, Error> {
    Ok(match (one, two) {
        (Value::Object(object), other) => equals_object(object.equals(other)?, one, other)?,
        (other, Value::Object(object)) => equals_object(object.equals(other)?, two, other)?,
        (Value::None, Value::None) => true,
        (Value::Str(one), Value::Str(two)) => one == two,
        (Value::Bytes(one), Value::Bytes(two)) => one == two,
        (Value::List(one), Value::List(two)) => {
            Rc::ptr_eq(one, two) || equal_items(&one.borrow(), &two.borrow())?
        }
        (Value::Tuple(one), Value::Tuple(two)) => Rc::ptr_eq(one, two) || equal_items(one, two)?,
        (Value::Dict(one), Value::Dict(two)) => {
            Rc::ptr_eq(one, two) || equal_dicts(&one.borrow(), &two.borrow())?
        }
        (Value::Set(one), Value::Set(two)) => {
            Rc::ptr_eq(one, two) || equal_sets(&one.borrow(), &two.borrow())
        }
        (Value::Date(one), Value::Date(two)) => one == two,
        (Value::DateTime(..), Value::DateTime(..)) => {
            compare_times(one, two) == Some(Ordering::Equal)
        }
        _ => compare_numbers(one, two) == Some(Some(Ordering::Equal)),
    })
}

/// An ordering comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// The operator as written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    const fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// `one < two` and its kin; `TypeError` for values that have no order.
pub fn compare(one: &Value, comparison: Comparison, two: &Value) -> Result<bool, Error> {
    let _level = budget::descend()?;
    match (one, two) {
        (Value::Str(one), Value::Str(two)) => Ok(comparison.holds(one.cmp(two))),
        (Value::Bytes(one), Value::Bytes(two)) => Ok(comparison.holds(one.cmp(two))),
        (Value::List(one), Value::List(two)) => {
            compare_items(&one.borrow(), comparison, &two.borrow())
        }
        (Value::Tuple(one), Value::Tuple(two)) => compare_items(one, comparison, two),
        (Value::Set(one), Value::Set(two)) => {
            Ok(compare_sets(&one.borrow(), comparison, &two.borrow()))
        }
        (Value::Date(one), Value::Date(two)) => Ok(comparison.holds(one.cmp(two))),
        (Value::DateTime(_, left), Value::DateTime(_, right)) => match compare_times(one, two) {
            Some(ordering) if left.is_some() == right.is_some() => Ok(comparison.holds(ordering)),
            _ => Err(Error::type_error(
                "can't compare offset-naive and offset-aware datetimes",
            )),
        },
        (Value::Date(_), Value::DateTime(..)) | (Value::DateTime(..), Value::Date(_)) => Err(
            Error::type_error("can't compare datetime.datetime to datetime.date"),
        ),
        (Value::Object(_), _) | (_, Value::Object(_)) => compare_objects(one, comparison, two),
        _ => compare_numbers(one, two)
            .map(|ordering| ordering.is_some_and(|ordering| comparison.holds(ordering)))
            .ok_or_else(|| no_order(one, comparison, two)),
    }
}

/// `member in container`.
pub fn contains(container: &Value, member: &Value) -> Result<bool, Error> {
    match container {
        Value::Str(text) => match member.as_text() {
            Some(part) => {
                budget::spend(1 + text.len() / 64)?;
                Ok(text.contains(&*part))
            }
            None => Err(Error::type_error(format!(
                "'in <string>' requires string as left operand, not {}",
                member.type_name()
            ))),
        },
        Value::Bytes(bytes) => contains_bytes(bytes, member),
        Value::Dict(dict) => {
            let key = Key::new(member.clone())?;
            Ok(dict.borrow().contains_key(&key))
        }
        Value::Set(set) => {
            let key = Key::new(member.clone())?;
            Ok(set.borrow().contains(&key))
        }
        Value::List(list) => has_item(&list.borrow(), member),
        Value::Tuple(items) => has_item(items, member),
        Value::Object(object) => match object.contains(member)? {
            Some(answer) => Ok(answer),
            None => match object.plain() {
                Some(plain) => contains(&plain, member),
                None => has_item(&object.iterate()?, member),
            },
        },
        _ => Err(Error::type_error(format!(
            "argument of type '{}' is not iterable",
            container.type_name()
        ))),
    }
}

fn equals_object(answer: Option<bool>, object: &Value, other: &Value) -> Result<bool, Error> {
    if let Some(answer) = answer {
        return Ok(answer);
    }
    match (object, other) {
        (Value::Object(one), Value::Object(two)) if Rc::ptr_eq(one, two) => Ok(true),
        (Value::Object(one), other) => match one.plain() {
            Some(plain) => equals(&plain, other),
            None => match other {
                Value::Object(two) => Ok(two.equals(object)?.unwrap_or(false)),
                _ => Ok(false),
            },
        },
        _ => Ok(false),
    }
}

fn equal_items(one: &[Value], two: &[Value]) -> Result<bool, Error> {
    if one.len() != two.len() {
        return Ok(false);
    }
    let _level = budget::descend()?;
    for (one, two) in one.iter().zip(two) {
        budget::spend(1)?;
        if !same_or_equal(one, two)? {
            return Ok(false);
        }
    }
    Ok(true)
}

// Containers compare their members by identity first, so that a NaN is found in its own list.
fn same_or_equal(one: &Value, two: &Value) -> Result<bool, Error> {
    Ok(one.is(two) || equals(one, two)?)
}

fn equal_dicts(one: &Dict, two: &Dict) -> Result<bool, Error> {
    if one.len() != two.len() {
        return Ok(false);
    }
    let _level = budget::descend()?;
    for (key, value) in one.iter() {
        budget::spend(1)?;
        match two.get(key) {
            Some(other) if same_or_equal(value, other)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

fn equal_sets(one: &Set, two: &Set) -> bool {
    one.len() == two.len() && one.is_subset(two)
}

fn has_item(items: &[Value], member: &Value) -> Result<bool, Error> {
    for item in items {
        budget::spend(1)?;
        if same_or_equal(item, member)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn contains_bytes(bytes: &[u8], member: &Value) -> Result<bool, Error> {
    match member {
        Value::Bytes(part) => {
            Ok(part.is_empty() || bytes.windows(part.len()).any(|window| window == &**part))
        }
        Value::Int(_) | Value::Bool(_) | Value::Big(_) => {
            let byte = integer(member).and_then(|number| u8::try_from(number).ok());
            byte.map(|byte| bytes.contains(&byte))
                .ok_or_else(|| Error::value_error("byte must be in range(0, 256)"))
        }
        _ => Err(Error::type_error(format!(
            "a bytes-like object is required, not '{}'",
            member.type_name()
        ))),
    }
}

fn compare_items(one: &[Value], comparison: Comparison, two: &[Value]) -> Result<bool, Error> {
    for (one, two) in one.iter().zip(two) {
        if !same_or_equal(one, two)? {
            return compare(one, comparison, two);
        }
    }
    Ok(comparison.holds(one.len().cmp(&two.len())))
}

fn compare_sets(one: &Set, comparison: Comparison, two: &Set) -> bool {
    match comparison {
        Comparison::Less => one.len() < two.len() && one.is_subset(two),
        Comparison::LessOrEqual => one.is_subset(two),
        Comparison::Greater => one.len() > two.len() && one.is_superset(two),
        Comparison::GreaterOrEqual => one.is_superset(two),
    }
}

fn compare_objects(one: &Value, comparison: Comparison, two: &Value) -> Result<bool, Error> {
    if let Some(refusal) = refusal(one, two) {
        return Err(refusal);
    }
    let (left, right) = (one.plain(), two.plain());
    if matches!(left, Value::Object(_)) || matches!(right, Value::Object(_)) {
        return Err(no_order(one, comparison, two));
    }
    // The complaint names the types as they are.
    let has_text = matches!(left, Value::Str(_)) || matches!(right, Value::Str(_));
    compare(&left, comparison, &right).map_err(|error| match error.class() {
        Some("TypeError") if has_text => no_order(one, comparison, two),
        _ => error,
    })
}

fn no_order(one: &Value, comparison: Comparison, two: &Value) -> Error {
    Error::type_error(format!(
        "'{}' not supported between instances of '{}' and '{}'",
        comparison.symbol(),
        one.type_name(),
        two.type_name()
    ))
}

fn compare_times(one: &Value, two: &Value) -> Option<Ordering> {
    match (one, two) {
        (Value::DateTime(one, None), Value::DateTime(two, None)) => Some(one.cmp(two)),
        (Value::DateTime(one, Some(left)), Value::DateTime(two, Some(right))) => {
            let one = one.checked_sub_offset(*left)?;
            Some(one.cmp(&two.checked_sub_offset(*right)?))
        }
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(flag) => Some((*flag).into()),
        Value::Int(number) => Some(*number),
        _ => None,
    }
}

/// The order of two numbers; the outer `None` if they are not both numbers, the inner if one is NaN.
fn compare_numbers(one: &Value, two: &Value) -> Option<Option<Ordering>> {
    if let (Some(one), Some(two)) = (integer(one), integer(two)) {
        return Some(Some(one.cmp(&two)));
    }
    match (one, two) {
        (Value::Float(one), Value::Float(two)) => Some(one.partial_cmp(two)),
        (Value::Float(one), _) => Some(compare_float(*one, &big(two)?)),
        (_, Value::Float(two)) => Some(compare_float(*two, &big(one)?).map(Ordering::reverse)),
        _ => Some(Some(big(one)?.cmp(&big(two)?))),
    }
}

fn big(value: &Value) -> Option<BigInt> {
    match value {
        Value::Big(number) => Some((**number).clone()),
        _ => integer(value).map(BigInt::from),
    }
}

fn compare_float(one: f64, two: &BigInt) -> Option<Ordering> {
    if one.is_nan() {
        return None;
    }
    let Some(whole) = BigInt::from_f64(one) else {
        return Some(if one > 0.0 {
            Ordering::Greater
        } else {
            Ordering::Less
        });
    };
    // `from_f64` cuts the fraction off, towards zero.
    Some(whole.cmp(two).then(one.fract().partial_cmp(&0.0)?))
}

//! Arithmetic: `+`, `-`, `*`, `/`, `//`, `%`, `**` and the signs, with Python's rules.
//!
//! Booleans are integers, integers have no bounds (but those of [`super::budget`]), division rounds down, and `+`, `*` and
//! `%` also work on text and sequences.

mod convert;
mod division;
mod operand;
mod parse;
mod power;
mod round;
mod sequence;

use num_bigint::BigInt;

pub use convert::{absolute, to_float, to_integer};
pub(crate) use parse::MOST_DIGITS;
pub use parse::{float as parse_float, integer as parse_integer};
pub use round::round;

use super::object::refusal;
use super::{Error, Value};
use operand::{Operand, Pair, big};

/// `one + two`.
pub fn add(one: &Value, two: &Value) -> Result<Value, Error> {
    match Pair::of(one, two) {
        Some(Pair::Small(left, right)) => Ok(left
            .checked_add(right)
            .map_or_else(|| Value::integer(BigInt::from(left) + right), Value::Int)),
        Some(Pair::Big(left, right)) => big(left + right),
        Some(Pair::Float(left, right)) => Ok(Value::Float(left? + right?)),
        None => {
            allow(one, two)?;
            sequence::concatenate(&one.plain(), &two.plain())
        }
    }
}

/// `one - two`.
pub fn subtract(one: &Value, two: &Value) -> Result<Value, Error> {
    match Pair::of(one, two) {
        Some(Pair::Small(left, right)) => Ok(left
            .checked_sub(right)
            .map_or_else(|| Value::integer(BigInt::from(left) - right), Value::Int)),
        Some(Pair::Big(left, right)) => big(left - right),
        Some(Pair::Float(left, right)) => Ok(Value::Float(left? - right?)),
        None => {
            allow(one, two)?;
            sequence::subtract(one, two)
        }
    }
}

/// `one * two`.
pub fn multiply(one: &Value, two: &Value) -> Result<Value, Error> {
    match Pair::of(one, two) {
        Some(Pair::Small(left, right)) => Ok(left
            .checked_mul(right)
            .map_or_else(|| Value::integer(BigInt::from(left) * right), Value::Int)),
        Some(Pair::Big(left, right)) => {
            operand::allow_bits(left.bits() + right.bits())?;
            big(left * right)
        }
        Some(Pair::Float(left, right)) => Ok(Value::Float(left? * right?)),
        None => {
            allow(one, two)?;
            sequence::repeat(&one.plain(), &two.plain())
        }
    }
}

/// `one / two`.
pub fn true_divide(one: &Value, two: &Value) -> Result<Value, Error> {
    let pair = Pair::of(one, two).ok_or_else(|| unsupported("/", one, two))?;
    division::divide(pair)
}

/// `one // two`.
pub fn floor_divide(one: &Value, two: &Value) -> Result<Value, Error> {
    let pair = Pair::of(one, two).ok_or_else(|| unsupported("//", one, two))?;
    division::floor_divide(pair)
}

/// `one % two`: the rest of a division, or `%` formatting if `one` is text.
pub fn modulo(one: &Value, two: &Value) -> Result<Value, Error> {
    match Pair::of(one, two) {
        Some(pair) => division::modulo(pair),
        None => match one.plain() {
            Value::Str(template) => Ok(super::format::percent(&template, two)?.into()),
            _ => Err(unsupported("%", one, two)),
        },
    }
}

/// `one ** two`.
pub fn power(one: &Value, two: &Value) -> Result<Value, Error> {
    let pair = Pair::of(one, two).ok_or_else(|| unsupported("** or pow()", one, two))?;
    power::power(pair)
}

/// `-value`.
pub fn negate(value: &Value) -> Result<Value, Error> {
    match Operand::of(value) {
        Some(Operand::Small(number)) => Ok(number
            .checked_neg()
            .map_or_else(|| Value::integer(-BigInt::from(number)), Value::Int)),
        Some(Operand::Big(number)) => Ok(Value::integer(-&*number)),
        Some(Operand::Float(number)) => Ok(Value::Float(-number)),
        None => Err(bad_sign("-", value)),
    }
}

/// `+value`.
pub fn positive(value: &Value) -> Result<Value, Error> {
    Operand::of(value)
        .map(Operand::into_value)
        .ok_or_else(|| bad_sign("+", value))
}

fn bad_sign(sign: &str, value: &Value) -> Error {
    if let Some(refusal) = refusal(value, value) {
        return refusal;
    }
    Error::type_error(format!(
        "bad operand type for unary {sign}: '{}'",
        value.type_name()
    ))
}

/// Some operands refuse every operator in their own words.
fn allow(one: &Value, two: &Value) -> Result<(), Error> {
    refusal(one, two).map_or(Ok(()), Err)
}

fn unsupported(operator: &str, one: &Value, two: &Value) -> Error {
    if let Some(refusal) = refusal(one, two) {
        return refusal;
    }
    Error::type_error(format!(
        "unsupported operand type(s) for {operator}: '{}' and '{}'",
        one.type_name(),
        two.type_name()
    ))
}

#[cfg(test)]
mod tests;

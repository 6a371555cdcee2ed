//! `round(value, digits)`: halves go to the even neighbour, by the exact value of the float.

use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{FromPrimitive as _, Pow as _, ToPrimitive as _};

use super::super::{Error, Value};
use super::convert::truncate;
use super::operand::Operand;

/// `round(value)` without digits, which gives an integer, or `round(value, digits)`.
pub fn round(value: &Value, digits: Option<i64>) -> Result<Value, Error> {
    match (Operand::of(value), digits) {
        (Some(Operand::Float(number)), None) => truncate(number.round_ties_even()),
        (Some(Operand::Float(number)), Some(digits)) => float(number, digits),
        (Some(number), Some(digits @ ..0)) => Ok(Value::integer(to_tens(
            &number.into_value(),
            digits.unsigned_abs(),
        ))),
        (Some(number), _) => Ok(number.into_value()),
        (None, _) => Err(Error::type_error(format!(
            "type {} doesn't define __round__ method",
            value.type_name()
        ))),
    }
}

fn float(number: f64, digits: i64) -> Result<Value, Error> {
    // Beyond these a float has no digits to round, or nothing is left of it.
    if !number.is_finite() || digits > 323 {
        return Ok(Value::Float(number));
    }
    if digits < -308 {
        return Ok(Value::Float(0.0_f64.copysign(number)));
    }
    if let Ok(digits) = usize::try_from(digits) {
        let rounded = format!("{number:.digits$}").parse().unwrap_or(number);
        return finite(rounded);
    }
    let whole = BigInt::from_f64(number).unwrap_or_default();
    let tens = digits.unsigned_abs();
    // A fraction decides only when the whole part is exactly half way.
    let doubled = whole * 2 + fraction_sign(number);
    let unit = BigInt::from(10_u8).pow(tens);
    let rounded = divide_to_even(&doubled, &(unit.clone() * 2)) * unit;
    let rounded = rounded.to_f64().unwrap_or(f64::INFINITY);
    finite(rounded.abs().copysign(number))
}

fn finite(number: f64) -> Result<Value, Error> {
    if number.is_finite() {
        Ok(Value::Float(number))
    } else {
        Err(Error::overflow("rounded value too large to represent"))
    }
}

fn fraction_sign(number: f64) -> i8 {
    let fraction = number.fract();
    i8::from(fraction > 0.0) - i8::from(fraction < 0.0)
}

fn to_tens(value: &Value, tens: u64) -> BigInt {
    let number = match value {
        Value::Int(number) => BigInt::from(*number),
        Value::Big(number) => (**number).clone(),
        _ => BigInt::default(),
    };
    // Ten to this power exceeds the number by far.
    if tens > number.bits() {
        return BigInt::default();
    }
    let unit = BigInt::from(10_u8).pow(tens);
    divide_to_even(&number, &unit) * unit
}

fn divide_to_even(one: &BigInt, two: &BigInt) -> BigInt {
    let (quotient, rest) = one.div_mod_floor(two);
    let up = match (rest * 2_u8).cmp(two) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => quotient.is_odd(),
    };
    quotient + u8::from(up)
}

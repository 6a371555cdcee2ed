//! `**`.

use num_bigint::BigInt;
use num_traits::{Signed as _, ToPrimitive as _};

use super::super::{Error, Value};
use super::operand::{Pair, allow_bits, big, big_to_float};

pub(super) fn power(pair: Pair) -> Result<Value, Error> {
    match pair {
        Pair::Small(base, exponent) => integers(&base.into(), &exponent.into()),
        Pair::Big(base, exponent) => integers(&base, &exponent),
        Pair::Float(base, exponent) => Ok(Value::Float(floats(base?, exponent?)?)),
    }
}

fn integers(base: &BigInt, exponent: &BigInt) -> Result<Value, Error> {
    if exponent.is_negative() {
        return Ok(Value::Float(floats(
            big_to_float(base)?,
            big_to_float(exponent)?,
        )?));
    }
    if base.bits() <= 1 {
        // -1, 0 and 1 stay small whatever the exponent.
        let odd = exponent.bit(0);
        return Ok(match base.to_i64() {
            Some(0) => Value::Int(i64::from(exponent.bits() == 0)),
            Some(-1) if odd => Value::Int(-1),
            _ => Value::Int(1),
        });
    }
    let exponent = exponent.to_u32().unwrap_or(u32::MAX);
    allow_bits(base.bits().saturating_mul(exponent.into()))?;
    big(base.pow(exponent))
}

fn floats(base: f64, exponent: f64) -> Result<f64, Error> {
    if base == 0.0 && exponent < 0.0 {
        return Err(Error::zero_division(
            "0.0 cannot be raised to a negative power",
        ));
    }
    if base < 0.0 && base.is_finite() && exponent.is_finite() && exponent.fract() != 0.0 {
        return Err(Error::value_error(
            "the result would be a complex number, which is not supported",
        ));
    }
    let result = base.powf(exponent);
    if result.is_infinite() && base.is_finite() && exponent.is_finite() {
        return Err(Error::overflow("(34, 'Numerical result out of range')"));
    }
    Ok(result)
}

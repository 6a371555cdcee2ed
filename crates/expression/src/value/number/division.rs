//! Division: `/` is exact to the last bit, `//` rounds down, `%` has the sign of the divisor.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed as _, ToPrimitive as _, Zero as _};

use super::super::{Error, Value};
use super::operand::{Pair, big};

/// Integers up to here are exact as floats.
const EXACT: u64 = 1 << 53;

pub(super) fn divide(pair: Pair) -> Result<Value, Error> {
    match pair {
        Pair::Small(_, 0) => Err(Error::zero_division("division by zero")),
        Pair::Small(one, two) if one.unsigned_abs() <= EXACT && two.unsigned_abs() <= EXACT =>
        {
            #[expect(
                clippy::cast_precision_loss,
                reason = "both are exact, as just checked"
            )]
            Ok(Value::Float(one as f64 / two as f64))
        }
        Pair::Small(one, two) => divide_integers(&one.into(), &two.into()),
        Pair::Big(one, two) => divide_integers(&one, &two),
        Pair::Float(one, two) => match (one?, two?) {
            (_, 0.0) => Err(Error::zero_division("float division by zero")),
            (one, two) => Ok(Value::Float(one / two)),
        },
    }
}

pub(super) fn floor_divide(pair: Pair) -> Result<Value, Error> {
    let (one, two) = match pair {
        Pair::Small(one, two) => {
            return match one.checked_div_euclid(two) {
                Some(_) => Ok(Value::Int(Integer::div_floor(&one, &two))),
                None => floor_divide_big(&one.into(), &two.into()),
            };
        }
        Pair::Big(one, two) => return floor_divide_big(&one, &two),
        Pair::Float(one, two) => (one?, two?),
    };
    if two == 0.0 {
        return Err(Error::zero_division("float floor division by zero"));
    }
    Ok(Value::Float(floor_and_rest(one, two).0))
}

pub(super) fn modulo(pair: Pair) -> Result<Value, Error> {
    let (one, two) = match pair {
        Pair::Small(_, 0) => return Err(no_modulo()),
        Pair::Small(_, -1) => return Ok(Value::Int(0)),
        Pair::Small(one, two) => return Ok(Value::Int(one.mod_floor(&two))),
        Pair::Big(_, two) if two.is_zero() => return Err(no_modulo()),
        Pair::Big(one, two) => return big(one.mod_floor(&two)),
        Pair::Float(one, two) => (one?, two?),
    };
    if two == 0.0 {
        return Err(Error::zero_division("float modulo"));
    }
    Ok(Value::Float(floor_and_rest(one, two).1))
}

fn no_modulo() -> Error {
    Error::zero_division("integer modulo by zero")
}

fn floor_divide_big(one: &BigInt, two: &BigInt) -> Result<Value, Error> {
    if two.is_zero() {
        return Err(Error::zero_division("integer division or modulo by zero"));
    }
    big(one.div_floor(two))
}

/// The quotient rounded down and the rest, with the corrections that CPython makes.
fn floor_and_rest(one: f64, two: f64) -> (f64, f64) {
    let mut rest = one % two;
    let mut quotient = (one - rest) / two;
    if rest == 0.0 {
        rest = 0.0_f64.copysign(two);
    } else if (rest < 0.0) != (two < 0.0) {
        rest += two;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0_f64.copysign(one / two), rest);
    }
    let floor = quotient.floor();
    (
        if quotient - floor > 0.5 {
            floor + 1.0
        } else {
            floor
        },
        rest,
    )
}

/// The float nearest to the true quotient.
fn divide_integers(one: &BigInt, two: &BigInt) -> Result<Value, Error> {
    if two.is_zero() {
        return Err(Error::zero_division("division by zero"));
    }
    if one.is_zero() {
        return Ok(Value::Float(if two.is_negative() { -0.0 } else { 0.0 }));
    }
    let too_large = || Error::overflow("integer division result too large for a float");
    let bits = |number: &BigInt| i64::try_from(number.bits()).unwrap_or(i64::MAX);
    // With 66 bits or more of quotient and a sticky bit for the rest, rounding once is rounding right.
    let shift = 66 - (bits(one) - bits(two));
    let (dividend, divisor) = if shift >= 0 {
        (one << shift, two.clone())
    } else {
        (one.clone(), two << -shift)
    };
    let (quotient, rest) = dividend.div_rem(&divisor);
    let sticky = BigInt::from(i8::from(!rest.is_zero()));
    let scaled: BigInt = (quotient << 1_u8)
        + if one.sign() == two.sign() {
            sticky
        } else {
            -sticky
        };
    let quotient = scaled.to_f64().ok_or_else(too_large)?;
    let quotient = scale(quotient, -(shift + 1));
    if quotient.is_finite() {
        Ok(Value::Float(quotient))
    } else {
        Err(too_large())
    }
}

/// `number * 2 ** exponent`.
fn scale(mut number: f64, exponent: i64) -> f64 {
    let mut left = exponent.clamp(-3000, 3000);
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        number *= 2.0_f64.powi(i32::try_from(step).unwrap_or_default());
        left -= step;
    }
    number
}

//! The methods of `int` and `float`.

use num_bigint::BigInt;
use num_traits::{Float as _, Signed as _, Zero as _};

use super::super::{Error, Value, budget};
use super::Method;
use super::arguments::{Arguments, index_of, text_of};

pub(super) const INTEGER_METHODS: &[Method] = &[
    ("as_integer_ratio", integer_ratio),
    ("bit_count", bit_count),
    ("bit_length", bit_length),
    ("conjugate", same_integer),
    ("to_bytes", to_bytes),
];

pub(super) const FLOAT_METHODS: &[Method] = &[
    ("as_integer_ratio", float_ratio),
    ("conjugate", same_float),
    ("hex", hex),
    ("is_integer", is_integer),
];

/// The receiver's integer. These methods are found for integers only.
fn integer(value: &Value) -> BigInt {
    match value {
        Value::Bool(flag) => BigInt::from(u8::from(*flag)),
        Value::Int(number) => BigInt::from(*number),
        Value::Big(number) => (**number).clone(),
        _ => BigInt::zero(),
    }
}

/// The receiver's float. These methods are found for floats only.
const fn float(value: &Value) -> f64 {
    match value {
        Value::Float(number) => *number,
        _ => 0.0,
    }
}

fn same_integer(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    Ok(Value::integer(integer(value)))
}

fn same_float(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    Ok(value.clone())
}

fn integer_ratio(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    Ok(Value::tuple(vec![
        Value::integer(integer(value)),
        Value::Int(1),
    ]))
}

fn bit_length(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    Ok(Value::integer(integer(value).bits().into()))
}

fn bit_count(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let ones: u64 = integer(value)
        .abs()
        .iter_u64_digits()
        .map(|digit| u64::from(digit.count_ones()))
        .sum();
    Ok(Value::integer(ones.into()))
}

fn to_bytes(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let [length, order, signed] = arguments.bind(["length", "byteorder", "signed"])?;
    let length = length.as_ref().map_or(Ok(1), index_of)?;
    let length = usize::try_from(length)
        .map_err(|_| Error::value_error("length argument must be non-negative"))?;
    let order = match order {
        Some(order) => text_of(&order, |name| {
            format!("to_bytes() argument 'byteorder' must be str, not {name}")
        })?,
        None => "big".into(),
    };
    let signed = signed.is_some_and(|flag| super::super::access::truth(&flag).unwrap_or(false));
    budget::text(length)?;
    let number = integer(value);
    if number.is_negative() && !signed {
        return Err(Error::overflow("can't convert negative int to unsigned"));
    }
    let mut bytes = number.to_signed_bytes_le();
    let filler = if number.is_negative() { 0xff } else { 0 };
    if !signed && bytes.last() == Some(&0) && bytes.len() > length {
        bytes.pop();
    }
    if bytes.len() > length && !number.is_zero() {
        return Err(Error::overflow("int too big to convert"));
    }
    bytes.resize(length, filler);
    match &*order {
        "little" => {}
        "big" => bytes.reverse(),
        _ => {
            return Err(Error::value_error(
                "byteorder must be either 'little' or 'big'",
            ));
        }
    }
    Ok(Value::bytes(bytes))
}

fn is_integer(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let number = float(value);
    Ok(Value::Bool(number.is_finite() && number.fract() == 0.0))
}

fn float_ratio(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let number = float(value);
    if number.is_nan() {
        return Err(Error::value_error("cannot convert NaN to integer ratio"));
    }
    if number.is_infinite() {
        return Err(Error::overflow("cannot convert Infinity to integer ratio"));
    }
    let (mantissa, exponent, sign) = number.integer_decode();
    let shift = mantissa.trailing_zeros().min(63);
    let (mantissa, exponent) = if mantissa == 0 {
        (0, 0)
    } else {
        (mantissa >> shift, i64::from(exponent) + i64::from(shift))
    };
    let top = BigInt::from(mantissa) * sign;
    let (top, bottom) = if exponent >= 0 {
        (top << exponent, BigInt::from(1))
    } else {
        (top, BigInt::from(1) << -exponent)
    };
    Ok(Value::tuple(vec![
        Value::integer(top),
        Value::integer(bottom),
    ]))
}

fn hex(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let number = float(value);
    if !number.is_finite() {
        return Ok(super::super::text::float_repr(number).into());
    }
    let bits = number.to_bits();
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let mantissa = bits & ((1 << 52) - 1);
    let exponent = i64::try_from(bits >> 52 & 0x7ff).unwrap_or_default();
    let text = match (exponent, mantissa) {
        (0, 0) => format!("{sign}0x0.0p+0"),
        (0, _) => format!("{sign}0x0.{mantissa:013x}p-1022"),
        _ => format!("{sign}0x1.{mantissa:013x}p{:+}", exponent - 1023),
    };
    Ok(text.into())
}

//! What a value is to an arithmetic operator.

use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;

use super::super::{Error, Value, budget};

/// The largest integer that an operation may make: far more digits than Python prints.
const MOST_BITS: u64 = 1 << 20;

/// One number.
pub(super) enum Operand {
    Small(i64),
    Big(Rc<BigInt>),
    Float(f64),
}

/// Two numbers, brought to one type.
pub(super) enum Pair {
    Small(i64, i64),
    Big(BigInt, BigInt),
    /// An integer may be too large to be a float.
    Float(Result<f64, Error>, Result<f64, Error>),
}

impl Operand {
    /// The number that a value is, if it is one.
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(flag) => Some(Self::Small((*flag).into())),
            Value::Int(number) => Some(Self::Small(*number)),
            Value::Big(number) => Some(Self::Big(Rc::clone(number))),
            Value::Float(number) => Some(Self::Float(*number)),
            Value::Object(object) => object.plain().as_ref().and_then(Self::of),
            _ => None,
        }
    }

    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Small(number) => Value::Int(number),
            Self::Big(number) => Value::Big(number),
            Self::Float(number) => Value::Float(number),
        }
    }

    pub(super) fn to_float(&self) -> Result<f64, Error> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "Python rounds here, too")]
            Self::Small(number) => Ok(*number as f64),
            Self::Big(number) => big_to_float(number),
            Self::Float(number) => Ok(*number),
        }
    }

    fn into_big(self) -> Option<BigInt> {
        match self {
            Self::Small(number) => Some(number.into()),
            Self::Big(number) => Some((*number).clone()),
            Self::Float(_) => None,
        }
    }
}

impl Pair {
    /// The two numbers, if both are numbers.
    pub(super) fn of(one: &Value, two: &Value) -> Option<Self> {
        match (Operand::of(one)?, Operand::of(two)?) {
            (Operand::Small(one), Operand::Small(two)) => Some(Self::Small(one, two)),
            (one @ Operand::Float(_), two) | (one, two @ Operand::Float(_)) => {
                Some(Self::Float(one.to_float(), two.to_float()))
            }
            (one, two) => Some(Self::Big(one.into_big()?, two.into_big()?)),
        }
    }
}

/// The nearest float; `OverflowError` beyond its range.
pub(super) fn big_to_float(number: &BigInt) -> Result<f64, Error> {
    number
        .to_f64()
        .filter(|number| number.is_finite())
        .ok_or_else(|| Error::overflow("int too large to convert to float"))
}

/// An integer that was computed, if it is not too large.
pub(super) fn big(number: BigInt) -> Result<Value, Error> {
    allow_bits(number.bits())?;
    Ok(Value::integer(number))
}

/// Pays for an integer of so many bits, if it may be that large at all.
pub(super) fn allow_bits(bits: u64) -> Result<(), Error> {
    if bits > MOST_BITS {
        return Err(Error::Limit(
            "an integer would have more than a million bits",
        ));
    }
    // Multiplication costs more than in proportion.
    let words = usize::try_from(bits / 64).unwrap_or(usize::MAX);
    budget::spend(1 + words * words / 256)
}

//! Operators on values, where some of them may be undefined or safe text.

use super::ast::{Binary, Comparison, Unary};
use super::markup::Markup;
use crate::value::{Error, Value, number, order};

/// The result of an arithmetic operator.
pub(super) fn binary(operator: Binary, one: &Value, two: &Value) -> Result<Value, Error> {
    if let (Value::Object(_), _) | (_, Value::Object(_)) = (one, two)
        && let Some(result) = with_markup(operator, one, two)
    {
        return result;
    }
    match operator {
        Binary::Add => number::add(one, two),
        Binary::Subtract => number::subtract(one, two),
        Binary::Multiply => number::multiply(one, two),
        Binary::Divide => number::true_divide(one, two),
        Binary::FloorDivide => number::floor_divide(one, two),
        Binary::Modulo => number::modulo(one, two),
        Binary::Power => number::power(one, two),
    }
}

fn with_markup(operator: Binary, one: &Value, two: &Value) -> Option<Result<Value, Error>> {
    match operator {
        Binary::Add => Markup::add(one, two),
        Binary::Multiply => Markup::multiply(one, two),
        Binary::Modulo => Markup::format(one, two),
        Binary::Subtract | Binary::Divide | Binary::FloorDivide | Binary::Power => None,
    }
}

/// The result of a sign.
pub(super) fn unary(operator: Unary, operand: &Value) -> Result<Value, Error> {
    match operator {
        Unary::Minus => number::negate(operand),
        Unary::Plus => number::positive(operand),
    }
}

/// Whether a comparison holds.
pub(super) fn compare(comparison: Comparison, one: &Value, two: &Value) -> Result<bool, Error> {
    match comparison {
        Comparison::Equal => order::equals(one, two),
        Comparison::NotEqual => order::equals(one, two).map(|equal| !equal),
        Comparison::Less => order::compare(one, order::Comparison::Less, two),
        Comparison::LessEqual => order::compare(one, order::Comparison::LessOrEqual, two),
        Comparison::Greater => order::compare(one, order::Comparison::Greater, two),
        Comparison::GreaterEqual => order::compare(one, order::Comparison::GreaterOrEqual, two),
        Comparison::In => order::contains(two, one),
        Comparison::NotIn => order::contains(two, one).map(|contained| !contained),
    }
}

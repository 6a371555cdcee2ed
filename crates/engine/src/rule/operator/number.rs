//! Order. Text is ordered by its characters; values of different kinds have no order.

use squall_expression::value::order::{Comparison, compare};
use squall_expression::value::{Error, Value};

pub(super) fn less(value: &Value, pattern: &Value) -> Result<bool, Error> {
    Ok(!matches!(pattern, Value::None) && compare(value, Comparison::Less, pattern)?)
}

pub(super) fn greater(value: &Value, pattern: &Value) -> Result<bool, Error> {
    Ok(!matches!(pattern, Value::None) && compare(value, Comparison::Greater, pattern)?)
}

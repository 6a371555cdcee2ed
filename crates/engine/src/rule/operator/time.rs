//! How long ago a time is, in seconds.

use squall_expression::dates;
use squall_expression::value::{Error, Value, number, text};
use squall_model::Timestamp;

pub(super) fn longer_ago(value: &Value, pattern: &Value, now: Timestamp) -> Result<bool, Error> {
    if matches!(pattern, Value::None) {
        return Ok(false);
    }
    let (ago, seconds) = compared(value, pattern, now)?;
    Ok(ago > seconds)
}

pub(super) fn less_long_ago(value: &Value, pattern: &Value, now: Timestamp) -> Result<bool, Error> {
    if matches!(pattern, Value::None) {
        return Ok(false);
    }
    let (ago, seconds) = compared(value, pattern, now)?;
    Ok(ago < seconds)
}

/// Seconds since the time, and the seconds it is compared with. Numbers are read as the text of a time, too.
fn compared(value: &Value, pattern: &Value, now: Timestamp) -> Result<(f64, f64), Error> {
    let moment = dates::parse(&text::str(value)?, now.calendar())?;
    let ago = now.seconds_since(Timestamp::from_micros(moment.timestamp_micros()));
    Ok((ago, number::to_float(pattern)?))
}

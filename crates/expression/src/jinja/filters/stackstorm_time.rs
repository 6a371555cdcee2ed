//! StackStorm's filter on times.

use chrono::{Datelike as _, NaiveDate, TimeDelta, Timelike as _};

use super::Filter;
use crate::jinja::callable::{Callable, Given};
use crate::value::{Error, Value, number, text};

pub(super) const FILTERS: &[Filter] = &[(
    "to_human_time_from_seconds",
    Callable::new("to_human_time_from_seconds", &["seconds"], human),
)];

/// More days do not fit Python's `timedelta`.
const MOST_DAYS: i64 = 999_999_999;

/// The time since the first day of the year 1, in years, days and so on: months are lost.
fn human(given: &Given<'_>) -> Result<Value, Error> {
    let value = given.value();
    let whole = match value {
        Value::Bool(_) | Value::Int(_) | Value::Big(_) => value.clone(),
        Value::Float(float) if *float == 0.0 => return Ok("0s".into()),
        // The unit is the original's mistake.
        Value::Float(float) if *float < 1.0 => {
            return Ok(format!("{}\u{3bc}s", text::str(value)?).into());
        }
        Value::Float(_) => number::round(value, None)?,
        _ => return Err(Error::raised("AssertionError", "")),
    };
    let seconds = match whole {
        Value::Bool(flag) => i64::from(flag),
        Value::Int(seconds) => seconds,
        _ => return Err(Error::overflow("Python int too large to convert to C int")),
    };
    match seconds {
        0 => return Ok("0s".into()),
        ..0 => return Ok(format!("{}\u{3bc}s", text::str(value)?).into()),
        1.. => {}
    }
    let days = seconds / 86_400;
    if days > MOST_DAYS {
        let message = format!("days={days}; must have magnitude <= {MOST_DAYS}");
        return Err(Error::overflow(message));
    }
    let first = NaiveDate::from_ymd_opt(1, 1, 1).and_then(|day| day.and_hms_opt(0, 0, 0));
    let then = TimeDelta::try_seconds(seconds).and_then(|time| first?.checked_add_signed(time));
    let Some(then) = then.filter(|then| then.year() <= 9999) else {
        return Err(Error::overflow("date value out of range"));
    };
    let parts = [
        (i64::from(then.year()) - 1, "y"),
        (i64::from(then.day()) - 1, "d"),
        (then.hour().into(), "h"),
        (then.minute().into(), "m"),
        (then.second().into(), "s"),
    ];
    let shown: String = parts
        .iter()
        .skip_while(|(count, _)| *count == 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    Ok(if shown.is_empty() {
        "0s".into()
    } else {
        shown.into()
    })
}

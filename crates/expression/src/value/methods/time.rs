//! The methods of `datetime.date` and `datetime.datetime` that only look at them.

use std::fmt::Write as _;

use chrono::{Datelike as _, NaiveDate};

use super::super::{Error, Value, text};
use super::Method;
use super::arguments::{Arguments, text_of};

pub(super) const DATE_METHODS: &[Method] = &[
    ("isoformat", iso_format),
    ("isoweekday", iso_weekday),
    ("strftime", format_time),
    ("weekday", weekday),
];

pub(super) const DATE_TIME_METHODS: &[Method] = &[
    ("date", date),
    ("isoformat", iso_format),
    ("isoweekday", iso_weekday),
    ("strftime", format_time),
    ("weekday", weekday),
];

/// The receiver's day. These methods are found for dates only.
fn day(value: &Value) -> NaiveDate {
    match value {
        Value::Date(date) => *date,
        Value::DateTime(time, _) => time.date(),
        _ => NaiveDate::default(),
    }
}

fn date(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    Ok(Value::Date(day(value)))
}

fn iso_format(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    Ok(text::str(value)?.replacen(' ', "T", 1).into())
}

fn weekday(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    Ok(Value::Int(
        day(value).weekday().num_days_from_monday().into(),
    ))
}

fn iso_weekday(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    Ok(Value::Int(day(value).weekday().number_from_monday().into()))
}

fn format_time(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let format = text_of(arguments.one()?, |name| {
        format!("strftime() argument 1 must be str, not {name}")
    })?;
    super::super::budget::text(format.len().saturating_mul(8))?;
    // Microseconds have another letter here than in chrono.
    let format = format.replace("%f", "%6f");
    let time = match value {
        Value::DateTime(time, _) => *time,
        _ => day(value).and_time(chrono::NaiveTime::MIN),
    };
    let mut out = String::new();
    let written = match value {
        Value::DateTime(time, Some(offset)) => match time.and_local_timezone(*offset).single() {
            Some(time) => write!(out, "{}", time.format(&format)),
            None => Err(std::fmt::Error),
        },
        _ => write!(out, "{}", time.format(&format)),
    };
    written.map_err(|_| Error::value_error("Invalid format string"))?;
    Ok(out.into())
}

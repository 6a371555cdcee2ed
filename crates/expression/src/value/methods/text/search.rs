//! Finding text in text.

use std::rc::Rc;

use super::super::super::{Error, Value, budget};
use super::super::arguments::{Arguments, bound_of, text_of};
use super::receiver;

/// The part of a text that a search looks at.
struct Window<'a> {
    /// How many characters stand before it.
    start: usize,
    text: &'a str,
}

/// Where a range of a sequence begins and ends, with negative numbers counted from its end; nothing if it ends before it begins.
pub(in super::super) fn index_range(
    start: Option<i64>,
    stop: Option<i64>,
    length: usize,
) -> Option<(usize, usize)> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let from_end = |index: i64| {
        if index < 0 {
            index.saturating_add(length).max(0)
        } else {
            index
        }
    };
    let start = from_end(start.unwrap_or(0));
    let stop = from_end(stop.unwrap_or(length)).min(length);
    if start > stop {
        return None;
    }
    Some((usize::try_from(start).ok()?, usize::try_from(stop).ok()?))
}

fn window<'a>(text: &'a str, bounds: &[Value]) -> Result<Option<Window<'a>>, Error> {
    budget::spend(1 + text.len() / 64)?;
    let (start, stop) = (bound_of(bounds.first())?, bound_of(bounds.get(1))?);
    if start.is_none() && stop.is_none() {
        return Ok(Some(Window { start: 0, text }));
    }
    let Some((start, stop)) = index_range(start, stop, text.chars().count()) else {
        return Ok(None);
    };
    let offset = |index| {
        text.char_indices()
            .nth(index)
            .map_or(text.len(), |(at, _)| at)
    };
    Ok(text
        .get(offset(start)..offset(stop))
        .map(|text| Window { start, text }))
}

fn part(value: &Value) -> Result<Rc<str>, Error> {
    text_of(value, |name| format!("must be str, not {name}"))
}

/// Where a part is found: as an index of characters, or nothing.
fn found(text: &str, arguments: &Arguments<'_>, from_end: bool) -> Result<Option<usize>, Error> {
    let (part, bounds) = split_first(arguments)?;
    let part = self::part(part)?;
    let Some(window) = window(text, bounds)? else {
        return Ok(None);
    };
    let at = if from_end {
        window.text.rfind(&*part)
    } else {
        window.text.find(&*part)
    };
    Ok(at
        .and_then(|at| window.text.get(..at))
        .map(|before| window.start + before.chars().count()))
}

fn split_first<'a>(arguments: &'a Arguments<'_>) -> Result<(&'a Value, &'a [Value]), Error> {
    let all = arguments.between(1, 3)?;
    all.split_first()
        .ok_or_else(|| Error::type_error("an argument is missing"))
}

pub(super) fn find(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let found = found(&receiver(value), arguments, false)?;
    Ok(found.map_or(Value::Int(-1), Value::from))
}

pub(super) fn find_last(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let found = found(&receiver(value), arguments, true)?;
    Ok(found.map_or(Value::Int(-1), Value::from))
}

pub(super) fn index(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    found(&receiver(value), arguments, false)?
        .map(Value::from)
        .ok_or_else(|| Error::value_error("substring not found"))
}

pub(super) fn index_last(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    found(&receiver(value), arguments, true)?
        .map(Value::from)
        .ok_or_else(|| Error::value_error("substring not found"))
}

pub(super) fn count(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let (part, bounds) = split_first(arguments)?;
    let part = self::part(part)?;
    let text = receiver(value);
    Ok(match window(&text, bounds)? {
        Some(window) => window.text.matches(&*part).count().into(),
        None => Value::Int(0),
    })
}

pub(super) fn starts_with(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    at_an_end(value, arguments, |text, part| text.starts_with(part))
}

pub(super) fn ends_with(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    at_an_end(value, arguments, |text, part| text.ends_with(part))
}

fn at_an_end(
    value: &Value,
    arguments: &Arguments<'_>,
    test: fn(&str, &str) -> bool,
) -> Result<Value, Error> {
    let (part, bounds) = split_first(arguments)?;
    let text = receiver(value);
    let window = window(&text, bounds)?;
    let method = arguments.method;
    let passes = |part: &str| {
        window
            .as_ref()
            .is_some_and(|window| test(window.text, part))
    };
    if let Value::Tuple(parts) = part {
        for part in parts.iter() {
            let part = text_of(part, |name| {
                format!("tuple for {method} must only contain str, not {name}")
            })?;
            if passes(&part) {
                return Ok(Value::Bool(true));
            }
        }
        return Ok(Value::Bool(false));
    }
    let part = text_of(part, |name| {
        format!("{method} first arg must be str or a tuple of str, not {name}")
    })?;
    Ok(Value::Bool(passes(&part)))
}

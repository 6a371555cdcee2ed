//! Filters on sequences.

use std::rc::Rc;

use super::Filter;
use super::attribute::Path;
use crate::jinja::callable::{Callable, Given, integer};
use crate::jinja::globals::range::Range;
use crate::jinja::iterate::{Items, collect, generator, items};
use crate::jinja::markup::{Markup, escaped, has_html};
use crate::jinja::random;
use crate::jinja::undefined::{Missing, is_undefined};
use crate::value::access::Slice;
use crate::value::{Error, Key, Set, Value, access, budget, methods, number, order, text};

pub(super) const FILTERS: &[Filter] = &[
    (
        "batch",
        Callable::new("do_batch", &["value", "linecount", "fill_with?"], batch),
    ),
    ("count", Callable::one_argument("len", length)),
    (
        "first",
        Callable::new("sync_do_first", &["seq"], first).in_context(),
    ),
    ("items", Callable::new("do_items", &["value"], pairs)),
    (
        "join",
        Callable::new("sync_do_join", &["value", "d?", "attribute?"], join).in_context(),
    ),
    (
        "last",
        Callable::new("do_last", &["seq"], last).in_context(),
    ),
    ("length", Callable::one_argument("len", length)),
    (
        "list",
        Callable::new("sync_do_list", &["value"], |given| {
            collect(given.value()).map(Value::list)
        }),
    ),
    (
        "random",
        Callable::new("do_random", &["seq"], random_item).in_context(),
    ),
    ("reverse", Callable::new("do_reverse", &["value"], reverse)),
    (
        "slice",
        Callable::new("sync_do_slice", &["value", "slices", "fill_with?"], slice),
    ),
    (
        "unique",
        Callable::new(
            "sync_do_unique",
            &["value", "case_sensitive?", "attribute?"],
            unique,
        )
        .in_context(),
    ),
];

fn length(given: &Given<'_>) -> Result<Value, Error> {
    access::length(given.value()).map(Value::from)
}

fn first(given: &Given<'_>) -> Result<Value, Error> {
    match items(given.value())?.next()? {
        Some(item) => Ok(item),
        None => empty(given, "No first item, sequence was empty."),
    }
}

fn last(given: &Given<'_>) -> Result<Value, Error> {
    match reversed(given.value())?.next()? {
        Some(item) => Ok(item),
        None => empty(given, "No last item, sequence was empty."),
    }
}

fn empty(given: &Given<'_>, hint: &str) -> Result<Value, Error> {
    Ok(Missing::hint(given.context()?.runtime.undefined(), hint))
}

/// `reversed(value)`: for sequences and mappings only.
fn reversed(value: &Value) -> Result<Items, Error> {
    if is_undefined(value) {
        // It has no items, if asking for them is no error.
        return items(value);
    }
    if let Some(range) = Range::of(value) {
        return Ok(range.reversed());
    }
    let can = match value.plain() {
        Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Tuple(_) | Value::Dict(_) => true,
        Value::Object(object) => {
            matches!(
                object.type_name(),
                "dict_keys" | "dict_values" | "dict_items"
            )
        }
        _ => false,
    };
    if !can {
        let message = format!("'{}' object is not reversible", value.type_name());
        return Err(Error::type_error(message));
    }
    let mut all = collect(value)?;
    all.reverse();
    Ok(Items::Made(all.into_iter()))
}

fn reverse(given: &Given<'_>) -> Result<Value, Error> {
    let value = given.value();
    if let Some(text) = value.as_text() {
        let step = Slice {
            start: Value::None,
            stop: Value::None,
            step: Value::Int(-1),
        };
        return Markup::slice(value, &step)
            .unwrap_or_else(|| access::slice(&Value::Str(text), &step));
    }
    match reversed(value) {
        Ok(mut rest) => Ok(generator(reversed_type(value), move || rest.next())),
        Err(error) if error.class() == Some("TypeError") => {
            let mut all = collect(value).map_err(|error| match error.class() {
                Some("TypeError") => {
                    Error::raised("FilterArgumentError", "argument must be iterable")
                }
                _ => error,
            })?;
            all.reverse();
            Ok(Value::list(all))
        }
        Err(error) => Err(error),
    }
}

fn reversed_type(value: &Value) -> &'static str {
    match value.type_name() {
        "list" => "list_reverseiterator",
        "range" => "range_iterator",
        "dict" | "dict_keys" => "dict_reversekeyiterator",
        "dict_values" => "dict_reversevalueiterator",
        "dict_items" => "dict_reverseitemiterator",
        _ => "reversed",
    }
}

fn random_item(given: &Given<'_>) -> Result<Value, Error> {
    let value = given.value();
    let length = access::length(value)?;
    if length == 0 {
        return empty(given, "No random item, sequence was empty.");
    }
    let runtime = &given.context()?.runtime;
    let index = random::next(&runtime.random) % length as u64;
    access::item(value, &Value::Int(i64::try_from(index).unwrap_or(0)))
}

fn join(given: &Given<'_>) -> Result<Value, Error> {
    let runtime = &given.context()?.runtime;
    let separator = given.get(1).cloned().unwrap_or_else(|| "".into());
    let path = match given.some(2) {
        // Then the value is iterated before the separator becomes text.
        Some(attribute) => Some((Path::new(runtime, Some(attribute))?, items(given.value())?)),
        None => None,
    };
    if runtime.autoescape.get() {
        return join_escaped(
            items(given.value())?,
            path.as_ref().map(|(path, _)| path),
            &separator,
        );
    }
    let separator = text::str(&separator)?;
    let (path, mut rest) = match path {
        Some((path, rest)) => (Some(path), rest),
        None => (None, items(given.value())?),
    };
    let mut joined = String::new();
    let mut is_first = true;
    while let Some(item) = rest.next()? {
        let item = path
            .as_ref()
            .map_or(Ok(item.clone()), |path| path.get(&item))?;
        if !is_first {
            joined.push_str(&separator);
        }
        is_first = false;
        let shown = text::str(&item)?;
        budget::text(shown.len())?;
        joined.push_str(&shown);
        too_long(&joined)?;
    }
    Ok(joined.into())
}

fn too_long(text: &str) -> Result<(), Error> {
    if text.len() > budget::TEXT_CAP {
        budget::text(text.len())
    } else {
        Ok(())
    }
}

/// Where escaping is on, one piece of safe text makes the whole safe.
fn join_escaped(mut rest: Items, path: Option<&Path>, separator: &Value) -> Result<Value, Error> {
    let mut all = Vec::new();
    while let Some(item) = rest.next()? {
        all.push(path.map_or(Ok(item.clone()), |path| path.get(&item))?);
    }
    let safe = has_html(separator) || all.iter().any(has_html);
    let show = |value: &Value| {
        if safe {
            escaped(value)
        } else {
            text::str(value)
        }
    };
    let separator = show(separator)?;
    let mut joined = String::new();
    for (index, item) in all.iter().enumerate() {
        if index > 0 {
            joined.push_str(&separator);
        }
        let shown = show(item)?;
        budget::text(shown.len())?;
        joined.push_str(&shown);
        too_long(&joined)?;
    }
    Ok(if safe {
        Markup::safe(joined)
    } else {
        joined.into()
    })
}

fn pairs(given: &Given<'_>) -> Result<Value, Error> {
    let value = given.value().clone();
    let mut started: Option<Items> = None;
    Ok(generator("do_items", move || {
        if is_undefined(&value) {
            return Ok(None);
        }
        let rest = match &mut started {
            Some(rest) => rest,
            None if matches!(value, Value::Dict(_)) => {
                let pairs = methods::call(&value, "items", &[], &[])?;
                started.insert(items(&pairs)?)
            }
            None => return Err(Error::type_error("Can only get item pairs from a mapping.")),
        };
        rest.next()
    }))
}

fn batch(given: &Given<'_>) -> Result<Value, Error> {
    let value = given.value().clone();
    let count = given.at(1).clone();
    let fill = given.some(2).cloned();
    let mut started: Option<Items> = None;
    let mut carried: Option<Value> = None;
    Ok(generator("do_batch", move || {
        let rest = match &mut started {
            Some(rest) => rest,
            None => started.insert(items(&value)?),
        };
        let mut batch: Vec<Value> = carried.take().into_iter().collect();
        while let Some(item) = rest.next()? {
            if order::equals(&batch.len().into(), &count)? {
                carried = Some(item);
                return Ok(Some(Value::list(batch)));
            }
            batch.push(item);
        }
        if batch.is_empty() {
            return Ok(None);
        }
        if let Some(fill) = &fill {
            let missing =
                integer(&count)?.saturating_sub(i64::try_from(batch.len()).unwrap_or(i64::MAX));
            let missing = usize::try_from(missing).unwrap_or(0);
            budget::items(missing)?;
            batch.extend(std::iter::repeat_n(fill.clone(), missing));
        }
        Ok(Some(Value::list(batch)))
    }))
}

fn slice(given: &Given<'_>) -> Result<Value, Error> {
    let value = given.value().clone();
    let count = given.at(1).clone();
    let fill = given.some(2).cloned();
    let mut made: Option<std::vec::IntoIter<Value>> = None;
    Ok(generator("sync_do_slice", move || {
        let slices = match &mut made {
            Some(slices) => slices,
            None => made.insert(slices(&collect(&value)?, &count, fill.as_ref())?.into_iter()),
        };
        Ok(slices.next())
    }))
}

/// The items in `count` lists of about the same length, the longer ones first.
fn slices(all: &[Value], count: &Value, fill: Option<&Value>) -> Result<Vec<Value>, Error> {
    let length = Value::from(all.len());
    let each = number::floor_divide(&length, count)?;
    let longer = integer(&number::modulo(&length, count)?)?;
    let (count, each) = (integer(count)?, integer(&each)?);
    budget::items(usize::try_from(count).unwrap_or(0))?;
    let mut rest = all.iter().cloned();
    Ok((0..count)
        .map(|index| {
            let size = usize::try_from(each + i64::from(index < longer)).unwrap_or(0);
            let mut slice: Vec<Value> = rest.by_ref().take(size).collect();
            if index >= longer {
                slice.extend(fill.cloned());
            }
            Value::list(slice)
        })
        .collect())
}

fn unique(given: &Given<'_>) -> Result<Value, Error> {
    let runtime = Rc::clone(&given.context()?.runtime);
    let value = given.value().clone();
    let ignore_case = !given.truth_or(1, false)?;
    let path = Path::new(&runtime, given.some(2))?.ignoring_case(ignore_case);
    let mut started: Option<Items> = None;
    let mut seen = Set::new();
    Ok(generator("sync_do_unique", move || {
        let rest = match &mut started {
            Some(rest) => rest,
            None => started.insert(items(&value)?),
        };
        while let Some(item) = rest.next()? {
            if seen.insert(Key::new(path.get(&item)?)?) {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }))
}

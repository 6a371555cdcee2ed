//! Filters: Jinja's own, then StackStorm's.
//!
//! One table for each topic: the name, and what it does. The names of Python's functions and parameters are kept, as they
//! show in error messages.

mod attribute;
mod escape;
mod number;
mod order;
mod pretty;
mod select;
mod sequence;
mod stackstorm_data;
mod stackstorm_datastore;
mod stackstorm_path;
mod stackstorm_regex;
mod stackstorm_time;
mod stackstorm_version;
mod text;
mod urlize;
mod value;
mod wrap;

use super::callable::Callable;
use super::undefined::Missing;
use crate::value::{Error, Key, Value, text as write};

/// A filter with its name.
pub(super) type Filter = (&'static str, Callable);

const TABLES: &[&[Filter]] = &[
    escape::FILTERS,
    number::FILTERS,
    order::FILTERS,
    select::FILTERS,
    sequence::FILTERS,
    text::FILTERS,
    value::FILTERS,
    stackstorm_data::FILTERS,
    stackstorm_datastore::FILTERS,
    stackstorm_path::FILTERS,
    stackstorm_regex::FILTERS,
    stackstorm_time::FILTERS,
    stackstorm_version::FILTERS,
];

/// The filter of a name.
pub(super) fn find(name: &str) -> Option<&'static Callable> {
    let mut all = TABLES.iter().flat_map(|table| table.iter());
    all.find(|(known, _)| *known == name)
        .map(|(_, filter)| filter)
}

/// The filter or test that a value names, as `map` and `select` look it up.
pub(super) fn named(
    kind: &str,
    name: &Value,
    find: fn(&str) -> Option<&'static Callable>,
) -> Result<&'static Callable, Error> {
    if let Some(found) = name.as_text().and_then(|name| find(&name)) {
        return Ok(found);
    }
    // Looking a name up hashes it.
    Key::new(name.clone())?;
    let message = format!("No {kind} named {}.", write::repr(name)?);
    let message = match Missing::of(name).map(Missing::error) {
        Some(Error::Raised {
            message: reason, ..
        }) => {
            format!("{message} ({reason}; did you forget to quote the callable name?)")
        }
        _ => message,
    };
    Err(Error::raised("TemplateRuntimeError", message))
}

//! Filters on any value.

use super::Filter;
use super::pretty::pretty;
use crate::jinja::access::{Found, attribute, python_attribute};
use crate::jinja::callable::{Callable, Given};
use crate::jinja::undefined::{Missing, is_undefined};
use crate::value::{Error, Key, Value, access};

pub(super) const FILTERS: &[Filter] = &[
    (
        "attr",
        Callable::new("do_attr", &["obj", "name"], attr).in_context(),
    ),
    (
        "d",
        Callable::new(
            "do_default",
            &["value", "default_value?", "boolean?"],
            default,
        ),
    ),
    (
        "default",
        Callable::new(
            "do_default",
            &["value", "default_value?", "boolean?"],
            default,
        ),
    ),
    (
        "pprint",
        Callable::new("do_pprint", &["value"], |given| {
            pretty(given.value()).map(Value::from)
        }),
    ),
];

fn default(given: &Given<'_>) -> Result<Value, Error> {
    let value = given.value();
    if is_undefined(value) || (given.truth_or(2, false)? && !access::truth(value)?) {
        return Ok(given.get(1).cloned().unwrap_or_else(|| "".into()));
    }
    Ok(value.clone())
}

/// An attribute, never an item.
fn attr(given: &Given<'_>) -> Result<Value, Error> {
    let runtime = &given.context()?.runtime;
    let (object, name) = (given.value(), given.at(1));
    Key::new(name.clone())?;
    let Some(name) = name.as_text() else {
        let message = format!("attribute name must be string, not '{}'", name.type_name());
        return Err(Error::type_error(message));
    };
    match python_attribute(runtime, object, &name)? {
        Found::Nothing => Ok(Missing::member(
            runtime.undefined(),
            object,
            Value::Str(name),
        )),
        Found::Value(_) | Found::Hidden => attribute(runtime, object, &name),
    }
}

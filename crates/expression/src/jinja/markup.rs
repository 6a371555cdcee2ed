//! Text that is safe to insert into HTML: what `escape`, `safe` and `tojson` give.
//!
//! It is text like any other, but what is joined with it is escaped first.

use std::rc::Rc;

use super::function::Native;
use super::iterate::collect;
use super::lookup::Lookup;
use super::undefined::is_undefined;
use crate::value::format::{self, Lookups};
use crate::value::{Error, Object, Value, access, budget, methods, number, text};

/// Safe text.
#[derive(Debug)]
pub(super) struct Markup(Rc<str>);

/// Methods whose result is safe, too.
const KEPT: &[&str] = &[
    "capitalize",
    "title",
    "lower",
    "upper",
    "lstrip",
    "rstrip",
    "strip",
    "translate",
    "expandtabs",
    "swapcase",
    "zfill",
    "casefold",
    "removeprefix",
    "removesuffix",
    "split",
    "rsplit",
    "splitlines",
    "partition",
    "rpartition",
];

impl Markup {
    /// Text that is safe already.
    pub(super) fn safe(text: impl Into<Rc<str>>) -> Value {
        Value::object(Self(text.into()))
    }

    /// `Markup(value)`: marks the text of a value as safe.
    pub(super) fn of(value: &Value) -> Result<Value, Error> {
        match html(value)? {
            Some(safe) => Ok(Self::safe(safe)),
            None => Ok(Self::safe(text::str(value)?)),
        }
    }

    /// Whether a value is safe text.
    pub(super) fn is(value: &Value) -> bool {
        matches!(value, Value::Object(object) if object.as_any().is::<Self>())
    }

    /// The characters of safe text are safe.
    pub(super) fn item(object: &Value, key: &Value) -> Option<Result<Value, Error>> {
        let text = Self::text_of(object)?;
        Some(access::item(&Value::Str(text), key).and_then(|item| Self::of(&item)))
    }

    /// A part of safe text is safe.
    pub(super) fn slice(object: &Value, slice: &access::Slice) -> Option<Result<Value, Error>> {
        let text = Self::text_of(object)?;
        Some(access::slice(&Value::Str(text), slice).and_then(|part| Self::of(&part)))
    }

    fn text_of(value: &Value) -> Option<Rc<str>> {
        if Self::is(value) {
            value.as_text()
        } else {
            None
        }
    }

    /// `one + two`, if one of them is safe text.
    pub(super) fn add(one: &Value, two: &Value) -> Option<Result<Value, Error>> {
        if (!Self::is(one) && !Self::is(two)) || is_undefined(one) || is_undefined(two) {
            return None;
        }
        // Two lookups have `__html__` as they have any attribute, and then it cannot be called.
        let fits = |other: &Value| other.as_text().is_some() || is_lookup(other);
        if !fits(one) || !fits(two) {
            let (one, two) = (one.type_name(), two.type_name());
            let message = match one {
                "list" | "tuple" => format!("can only concatenate {one} (not \"{two}\") to {one}"),
                _ => format!("unsupported operand type(s) for +: '{one}' and '{two}'"),
            };
            return Some(Err(Error::type_error(message)));
        }
        let sum = || {
            let (one, two) = (escaped(one)?, escaped(two)?);
            number::add(&Value::Str(one), &Value::Str(two)).and_then(|sum| Self::of(&sum))
        };
        Some(sum())
    }

    /// `one * two`, if one of them is safe text.
    pub(super) fn multiply(one: &Value, two: &Value) -> Option<Result<Value, Error>> {
        if !Self::is(one) && !Self::is(two) {
            return None;
        }
        Some(number::multiply(&one.plain(), &two.plain()).and_then(|product| Self::of(&product)))
    }

    /// `one % two`, if `one` is safe text.
    pub(super) fn format(one: &Value, two: &Value) -> Option<Result<Value, Error>> {
        let template = Self::text_of(one)?;
        let wrapped = match two {
            Value::Tuple(items) => Value::tuple(items.iter().map(EscapedLater::wrap).collect()),
            other => EscapedLater::wrap(other),
        };
        Some(format::percent(&template, &wrapped).map(Self::safe))
    }

    /// `template.format(...)` of safe text.
    pub(super) fn fields(template: &str, lookups: &Lookups<'_>) -> Result<Value, Error> {
        let lookups = Lookups {
            format: &|value, specification| match html(value)? {
                Some(_) if !specification.is_empty() => Err(Error::value_error(
                    "Unsupported format specification for Markup.",
                )),
                Some(safe) => Ok(safe),
                None => Ok(escape_text(&format::value(value, specification)?).into()),
            },
            position: lookups.position,
            name: lookups.name,
            attribute: lookups.attribute,
            item: lookups.item,
        };
        format::fields(template, &lookups).map(Self::safe)
    }

    /// The result of a method of safe text, if it differs from that of plain text.
    pub(super) fn method(
        receiver: &Value,
        name: &str,
        arguments: &[Value],
        named: &[(Rc<str>, Value)],
    ) -> Option<Result<Value, Error>> {
        let plain = Value::Str(Self::text_of(receiver)?);
        let result = match name {
            "join" => arguments.iter().map(escape_items).collect(),
            // The last argument is what the text is filled up or replaced with.
            "replace" => escape_at(arguments, 1),
            "ljust" | "rjust" | "center" => escape_at(arguments, 1),
            _ if KEPT.contains(&name) => Ok(arguments.to_vec()),
            _ => return None,
        };
        Some(result.and_then(|arguments| keep(&methods::call(&plain, name, &arguments, named)?)))
    }
}

/// A method of text, safe or plain, that gives what it would give in Python.
pub(super) fn text_method(
    receiver: &Value,
    name: &str,
    arguments: &[Value],
) -> Result<Value, Error> {
    Markup::method(receiver, name, arguments, &[])
        .unwrap_or_else(|| methods::call(receiver, name, arguments, &[]))
}

/// `soft_str(value)`: text as it is, anything else as its text.
pub(super) fn soft_text(value: &Value) -> Result<Value, Error> {
    match value.as_text() {
        Some(_) => Ok(value.clone()),
        None => text::str(value).map(Value::Str),
    }
}

fn keep(value: &Value) -> Result<Value, Error> {
    match value {
        Value::List(items) => Ok(items
            .borrow()
            .iter()
            .map(Markup::of)
            .collect::<Result<Value, _>>()?),
        Value::Tuple(items) => Ok(Value::tuple(
            items.iter().map(Markup::of).collect::<Result<_, _>>()?,
        )),
        other => Markup::of(other),
    }
}

fn escape_items(items: &Value) -> Result<Value, Error> {
    collect(items)?
        .iter()
        .map(|item| escaped(item).map(Value::Str))
        .collect()
}

fn escape_at(arguments: &[Value], index: usize) -> Result<Vec<Value>, Error> {
    let escape = |(at, argument): (usize, &Value)| {
        if at == index {
            escaped(argument).map(Value::Str)
        } else {
            Ok(argument.clone())
        }
    };
    arguments.iter().enumerate().map(escape).collect()
}

fn is_lookup(value: &Value) -> bool {
    matches!(value, Value::Object(object) if object.as_any().is::<Lookup>())
}

/// What an object says to be its HTML.
fn html(value: &Value) -> Result<Option<Rc<str>>, Error> {
    if is_lookup(value) {
        return Err(Error::type_error(format!(
            "'{}' object is not callable",
            value.type_name()
        )));
    }
    Ok(Markup::text_of(value))
}

/// Whether an object seems to know its HTML.
pub(super) fn has_html(value: &Value) -> bool {
    is_lookup(value) || Markup::is(value)
}

/// `escape(value)`, as text.
pub(super) fn escaped(value: &Value) -> Result<Rc<str>, Error> {
    match html(value)? {
        Some(safe) => Ok(safe),
        None => {
            let escaped = escape_text(&text::str(value)?);
            budget::text(escaped.len())?;
            Ok(escaped.into())
        }
    }
}

/// The text with the characters escaped that mean something in HTML.
pub(super) fn escape_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '>' => escaped.push_str("&gt;"),
            '<' => escaped.push_str("&lt;"),
            '\'' => escaped.push_str("&#39;"),
            '"' => escaped.push_str("&#34;"),
            other => escaped.push(other),
        }
    }
    escaped
}

impl Object for Markup {
    fn type_name(&self) -> &str {
        "Markup"
    }

    fn attribute(&self, name: &str) -> Result<Option<Value>, Error> {
        let text = Rc::clone(&self.0);
        Ok(match name {
            "unescape" => Some(Native::method("Markup", "unescape", move |_, _| {
                Ok(super::html::unescape(&text).into())
            })),
            "striptags" => Some(Native::method("Markup", "striptags", move |_, _| {
                Ok(super::html::strip_tags(&text).into())
            })),
            "escape" => Some(Native::method(
                "Markup",
                "escape",
                |arguments, _| match arguments {
                    [value] => escaped(value).map(Self::safe),
                    _ => Err(Error::type_error(
                        "Markup.escape() takes 2 positional arguments",
                    )),
                },
            )),
            _ => None,
        })
    }

    fn text(&self) -> Result<String, Error> {
        Ok(self.0.to_string())
    }

    fn repr(&self) -> Result<String, Error> {
        Ok(format!(
            "Markup({})",
            text::repr(&Value::Str(Rc::clone(&self.0)))?
        ))
    }

    fn iterate(&self) -> Result<Vec<Value>, Error> {
        access::iterate(&Value::Str(Rc::clone(&self.0)))
    }

    fn length(&self) -> Result<Option<usize>, Error> {
        access::length(&Value::Str(Rc::clone(&self.0))).map(Some)
    }

    fn plain(&self) -> Option<Value> {
        Some(Value::Str(Rc::clone(&self.0)))
    }
}

/// A value in a format string of safe text: its text is escaped when it is made.
#[derive(Debug)]
struct EscapedLater(Value);

impl EscapedLater {
    fn wrap(value: &Value) -> Value {
        match value {
            // The text of numbers is safe anyway.
            Value::Bool(_) | Value::Int(_) | Value::Big(_) | Value::Float(_) => value.clone(),
            other => Value::object(Self(other.clone())),
        }
    }
}

impl Object for EscapedLater {
    fn type_name(&self) -> &str {
        "_MarkupEscapeHelper"
    }

    fn item(&self, key: &Value) -> Result<Option<Value>, Error> {
        access::item(&self.0, key).map(|item| Some(Self::wrap(&item)))
    }

    fn text(&self) -> Result<String, Error> {
        Ok(escaped(&self.0)?.to_string())
    }

    fn repr(&self) -> Result<String, Error> {
        Ok(escape_text(&text::repr(&self.0)?))
    }

    fn integer(&self) -> Option<Result<Value, Error>> {
        Some(number::to_integer(&self.0))
    }

    fn float(&self) -> Option<Result<f64, Error>> {
        Some(number::to_float(&self.0))
    }
}

//! Filters for HTML and URLs.

use super::Filter;
use super::urlize::urlize;
use crate::jinja::access::check_method;
use crate::jinja::callable::{Callable, Given};
use crate::jinja::html;
use crate::jinja::iterate::{collect, items, unpack};
use crate::jinja::lookup::Lookup;
use crate::jinja::markup::{Markup, escape_text, escaped, has_html, soft_text};
use crate::jinja::undefined::is_undefined;
use crate::value::json::{Layout, dumps};
use crate::value::{Error, Value, access, budget, methods, text};

pub(super) const FILTERS: &[Filter] = &[
    ("e", Callable::new("escape", &["s"], escape)),
    ("escape", Callable::new("escape", &["s"], escape)),
    (
        "forceescape",
        Callable::new("do_forceescape", &["value"], force_escape),
    ),
    (
        "safe",
        Callable::new("do_mark_safe", &["value"], |given| {
            Markup::of(given.value())
        }),
    ),
    (
        "string",
        Callable::new("soft_str", &["s"], |given| soft_text(given.value())),
    ),
    (
        "striptags",
        Callable::new("do_striptags", &["value"], strip_tags),
    ),
    (
        "tojson",
        Callable::new("do_tojson", &["value", "indent?"], to_json).in_context(),
    ),
    (
        "urlencode",
        Callable::new("do_urlencode", &["value"], url_encode),
    ),
    (
        "urlize",
        Callable::new(
            "do_urlize",
            &[
                "value",
                "trim_url_limit?",
                "nofollow?",
                "target?",
                "rel?",
                "extra_schemes?",
            ],
            urlize,
        )
        .in_context(),
    ),
    (
        "xmlattr",
        Callable::new("do_xmlattr", &["d", "autospace?"], xml_attributes).in_context(),
    ),
];

fn escape(given: &Given<'_>) -> Result<Value, Error> {
    escaped(given.value()).map(Markup::safe)
}

fn force_escape(given: &Given<'_>) -> Result<Value, Error> {
    let value = given.value();
    // Safe text gives its HTML, that is itself, which is then escaped once more.
    let shown = if has_html(value) {
        escaped(value)?
    } else {
        text::str(value)?
    };
    Ok(Markup::safe(escape_text(&shown)))
}

fn strip_tags(given: &Given<'_>) -> Result<Value, Error> {
    let value = given.value();
    let shown = if has_html(value) {
        escaped(value)?
    } else {
        text::str(value)?
    };
    budget::text(shown.len())?;
    Ok(html::strip_tags(&shown).into())
}

fn to_json(given: &Given<'_>) -> Result<Value, Error> {
    let layout = match given.some(1) {
        None => Layout::python(),
        Some(indent) => super::stackstorm_data::indented(indent)?,
    };
    let layout = Layout {
        sort_keys: true,
        ..layout
    };
    let json = dumps(given.value(), &layout)?;
    let json = json
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\'', "\\u0027");
    budget::text(json.len())?;
    Ok(Markup::safe(json))
}

fn url_encode(given: &Given<'_>) -> Result<Value, Error> {
    let value = given.value();
    let pairs = match value {
        _ if value.as_text().is_some() || Lookup::of(value).is_some() => None,
        Value::Dict(_) => Some(collect(&methods::call(value, "items", &[], &[])?)?),
        _ => match items(value) {
            Ok(_) => Some(collect(value)?),
            Err(error) if error.class() == Some("TypeError") => None,
            Err(error) => return Err(error),
        },
    };
    let Some(pairs) = pairs else {
        return Ok(url_quote(value, "/")?.into());
    };
    let mut parts = Vec::new();
    for pair in &pairs {
        let (key, value) = two(pair)?;
        parts.push(format!("{}={}", quote_plus(&key)?, quote_plus(&value)?));
    }
    let joined = parts.join("&");
    budget::text(joined.len())?;
    Ok(joined.into())
}

fn two(pair: &Value) -> Result<(Value, Value), Error> {
    let mut parts = unpack(pair, 2)?.into_iter();
    let mut next = || parts.next().unwrap_or(Value::None);
    Ok((next(), next()))
}

fn quote_plus(value: &Value) -> Result<String, Error> {
    Ok(url_quote(value, "")?.replace("%20", "+"))
}

/// The text with everything escaped that may not stand in a URL, but for `safe`.
fn url_quote(value: &Value, safe: &str) -> Result<String, Error> {
    let bytes = match value {
        Value::Bytes(bytes) => bytes.to_vec(),
        other => text::str(other)?.as_bytes().to_vec(),
    };
    budget::text(bytes.len().saturating_mul(3))?;
    let quote = |byte: &u8| {
        let character = char::from(*byte);
        if byte.is_ascii_alphanumeric() || "_.-~".contains(character) || safe.contains(character) {
            character.to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    Ok(bytes.iter().map(quote).collect())
}

fn xml_attributes(given: &Given<'_>) -> Result<Value, Error> {
    check_method(given.value(), "items")?;
    let Value::Dict(dict) = given.value().plain() else {
        return Ok(Value::None);
    };
    let pairs: Vec<(Value, Value)> = dict
        .borrow()
        .iter()
        .map(|(key, value)| (key.value().clone(), value.clone()))
        .collect();
    let mut parts = Vec::new();
    for (key, value) in pairs {
        if matches!(value, Value::None) || is_undefined(&value) {
            continue;
        }
        let Some(name) = key.as_text() else {
            let message = format!(
                "expected string or bytes-like object, got '{}'",
                key.type_name()
            );
            return Err(Error::type_error(message));
        };
        if name.contains([' ', '\t', '\n', '\r', '\x0b', '\x0c', '/', '>', '=']) {
            let message = format!("Invalid character in attribute name: {}", text::repr(&key)?);
            return Err(Error::value_error(message));
        }
        parts.push(format!("{}=\"{}\"", escaped(&key)?, escaped(&value)?));
    }
    let mut joined = parts.join(" ");
    budget::text(joined.len())?;
    if !joined.is_empty() && access::truth(given.get(1).unwrap_or(&Value::Bool(true)))? {
        joined.insert(0, ' ');
    }
    let safe = given.context()?.runtime.autoescape.get();
    Ok(if safe {
        Markup::safe(joined)
    } else {
        joined.into()
    })
}

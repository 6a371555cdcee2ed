//! StackStorm's filters on data: JSON, YAML, JSONPath and `None`.

use super::Filter;
use crate::jinja::callable::{Callable, Given, integer};
use crate::jinja::iterate::collect;
use crate::jsonpath::{Path, find};
use crate::value::json::{Layout, Reader, dumps, loads};
use crate::value::{Error, Value, access, budget, text};
use crate::yaml;

/// What stands for `None` in parameters, which are text until they are cast.
const NONE: &str = "%*****__%NONE%__*****%";

pub(super) const FILTERS: &[Filter] = &[
    (
        "from_json_string",
        Callable::new("from_json_string", &["value"], from_json),
    ),
    (
        "from_yaml_string",
        Callable::new("from_yaml_string", &["value"], from_yaml),
    ),
    (
        "json_escape",
        Callable::new("json_escape", &["value"], json_escape),
    ),
    (
        "jsonpath_query",
        Callable::new("jsonpath_query", &["value", "query"], query),
    ),
    (
        "to_complex",
        Callable::new("to_complex", &["value"], |given| {
            Ok(dumps(given.value(), &Layout::python())?.into())
        }),
    ),
    (
        "to_json_string",
        Callable::new(
            "to_json_string",
            &["value", "indent?", "sort_keys?", "separators?"],
            to_json,
        ),
    ),
    (
        "to_yaml_string",
        Callable::new(
            "to_yaml_string",
            &["value", "indent?", "allow_unicode?"],
            to_yaml,
        ),
    ),
    ("use_none", Callable::new("use_none", &["value"], use_none)),
];

/// The layout of JSON with an indentation, which is a number of blanks or a text.
pub(super) fn indented(indent: &Value) -> Result<Layout, Error> {
    if let Some(indent) = indent.as_text() {
        return Ok(Layout::python_indented(&*indent));
    }
    let width = usize::try_from(integer(indent)?).unwrap_or(0);
    budget::text(width)?;
    Ok(Layout::python_indented(" ".repeat(width)))
}

fn from_json(given: &Given<'_>) -> Result<Value, Error> {
    loads(&text::str(given.value())?, Reader::Orjson)
}

fn from_yaml(given: &Given<'_>) -> Result<Value, Error> {
    let source = text::str(given.value())?;
    budget::text(source.len().saturating_mul(8))?;
    yaml::load(&source).map_err(|error| Error::raised("YAMLError", error.to_string()))
}

fn json_escape(given: &Given<'_>) -> Result<Value, Error> {
    let json = dumps(given.value(), &Layout::python())?;
    // Escaped quotes at the ends go with the others.
    Ok(json.trim_matches('"').into())
}

fn to_json(given: &Given<'_>) -> Result<Value, Error> {
    let mut layout = given
        .some(1)
        .map_or_else(|| Ok(Layout::python()), indented)?;
    layout.sort_keys = given.some(2).map_or(Ok(false), access::truth)?;
    match given.get(3) {
        None => (layout.item_separator, layout.key_separator) = (",".to_owned(), ": ".to_owned()),
        Some(Value::None) => {}
        Some(separators) => {
            let separators = collect(separators)?;
            let [item, key] = separators.as_slice() else {
                let count = separators.len();
                return Err(Error::value_error(if count > 2 {
                    "too many values to unpack (expected 2)".to_owned()
                } else {
                    format!("not enough values to unpack (expected 2, got {count})")
                }));
            };
            (layout.item_separator, layout.key_separator) =
                (text::str(item)?.to_string(), text::str(key)?.to_string());
        }
    }
    Ok(dumps(given.value(), &layout)?.into())
}

fn to_yaml(given: &Given<'_>) -> Result<Value, Error> {
    let layout = yaml::Layout {
        indent: given.some(1).map(integer).transpose()?,
        allow_unicode: given.get(2).map_or(Ok(true), |allow| match allow {
            Value::None => Ok(false),
            other => access::truth(other),
        })?,
    };
    yaml::dump(given.value(), &layout).map(Value::from)
}

/// All that a path finds, or nothing.
fn query(given: &Given<'_>) -> Result<Value, Error> {
    let path = Path::parse(&text::str(given.at(1))?)?;
    let found = find(&path, given.value())?;
    Ok(if found.is_empty() {
        Value::None
    } else {
        Value::list(found)
    })
}

fn use_none(given: &Given<'_>) -> Result<Value, Error> {
    Ok(match given.value() {
        Value::None => NONE.into(),
        other => other.clone(),
    })
}

//! StackStorm's filters on text with regular expressions, in the dialect of Python's `re`.

use std::rc::Rc;

use super::Filter;
use crate::jinja::callable::{Callable, Given};
use crate::regex::{Flags, Pattern};
use crate::value::{Error, Value, access, text};

pub(super) const FILTERS: &[Filter] = &[
    (
        "regex_match",
        Callable::new(
            "regex_match",
            &["value", "pattern", "ignorecase?"],
            |given| {
                Ok(pattern(given, 2)?
                    .is_match_at_start(&text::str(given.value())?)?
                    .into())
            },
        ),
    ),
    (
        "regex_replace",
        Callable::new(
            "regex_replace",
            &["value", "pattern", "replacement", "ignorecase?"],
            replace,
        ),
    ),
    (
        "regex_search",
        Callable::new(
            "regex_search",
            &["value", "pattern", "ignorecase?"],
            |given| {
                Ok(pattern(given, 2)?
                    .is_match(&text::str(given.value())?)?
                    .into())
            },
        ),
    ),
    (
        "regex_substring",
        Callable::new(
            "regex_substring",
            &["value", "pattern", "result_index?", "ignorecase?"],
            substring,
        ),
    ),
];

/// The compiled pattern; `flag` is the place of the parameter that says to ignore case.
fn pattern(given: &Given<'_>, flag: usize) -> Result<Rc<Pattern>, Error> {
    let ignore_case = given.truth_or(flag, false)?;
    let source = given.at(1);
    let Some(source) = source.as_text() else {
        return Err(Error::type_error(match source {
            Value::Bytes(_) => "cannot use a bytes pattern on a string-like object".to_owned(),
            Value::List(_) | Value::Dict(_) | Value::Set(_) => {
                format!("unhashable type: '{}'", source.type_name())
            }
            _ => "first argument must be string or compiled pattern".to_owned(),
        }));
    };
    given.context()?.runtime.pattern(&source, ignore_case, || {
        Pattern::new(
            &source,
            Flags {
                ignore_case,
                ..Flags::default()
            },
        )
    })
}

fn replace(given: &Given<'_>) -> Result<Value, Error> {
    // The value becomes text first, which an undefined one refuses.
    let value = text::str(given.value())?;
    let pattern = pattern(given, 3)?;
    let replacement = given.at(2);
    let Some(replacement) = replacement.as_text() else {
        let message = format!(
            "decoding to str: need a bytes-like object, {} found",
            replacement.type_name()
        );
        return Err(Error::type_error(message));
    };
    Ok(pattern.sub(&replacement, &value, 0)?.into())
}

fn substring(given: &Given<'_>) -> Result<Value, Error> {
    let value = text::str(given.value())?;
    let found = pattern(given, 3)?.find_all(&value)?;
    let index = given.get(2).cloned().unwrap_or(Value::Int(0));
    access::item(&Value::list(found), &index)
}

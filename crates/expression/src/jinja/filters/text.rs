//! Filters on text.

use super::Filter;
use super::wrap::word_wrap;
use crate::jinja::access::{check_method, method_call};
use crate::jinja::ast::Binary;
use crate::jinja::callable::{Callable, Given};
use crate::jinja::iterate::collect;
use crate::jinja::lexer::is_space;
use crate::jinja::markup::{Markup, escaped, has_html, soft_text, text_method};
use crate::jinja::operators::binary;
use crate::jinja::undefined::Missing;
use crate::value::access::Slice;
use crate::value::order::{Comparison, compare};
use crate::value::text::character::{Property, has};
use crate::value::{Dict, Error, Key, Value, access, budget, number, text};

pub(super) const FILTERS: &[Filter] = &[
    (
        "capitalize",
        Callable::new("do_capitalize", &["s"], |given| method(given, "capitalize")),
    ),
    (
        "center",
        Callable::new("do_center", &["value", "width?"], center),
    ),
    (
        "format",
        Callable::new("do_format", &["value"], format).variadic(),
    ),
    (
        "indent",
        Callable::new("do_indent", &["s", "width?", "first?", "blank?"], indent),
    ),
    (
        "lower",
        Callable::new("do_lower", &["s"], |given| method(given, "lower")),
    ),
    (
        "replace",
        Callable::new("do_replace", &["s", "old", "new", "count?"], replace).in_context(),
    ),
    ("title", Callable::new("do_title", &["s"], title)),
    ("trim", Callable::new("do_trim", &["value", "chars?"], trim)),
    (
        "truncate",
        Callable::new(
            "do_truncate",
            &["s", "length?", "killwords?", "end?", "leeway?"],
            truncate,
        )
        .in_context(),
    ),
    (
        "upper",
        Callable::new("do_upper", &["s"], |given| method(given, "upper")),
    ),
    (
        "wordcount",
        Callable::new("do_wordcount", &["s"], word_count),
    ),
    (
        "wordwrap",
        Callable::new(
            "do_wordwrap",
            &[
                "s",
                "width?",
                "break_long_words?",
                "wrapstring?",
                "break_on_hyphens?",
            ],
            word_wrap,
        )
        .in_context(),
    ),
];

fn method(given: &Given<'_>, name: &str) -> Result<Value, Error> {
    text_method(&soft_text(given.value())?, name, &[])
}

fn center(given: &Given<'_>) -> Result<Value, Error> {
    let width = given.get(1).cloned().unwrap_or(Value::Int(80));
    text_method(&soft_text(given.value())?, "center", &[width])
}

fn trim(given: &Given<'_>) -> Result<Value, Error> {
    let characters = given.get(1).cloned().unwrap_or(Value::None);
    text_method(&soft_text(given.value())?, "strip", &[characters])
}

fn format(given: &Given<'_>) -> Result<Value, Error> {
    if !given.rest().is_empty() && !given.named().is_empty() {
        return Err(Error::raised(
            "FilterArgumentError",
            "can't handle positional and keyword arguments at the same time",
        ));
    }
    let values = if given.named().is_empty() {
        Value::tuple(given.rest().to_vec())
    } else {
        let named = given
            .named()
            .iter()
            .map(|(name, value)| (Key::text(name.clone()), value.clone()));
        Value::dict(named.collect::<Dict>())
    };
    binary(Binary::Modulo, &soft_text(given.value())?, &values)
}

fn replace(given: &Given<'_>) -> Result<Value, Error> {
    let (value, old, new) = (given.value(), given.at(1), given.at(2));
    let count = given.some(3).cloned().unwrap_or(Value::Int(-1));
    if !given.context()?.runtime.autoescape.get() {
        let [value, old, new] =
            [text::str(value)?, text::str(old)?, text::str(new)?].map(Value::Str);
        return text_method(&value, "replace", &[old, new, count]);
    }
    let value = if has_html(old) || (has_html(new) && !has_html(value)) {
        Markup::safe(escaped(value)?)
    } else {
        soft_text(value)?
    };
    text_method(
        &value,
        "replace",
        &[soft_text(old)?, soft_text(new)?, count],
    )
}

/// Words begin after blanks, hyphens and opening brackets.
fn title(given: &Given<'_>) -> Result<Value, Error> {
    let value = soft_text(given.value())?;
    let whole = text::str(&value)?;
    let separates = |character: char| is_space(character) || "-({[<".contains(character);
    let mut out = String::new();
    let mut rest = &*whole;
    while !rest.is_empty() {
        let end = rest.find(separates).unwrap_or(rest.len());
        // The separators up to the next word form a part of their own.
        let end = if end == 0 {
            rest.find(|character| !separates(character))
                .unwrap_or(rest.len())
        } else {
            end
        };
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let first = word.chars().next().map_or(0, char::len_utf8);
        let (first, tail) = word.split_at_checked(first).unwrap_or((word, ""));
        out.push_str(&text::str(&text_method(&first.into(), "upper", &[])?)?);
        out.push_str(&text::str(&text_method(&tail.into(), "lower", &[])?)?);
        rest = after;
    }
    budget::text(out.len())?;
    // The parts are joined by plain text.
    Ok(out.into())
}

fn word_count(given: &Given<'_>) -> Result<Value, Error> {
    let value = text::str(&soft_text(given.value())?)?;
    budget::text(value.len())?;
    let is_word = |character: char| {
        character == '_'
            || [
                Property::Alphabetic,
                Property::Decimal,
                Property::Digit,
                Property::Numeric,
            ]
            .into_iter()
            .any(|property| has(character, property))
    };
    let count = value
        .split(|character| !is_word(character))
        .filter(|word| !word.is_empty())
        .count();
    Ok(count.into())
}

fn indent(given: &Given<'_>) -> Result<Value, Error> {
    let value = given.value();
    let width = given.get(1).cloned().unwrap_or(Value::Int(4));
    let indention = match width.as_text() {
        Some(indention) => indention,
        None => text::str(&number::multiply(&" ".into(), &width)?)?,
    };
    if matches!(value, Value::List(_)) {
        // Python extends a list by the line break, and only then asks for lines.
        check_method(value, "splitlines")?;
    }
    // Without it a final line break would be lost.
    let ended = binary(Binary::Add, value, &"\n".into()).map_err(in_place)?;
    let lines = collect(&method_call(&ended, "splitlines", &[])?)?;
    let blank = given.truth_or(3, false)?;
    let mut out = String::new();
    if given.truth_or(2, false)? {
        out.push_str(&indention);
    }
    for (index, line) in lines.iter().enumerate() {
        let line = text::str(line)?;
        budget::text(line.len() + indention.len())?;
        if index > 0 {
            out.push('\n');
        }
        if index > 0 && (blank || !line.is_empty()) {
            out.push_str(&indention);
        }
        out.push_str(&line);
        if out.len() > budget::TEXT_CAP {
            budget::text(out.len())?;
        }
    }
    Ok(if Markup::is(value) {
        Markup::safe(out)
    } else {
        out.into()
    })
}

/// The value is extended in place, which shows in the complaint.
fn in_place(error: Error) -> Error {
    match error {
        Error::Raised { class, message } => Error::raised(
            class,
            message.replacen("operand type(s) for +:", "operand type(s) for +=:", 1),
        ),
        other => other,
    }
}

fn truncate(given: &Given<'_>) -> Result<Value, Error> {
    let value = given.value();
    let length = given.get(1).cloned().unwrap_or(Value::Int(255));
    let end = given.get(3).cloned().unwrap_or_else(|| "...".into());
    let leeway = given.some(4).cloned().unwrap_or(Value::Int(5));
    let end_length = Value::from(access::length(&end)?);
    let at_least = |number: &Value, least: &Value, name: &str| {
        if compare(number, Comparison::GreaterOrEqual, least)? {
            return Ok(());
        }
        let message = format!(
            "expected {name} >= {}, got {}",
            text::str(least)?,
            text::str(number)?
        );
        Err(Error::raised("AssertionError", message))
    };
    at_least(&length, &end_length, "length")?;
    at_least(&leeway, &Value::Int(0), "leeway")?;
    let size = Value::from(access::length(value)?);
    let most = number::add(&length, &leeway)?;
    if compare(&size, Comparison::LessOrEqual, &most)? {
        return Ok(value.clone());
    }
    let slice = Slice {
        start: Value::None,
        stop: number::subtract(&length, &end_length)?,
        step: Value::None,
    };
    if let Some(missing) = Missing::of(value) {
        return Err(missing.error());
    }
    let cut = Markup::slice(value, &slice).unwrap_or_else(|| access::slice(value, &slice))?;
    if given.truth_or(2, false)? {
        return binary(Binary::Add, &cut, &end);
    }
    let words = method_call(&cut, "rsplit", &[" ".into(), Value::Int(1)])?;
    binary(Binary::Add, &access::item(&words, &Value::Int(0))?, &end)
}

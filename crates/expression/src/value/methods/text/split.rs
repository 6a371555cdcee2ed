//! Cutting text up and putting it together.

use std::rc::Rc;

use super::super::super::text::character::is_space;
use super::super::super::{Error, Value, access, budget};
use super::super::arguments::{Arguments, index_of, text_of};
use super::{made, receiver};

pub(super) fn split(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let text = receiver(value);
    let (separator, most) = separator_and_count(arguments)?;
    let parts: Vec<Value> = match &separator {
        Some(separator) => text
            .splitn(most.saturating_add(1), &**separator)
            .map(Value::from)
            .collect(),
        None => words(&text, most),
    };
    list(parts)
}

pub(super) fn split_right(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let text = receiver(value);
    let (separator, most) = separator_and_count(arguments)?;
    let mut parts: Vec<Value> = match &separator {
        Some(separator) => text
            .rsplitn(most.saturating_add(1), &**separator)
            .map(Value::from)
            .collect(),
        None => last_words(&text, most),
    };
    parts.reverse();
    list(parts)
}

fn list(parts: Vec<Value>) -> Result<Value, Error> {
    budget::items(parts.len())?;
    Ok(Value::list(parts))
}

fn separator_and_count(arguments: &Arguments<'_>) -> Result<(Option<Rc<str>>, usize), Error> {
    let [separator, most] = arguments.bind(["sep", "maxsplit"])?;
    let separator = match separator {
        None | Some(Value::None) => None,
        Some(separator) => Some(text_of(&separator, |name| {
            format!("must be str or None, not {name}")
        })?),
    };
    if separator.as_deref() == Some("") {
        return Err(Error::value_error("empty separator"));
    }
    let most = most.as_ref().map_or(Ok(-1), index_of)?;
    Ok((separator, usize::try_from(most).unwrap_or(usize::MAX)))
}

fn words(text: &str, most: usize) -> Vec<Value> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        if parts.len() == most {
            parts.push(Value::from(rest));
            break;
        }
        let (word, after) = rest.split_at(rest.find(is_space).unwrap_or(rest.len()));
        parts.push(Value::from(word));
        rest = after.trim_start_matches(is_space);
    }
    parts
}

/// The words from the last to the first.
fn last_words(text: &str, most: usize) -> Vec<Value> {
    let mut parts = Vec::new();
    let mut rest = text.trim_end_matches(is_space);
    while !rest.is_empty() {
        if parts.len() == most {
            parts.push(Value::from(rest));
            break;
        }
        let kept = rest.trim_end_matches(|next| !is_space(next));
        parts.push(Value::from(rest.strip_prefix(kept).unwrap_or_default()));
        rest = kept.trim_end_matches(is_space);
    }
    parts
}

pub(super) fn lines(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let [keep_ends] = arguments.bind(["keepends"])?;
    let keep_ends = keep_ends
        .as_ref()
        .is_some_and(|keep| access::truth(keep).unwrap_or(false));
    let text = receiver(value);
    let mut parts = Vec::new();
    let mut rest = &*text;
    while !rest.is_empty() {
        let end = rest.find(is_line_end).unwrap_or(rest.len());
        let (line, from_end) = rest.split_at(end);
        let width = if from_end.starts_with("\r\n") {
            2
        } else {
            from_end.chars().next().map_or(0, char::len_utf8)
        };
        let (with_end, after) = rest.split_at(end + width);
        parts.push(Value::from(if keep_ends { with_end } else { line }));
        rest = after;
    }
    list(parts)
}

const fn is_line_end(character: char) -> bool {
    matches!(
        character,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

pub(super) fn join(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let items = access::iterate(arguments.one()?).map_err(|error| match error {
        Error::Raised {
            class: "TypeError", ..
        } => Error::type_error("can only join an iterable"),
        other => other,
    })?;
    let separator = receiver(value);
    let mut out = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(&separator);
        }
        let text = text_of(item, |name| {
            format!("sequence item {index}: expected str instance, {name} found")
        })?;
        out.push_str(&text);
        if out.len() > budget::TEXT_CAP {
            budget::text(out.len())?;
        }
    }
    made(out)
}

pub(super) fn partition(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let text = receiver(value);
    let separator = separator(arguments)?;
    Ok(match text.split_once(&*separator) {
        Some((before, after)) => three(before, &separator, after),
        None => three(&text, "", ""),
    })
}

pub(super) fn partition_last(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let text = receiver(value);
    let separator = separator(arguments)?;
    Ok(match text.rsplit_once(&*separator) {
        Some((before, after)) => three(before, &separator, after),
        None => three("", "", &text),
    })
}

fn separator(arguments: &Arguments<'_>) -> Result<Rc<str>, Error> {
    let separator = text_of(arguments.one()?, |name| format!("must be str, not {name}"))?;
    if separator.is_empty() {
        return Err(Error::value_error("empty separator"));
    }
    Ok(separator)
}

fn three(before: &str, separator: &str, after: &str) -> Value {
    Value::tuple(vec![before.into(), separator.into(), after.into()])
}

pub(super) fn remove_prefix(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let text = receiver(value);
    let part = affix(arguments)?;
    made(text.strip_prefix(&*part).unwrap_or(&text).to_owned())
}

pub(super) fn remove_suffix(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let text = receiver(value);
    let part = affix(arguments)?;
    made(text.strip_suffix(&*part).unwrap_or(&text).to_owned())
}

fn affix(arguments: &Arguments<'_>) -> Result<Rc<str>, Error> {
    let method = arguments.method;
    text_of(arguments.one()?, |name| {
        format!("{method}() argument must be str, not {name}")
    })
}

pub(super) fn replace(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let text = receiver(value);
    let (old, new, count) = match arguments.between(2, 3)? {
        [old, new] => (old, new, -1),
        [old, new, count] => (old, new, index_of(count)?),
        _ => return Ok(Value::Str(text)),
    };
    let argument = |value: &Value, place: u8| {
        text_of(value, |name| {
            format!("replace() argument {place} must be str, not {name}")
        })
    };
    let (old, new) = (argument(old, 1)?, argument(new, 2)?);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let found = text.matches(&*old).count().min(count);
    budget::text(text.len().saturating_add(found.saturating_mul(new.len())))?;
    Ok(text.replacen(&*old, &new, count).into())
}

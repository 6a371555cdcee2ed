//! Widths and blanks.

use super::super::super::text::character::is_space;
use super::super::super::{Error, Value, budget};
use super::super::arguments::{Arguments, index_of, text_of};
use super::{made, receiver};

pub(super) fn left(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    padded(value, arguments, |_, _| 0)
}

pub(super) fn right(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    padded(value, arguments, |missing, _| missing)
}

pub(super) fn center(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    // An odd number of fills leaves the one more on the left if the width is odd, too.
    padded(value, arguments, |missing, width| {
        missing / 2 + (missing & width & 1)
    })
}

fn padded(
    value: &Value,
    arguments: &Arguments<'_>,
    before: fn(usize, usize) -> usize,
) -> Result<Value, Error> {
    let (width, fill) = match arguments.between(1, 2)? {
        [width] => (width, ' '),
        [width, fill] => (width, fill_character(fill)?),
        _ => return arguments.none().map(|()| Value::None),
    };
    let text = receiver(value);
    let width = usize::try_from(index_of(width)?).unwrap_or(0);
    let missing = width.saturating_sub(text.chars().count());
    if missing == 0 {
        return Ok(Value::Str(text));
    }
    budget::text(
        text.len()
            .saturating_add(missing.saturating_mul(fill.len_utf8())),
    )?;
    let before = before(missing, width);
    let fills = |count| std::iter::repeat_n(fill, count);
    let out: String = fills(before)
        .chain(text.chars())
        .chain(fills(missing - before))
        .collect();
    Ok(out.into())
}

fn fill_character(value: &Value) -> Result<char, Error> {
    let text = text_of(value, |name| {
        format!("The fill character must be a unicode character, not {name}")
    })?;
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(Error::type_error(
            "The fill character must be exactly one character long",
        )),
    }
}

pub(super) fn zeros(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let text = receiver(value);
    let width = usize::try_from(index_of(arguments.one()?)?).unwrap_or(0);
    let missing = width.saturating_sub(text.chars().count());
    budget::text(text.len().saturating_add(missing))?;
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (text.get(..1).unwrap_or_default(), digits),
        None => ("", &*text),
    };
    made([sign, &"0".repeat(missing), digits].concat())
}

pub(super) fn expand_tabs(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let [size] = arguments.bind(["tabsize"])?;
    let size = usize::try_from(size.as_ref().map_or(Ok(8), index_of)?).unwrap_or(0);
    budget::text(size)?;
    let mut out = String::new();
    let mut column = 0;
    for character in receiver(value).chars() {
        match character {
            '\t' => {
                let missing = if size == 0 { 0 } else { size - column % size };
                out.extend(std::iter::repeat_n(' ', missing));
                column += missing;
                if out.len() > budget::TEXT_CAP {
                    budget::text(out.len())?;
                }
                continue;
            }
            '\n' | '\r' => column = 0,
            _ => column += 1,
        }
        out.push(character);
    }
    made(out)
}

pub(super) fn strip(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    stripped(value, arguments, (true, true))
}

pub(super) fn strip_left(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    stripped(value, arguments, (true, false))
}

pub(super) fn strip_right(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    stripped(value, arguments, (false, true))
}

fn stripped(value: &Value, arguments: &Arguments<'_>, sides: (bool, bool)) -> Result<Value, Error> {
    let set = match arguments.between(0, 1)? {
        [] | [Value::None] => None,
        [set, ..] => Some(text_of(set, |_| {
            format!("{} arg must be None or str", arguments.method)
        })?),
    };
    let goes = |character: char| {
        set.as_ref()
            .map_or_else(|| is_space(character), |set| set.contains(character))
    };
    let text = receiver(value);
    let mut rest = &*text;
    if sides.0 {
        rest = rest.trim_start_matches(goes);
    }
    if sides.1 {
        rest = rest.trim_end_matches(goes);
    }
    made(rest.to_owned())
}

//! `isalpha` and its kin.

use super::super::super::text::character::{self, Property, has};
use super::super::super::{Error, Value};
use super::super::arguments::Arguments;
use super::receiver;

/// Whether there are characters and all of them pass.
fn all(
    value: &Value,
    arguments: &Arguments<'_>,
    test: impl Fn(char) -> bool,
) -> Result<Value, Error> {
    arguments.none()?;
    let text = receiver(value);
    Ok(Value::Bool(!text.is_empty() && text.chars().all(test)))
}

pub(super) fn is_alphabetic(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    all(value, arguments, |next| has(next, Property::Alphabetic))
}

pub(super) fn is_alphanumeric(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    all(value, arguments, |next| {
        has(next, Property::Alphabetic)
            || has(next, Property::Digit)
            || has(next, Property::Numeric)
    })
}

pub(super) fn is_decimal(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    all(value, arguments, |next| has(next, Property::Decimal))
}

pub(super) fn is_digit(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    all(value, arguments, |next| has(next, Property::Digit))
}

pub(super) fn is_numeric(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    all(value, arguments, |next| has(next, Property::Numeric))
}

pub(super) fn is_space(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    all(value, arguments, character::is_space)
}

pub(super) fn is_ascii(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    Ok(Value::Bool(receiver(value).is_ascii()))
}

pub(super) fn is_printable(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    Ok(Value::Bool(
        receiver(value).chars().all(character::is_printable),
    ))
}

pub(super) fn is_identifier(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let text = receiver(value);
    let mut characters = text.chars();
    let starts = characters
        .next()
        .is_some_and(|first| has(first, Property::IdentifierStart));
    let goes_on = characters.all(|next| has(next, Property::IdentifierPart));
    Ok(Value::Bool(starts && goes_on))
}

pub(super) fn is_lower(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    one_case(value, arguments, Property::Lower, Property::Upper)
}

pub(super) fn is_upper(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    one_case(value, arguments, Property::Upper, Property::Lower)
}

fn one_case(
    value: &Value,
    arguments: &Arguments<'_>,
    wanted: Property,
    unwanted: Property,
) -> Result<Value, Error> {
    arguments.none()?;
    let text = receiver(value);
    let some = text.chars().any(|next| has(next, wanted));
    let none = !text
        .chars()
        .any(|next| has(next, unwanted) || has(next, Property::Title));
    Ok(Value::Bool(some && none))
}

pub(super) fn is_title(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let (mut in_word, mut some) = (false, false);
    for next in receiver(value).chars() {
        if has(next, Property::Upper) || has(next, Property::Title) {
            if in_word {
                return Ok(Value::Bool(false));
            }
            (in_word, some) = (true, true);
        } else if has(next, Property::Lower) {
            if !in_word {
                return Ok(Value::Bool(false));
            }
            some = true;
        } else {
            in_word = false;
        }
    }
    Ok(Value::Bool(some))
}

//! Formatting: `template % values`, `template.format(...)` and `format(value, specification)`.

mod digits;
mod fields;
mod number;
mod percent;
mod specification;

use std::rc::Rc;

pub use fields::{Lookups, Shown, fields};
pub use percent::percent;
use specification::{Align, Specification};

use super::{Error, Value, budget, text};

/// `format(value, specification)`.
pub fn value(value: &Value, specification: &str) -> Result<Rc<str>, Error> {
    if specification.is_empty() {
        return text::str(value);
    }
    match value {
        Value::Str(text) => {
            let specification = Specification::parse(specification, value)?;
            padded_text(text, &specification).map(Rc::from)
        }
        Value::Bool(_) | Value::Int(_) | Value::Big(_) | Value::Float(_) => {
            let specification = Specification::parse(specification, value)?;
            number::format(value, &specification).map(Rc::from)
        }
        Value::Object(object) => match object.plain() {
            Some(plain) => self::value(&plain, specification),
            None => Err(no_specification(value)),
        },
        _ => Err(no_specification(value)),
    }
}

fn no_specification(value: &Value) -> Error {
    Error::type_error(format!(
        "unsupported format string passed to {}.__format__",
        value.type_name()
    ))
}

fn padded_text(text: &str, specification: &Specification) -> Result<String, Error> {
    if !matches!(specification.kind, None | Some('s')) {
        return Err(specification.unknown_kind("str"));
    }
    let refused = match specification.sign {
        Some(' ') => Some("Space not allowed in string format specifier"),
        Some(_) => Some("Sign not allowed in string format specifier"),
        None if specification.no_negative_zero => {
            Some("Negative zero coercion (z) not allowed in string format specifier")
        }
        None if specification.alternate => {
            Some("Alternate form (#) not allowed in string format specifier")
        }
        None if specification.align == Some(Align::AfterSign) => {
            Some("'=' alignment not allowed in string format specifier")
        }
        None => None,
    };
    if let Some(refused) = refused {
        return Err(Error::value_error(refused));
    }
    let cut: String = match specification.precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text.to_owned(),
    };
    pad(&cut, specification, Align::Left)
}

/// The text in its width; `usual` is where it stands unless the specification says otherwise.
fn pad(text: &str, specification: &Specification, usual: Align) -> Result<String, Error> {
    let width = specification.width.unwrap_or(0);
    let missing = width.saturating_sub(text.chars().count());
    let fill = specification.fill;
    budget::text(
        text.len()
            .saturating_add(missing.saturating_mul(fill.len_utf8())),
    )?;
    let before = match specification.align.unwrap_or(usual) {
        Align::Left => 0,
        Align::Right | Align::AfterSign => missing,
        Align::Center => missing / 2,
    };
    let fill = |count| std::iter::repeat_n(fill, count);
    Ok(fill(before)
        .chain(text.chars())
        .chain(fill(missing - before))
        .collect())
}

#[cfg(test)]
mod tests;

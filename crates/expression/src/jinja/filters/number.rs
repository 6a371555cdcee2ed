//! Filters on numbers.

use super::Filter;
use super::attribute::Path;
use crate::jinja::ast::Binary;
use crate::jinja::callable::{Callable, Given, integer};
use crate::jinja::iterate::items;
use crate::jinja::operators::binary;
use crate::value::{Error, Key, Value, format, number, text};

pub(super) const FILTERS: &[Filter] = &[
    (
        "abs",
        Callable::one_argument("abs", |given| number::absolute(given.value())),
    ),
    (
        "filesizeformat",
        Callable::new("do_filesizeformat", &["value", "binary?"], file_size),
    ),
    (
        "float",
        Callable::new("do_float", &["value", "default?"], float),
    ),
    (
        "int",
        Callable::new("do_int", &["value", "default?", "base?"], int),
    ),
    (
        "round",
        Callable::new("do_round", &["value", "precision?", "method?"], round),
    ),
    (
        "sum",
        Callable::new("sync_do_sum", &["iterable", "attribute?", "start?"], sum).in_context(),
    ),
];

fn is_refused(error: &Error, classes: &[&str]) -> bool {
    error.class().is_some_and(|class| {
        // A text that cannot be decoded is a `ValueError`, too.
        classes.contains(&class)
            || (class.starts_with("Unicode") && classes.contains(&"ValueError"))
    })
}

fn int(given: &Given<'_>) -> Result<Value, Error> {
    let value = given.value();
    let first = match value.as_text() {
        Some(digits) => given
            .integer_or(2, 10)
            .and_then(|base| in_base(&digits, base)),
        None => number::to_integer(value),
    };
    match first {
        Err(error) if is_refused(&error, &["TypeError", "ValueError"]) => {}
        result => return result,
    }
    // So that "42.23" gives 42.
    let second = number::to_float(value).and_then(|float| number::to_integer(&Value::Float(float)));
    match second {
        Err(error) if is_refused(&error, &["TypeError", "ValueError", "OverflowError"]) => {
            Ok(given.get(1).cloned().unwrap_or(Value::Int(0)))
        }
        result => result,
    }
}

fn in_base(digits: &str, base: i64) -> Result<Value, Error> {
    match u32::try_from(base) {
        Ok(base) if base == 0 || (2..=36).contains(&base) => number::parse_integer(digits, base),
        _ => Err(Error::value_error(
            "int() base must be >= 2 and <= 36, or 0",
        )),
    }
}

fn float(given: &Given<'_>) -> Result<Value, Error> {
    match number::to_float(given.value()) {
        Ok(number) => Ok(Value::Float(number)),
        Err(error) if is_refused(&error, &["TypeError", "ValueError"]) => {
            Ok(given.get(1).cloned().unwrap_or(Value::Float(0.0)))
        }
        Err(error) => Err(error),
    }
}

fn file_size(given: &Given<'_>) -> Result<Value, Error> {
    let bytes = number::to_float(given.value())?;
    let is_binary = given.truth_or(1, false)?;
    let (base, prefixes) = if is_binary {
        (
            1024_f64,
            ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"],
        )
    } else {
        (1000_f64, ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"])
    };
    if (bytes - 1.0).abs() < f64::EPSILON / 2.0 {
        return Ok("1 Byte".into());
    }
    if bytes < base {
        let whole = number::to_integer(&Value::Float(bytes))?;
        return Ok(format!("{} Bytes", text::str(&whole)?).into());
    }
    if bytes.is_nan() {
        return Ok(format!("nan {}", prefixes.last().unwrap_or(&"")).into());
    }
    let mut unit = base;
    for (index, prefix) in prefixes.iter().enumerate() {
        unit *= base;
        if bytes < unit || index + 1 == prefixes.len() {
            let shown = format::value(&Value::Float(base * bytes / unit), ".1f")?;
            return Ok(format!("{shown} {prefix}").into());
        }
    }
    Ok(Value::None)
}

fn round(given: &Given<'_>) -> Result<Value, Error> {
    let method = match given.get(2) {
        None => "common".into(),
        // Membership in a set hashes the method.
        Some(method) => match Key::new(method.clone())?.as_text() {
            Some(method) if ["common", "ceil", "floor"].contains(&&*method) => method,
            _ => {
                let message = "method must be common, ceil or floor";
                return Err(Error::raised("FilterArgumentError", message));
            }
        },
    };
    let value = given.value();
    let precision = given.get(1).cloned().unwrap_or(Value::Int(0));
    if *method == *"common" {
        // What cannot be rounded at all is refused first.
        let rounded = number::round(value, None);
        return match &precision {
            Value::None => rounded,
            _ if matches!(&rounded, Err(error) if error.class() == Some("TypeError")) => rounded,
            digits => number::round(value, Some(integer(digits)?)),
        };
    }
    let ten = number::power(&Value::Int(10), &precision)?;
    let scaled = binary(Binary::Multiply, value, &ten)?;
    let whole = match &scaled {
        Value::Float(scaled) => {
            let whole = if *method == *"ceil" {
                scaled.ceil()
            } else {
                scaled.floor()
            };
            number::to_integer(&Value::Float(whole))?
        }
        Value::Bool(_) | Value::Int(_) | Value::Big(_) => number::to_integer(&scaled)?,
        other => {
            let message = format!("must be real number, not {}", other.type_name());
            return Err(Error::type_error(message));
        }
    };
    number::true_divide(&whole, &ten)
}

fn sum(given: &Given<'_>) -> Result<Value, Error> {
    let path = Path::new(&given.context()?.runtime, given.some(1))?;
    let mut rest = items(given.value())?;
    let mut total = given.get(2).cloned().unwrap_or(Value::Int(0));
    if total.as_text().is_some() {
        return Err(Error::type_error(
            "sum() can't sum strings [use ''.join(seq) instead]",
        ));
    }
    if matches!(total, Value::Bytes(_)) {
        return Err(Error::type_error(
            "sum() can't sum bytes [use b''.join(seq) instead]",
        ));
    }
    while let Some(item) = rest.next()? {
        total = binary(Binary::Add, &total, &path.get(&item)?)?;
    }
    Ok(total)
}

//! Reading numbers from text, as `int(text)` and `float(text)` do.

use num_bigint::BigInt;
use num_traits::Num as _;

use super::super::text::character::{decimal, is_space};
use super::super::{Error, Value, budget, text};

/// More decimal digits than this are refused, as Python does, because reading them takes quadratic time.
pub(crate) const MOST_DIGITS: usize = 4300;

/// `int(text, base)`.
pub fn integer(text: &str, base: u32) -> Result<Value, Error> {
    if base == 1 || base > 36 {
        return Err(Error::value_error(
            "int() base must be >= 2 and <= 36, or 0",
        ));
    }
    let plain = ascii(text);
    let (negative, digits) = split_sign(plain.trim_matches(is_space));
    let Some((radix, digits)) = split_radix(digits, base).and_then(|(radix, digits)| {
        without_underscores(digits, radix).map(|digits| (radix, digits))
    }) else {
        return Err(invalid(text, base)?);
    };
    if !radix.is_power_of_two() && digits.len() > MOST_DIGITS {
        return Err(Error::value_error(format!(
            "Exceeds the limit ({MOST_DIGITS} digits) for integer string conversion: value has {} digits; use sys.set_int_max_str_digits() to increase the limit",
            digits.len()
        )));
    }
    budget::text(digits.len())?;
    if let Ok(small) = i64::from_str_radix(&digits, radix) {
        return Ok(Value::Int(if negative { -small } else { small }));
    }
    match BigInt::from_str_radix(&digits, radix) {
        Ok(number) => super::big(if negative { -number } else { number }),
        Err(_) => Err(invalid(text, base)?),
    }
}

/// `float(text)`.
pub fn float(text: &str) -> Result<f64, Error> {
    let plain = ascii(text);
    let trimmed = plain.trim_matches(is_space);
    let (negative, rest) = split_sign(trimmed);
    let number = match rest.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => Some(f64::INFINITY),
        "nan" => Some(f64::NAN),
        _ => without_float_underscores(rest).and_then(|digits| digits.parse().ok()),
    };
    match number {
        Some(number) => Ok(if negative { -number } else { number }),
        None => Err(Error::value_error(format!(
            "could not convert string to float: {}",
            text::repr(&Value::from(text))?
        ))),
    }
}

fn invalid(text: &str, base: u32) -> Result<Error, Error> {
    let shown = text::repr(&Value::from(text))?;
    let shown: String = shown.chars().take(200).collect();
    Ok(Error::value_error(format!(
        "invalid literal for int() with base {base}: {shown}"
    )))
}

/// The text with the decimal digits of all scripts as `0` to `9`.
fn ascii(text: &str) -> String {
    text.chars()
        .map(|character| {
            decimal(character)
                .and_then(|digit| char::from_digit(digit, 10))
                .unwrap_or(character)
        })
        .collect()
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// The radix that `base` and a prefix such as `0x` agree on, and what follows the prefix.
fn split_radix(text: &str, base: u32) -> Option<(u32, &str)> {
    let prefixed = [
        ("0x", 16),
        ("0X", 16),
        ("0o", 8),
        ("0O", 8),
        ("0b", 2),
        ("0B", 2),
    ]
    .into_iter()
    .filter(|(_, radix)| base == 0 || base == *radix)
    .find_map(|(prefix, radix)| Some((radix, text.strip_prefix(prefix)?)));
    match (prefixed, base) {
        // One underscore may follow the prefix.
        (Some((radix, rest)), _) => Some((radix, rest.strip_prefix('_').unwrap_or(rest))),
        (None, 0) => {
            let zero = text.bytes().all(|byte| matches!(byte, b'0' | b'_'));
            (zero || !text.starts_with('0')).then_some((10, text))
        }
        (None, _) => Some((base, text)),
    }
}

/// The digits, if single underscores stand between digits only.
fn without_underscores(text: &str, radix: u32) -> Option<String> {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(|byte| char::from(*byte).is_digit(radix));
    let bytes = text.as_bytes();
    let fine = bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'_' => {
            is_digit(at.checked_sub(1).and_then(|before| bytes.get(before)))
                && is_digit(bytes.get(at + 1))
        }
        byte => is_digit(Some(byte)),
    });
    (fine && !text.is_empty()).then(|| text.replace('_', ""))
}

fn without_float_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let fine = bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'_' => {
            is_digit(at.checked_sub(1).and_then(|before| bytes.get(before)))
                && is_digit(bytes.get(at + 1))
        }
        // Rust would also read a second sign, and names that were handled before.
        b'+' | b'-' => at > 0 && matches!(bytes.get(at - 1), Some(b'e' | b'E')),
        byte => byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E'),
    });
    fine.then(|| text.replace('_', ""))
}

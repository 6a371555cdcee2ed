//! Number literals.

use super::super::{Error, Value, number};
use super::scan::{Scanner, starts_name};

/// Reads the number that begins here.
pub(super) fn read(scanner: &mut Scanner<'_>) -> Result<Value, Error> {
    let start = scanner.rest();
    if start.starts_with("...") {
        return Err(scanner.malformed());
    }
    let radix = match start.get(..2) {
        Some("0x" | "0X") => Some((16, "hexadecimal")),
        Some("0o" | "0O") => Some((8, "octal")),
        Some("0b" | "0B") => Some((2, "binary")),
        _ => None,
    };
    if let Some((radix, name)) = radix {
        return with_radix(scanner, radix, name);
    }
    let is_float = decimal(scanner)?;
    let text = read_since(start, scanner);
    if scanner
        .next_character()
        .is_some_and(|next| matches!(next, 'j' | 'J'))
    {
        return Err(Error::value_error("complex numbers are not supported"));
    }
    if scanner.next_character().is_some_and(starts_name) {
        return Err(scanner.syntax("invalid decimal literal"));
    }
    if is_float {
        return number::parse_float(text).map(Value::Float);
    }
    let digits = text.trim_start_matches(['0', '_']);
    if text.starts_with('0') && !digits.is_empty() {
        return Err(scanner.syntax(
            "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
        ));
    }
    number::parse_integer(text, 10).map_err(|error| match error {
        Error::Raised { message, .. } => scanner.syntax(&message),
        other => other,
    })
}

fn read_since<'a>(start: &'a str, scanner: &Scanner<'_>) -> &'a str {
    start
        .get(..start.len() - scanner.rest().len())
        .unwrap_or_default()
}

fn with_radix(scanner: &mut Scanner<'_>, radix: u32, name: &str) -> Result<Value, Error> {
    let start = scanner.rest();
    scanner.bump();
    scanner.bump();
    scanner.take_now('_');
    let invalid = format!("invalid {name} literal");
    if !digits(scanner, radix)? || scanner.next_character().is_some_and(char::is_alphanumeric) {
        return Err(scanner.syntax(&invalid));
    }
    number::parse_integer(read_since(start, scanner), radix)
}

/// Goes over a decimal number; tells whether it is a float.
fn decimal(scanner: &mut Scanner<'_>) -> Result<bool, Error> {
    let whole = digits(scanner, 10)?;
    let mut is_float = false;
    if scanner.take_now('.') {
        is_float = true;
        let fraction = digits(scanner, 10)?;
        if !whole && !fraction {
            return Err(scanner.syntax("invalid syntax"));
        }
    }
    let mut ahead = scanner.clone();
    if ahead.take_now('e') || ahead.take_now('E') {
        let _signed = ahead.take_now('+') || ahead.take_now('-');
        if !digits(&mut ahead, 10)? {
            return Err(scanner.syntax("invalid decimal literal"));
        }
        *scanner = ahead;
        is_float = true;
    }
    Ok(is_float)
}

/// Goes over digits with single underscores between them; tells whether there are any.
fn digits(scanner: &mut Scanner<'_>, radix: u32) -> Result<bool, Error> {
    let mut some = false;
    loop {
        while scanner
            .next_character()
            .is_some_and(|next| next.is_digit(radix))
        {
            scanner.bump();
            some = true;
        }
        if !some || !scanner.take_now('_') {
            return Ok(some);
        }
        if !scanner
            .next_character()
            .is_some_and(|next| next.is_digit(radix))
        {
            return Err(scanner.syntax("invalid decimal literal"));
        }
    }
}

//! Text and bytes literals.

use super::super::{Error, Value, budget};
use super::scan::Scanner;

/// What stands before the opening quote.
#[derive(Clone, Copy, Default)]
struct Prefix {
    raw: bool,
    bytes: bool,
    formatted: bool,
}

/// Whether a literal with a prefix begins here.
pub(super) fn starts_here(scanner: &Scanner<'_>) -> bool {
    prefix(scanner.rest()).is_some()
}

/// Reads a literal, and those that follow it without an operator.
pub(super) fn read(scanner: &mut Scanner<'_>) -> Result<Value, Error> {
    let mut text = String::new();
    let mut bytes = None;
    while let Some((length, prefix)) = next_prefix(scanner) {
        for _ in 0..length {
            scanner.bump();
        }
        if prefix.formatted {
            return Err(scanner.malformed());
        }
        if *bytes.get_or_insert(prefix.bytes) != prefix.bytes {
            return Err(scanner.syntax("cannot mix bytes and nonbytes literals"));
        }
        one(scanner, prefix, &mut text)?;
        budget::text(text.len())?;
    }
    if bytes == Some(true) {
        let bytes: Vec<u8> = text
            .chars()
            .filter_map(|character| u8::try_from(u32::from(character)).ok())
            .collect();
        return Ok(Value::bytes(bytes));
    }
    Ok(text.into())
}

fn next_prefix(scanner: &mut Scanner<'_>) -> Option<(usize, Prefix)> {
    scanner.skip_blanks(false);
    prefix(scanner.rest())
}

/// How many characters of prefix stand before a quote, and what they say.
fn prefix(text: &str) -> Option<(usize, Prefix)> {
    let letters = text.find(['"', '\''])?;
    let prefix = match text.get(..letters)?.to_ascii_lowercase().as_str() {
        "" | "u" => Prefix::default(),
        "r" => Prefix {
            raw: true,
            ..Prefix::default()
        },
        "b" => Prefix {
            bytes: true,
            ..Prefix::default()
        },
        "br" | "rb" => Prefix {
            raw: true,
            bytes: true,
            ..Prefix::default()
        },
        "f" | "fr" | "rf" => Prefix {
            formatted: true,
            ..Prefix::default()
        },
        _ => return None,
    };
    Some((letters, prefix))
}

/// Appends one literal whose prefix was read.
fn one(scanner: &mut Scanner<'_>, prefix: Prefix, out: &mut String) -> Result<(), Error> {
    let opening = scanner.clone();
    let quote = scanner.bump().unwrap_or('"');
    let triple = [quote, quote, quote].iter().collect::<String>();
    let is_triple = opening.rest().starts_with(&triple);
    if is_triple {
        scanner.bump();
        scanner.bump();
    }
    loop {
        if is_triple && scanner.rest().starts_with(&triple) {
            for _ in 0..3 {
                scanner.bump();
            }
            return Ok(());
        }
        match scanner.bump() {
            Some(end) if end == quote && !is_triple => return Ok(()),
            None if is_triple => {
                return Err(opening.syntax("unterminated triple-quoted string literal"));
            }
            None => return Err(opening.syntax("unterminated string literal (detected at line 1)")),
            Some('\n') if !is_triple => {
                return Err(opening.syntax("unterminated string literal (detected at line 1)"));
            }
            Some('\\') if prefix.raw => {
                out.push('\\');
                // A quote after a backslash does not end raw text.
                out.extend(scanner.bump());
            }
            Some('\\') => escape(scanner, prefix, out)?,
            Some(character) if prefix.bytes && !character.is_ascii() => {
                return Err(scanner.syntax("bytes can only contain ASCII literal characters"));
            }
            Some(character) => out.push(character),
        }
    }
}

/// Appends what an escape sequence means; its backslash was read.
fn escape(scanner: &mut Scanner<'_>, prefix: Prefix, out: &mut String) -> Result<(), Error> {
    let Some(kind) = scanner.bump() else {
        return Err(scanner.syntax("unterminated string literal (detected at line 1)"));
    };
    let meant = match kind {
        '\n' => return Ok(()),
        '\\' | '\'' | '"' => kind,
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '0'..='7' => octal(scanner, kind, prefix)?,
        'x' => code(scanner, 2, "\\xXX")?,
        'u' if !prefix.bytes => code(scanner, 4, "\\uXXXX")?,
        'U' if !prefix.bytes => code(scanner, 8, "\\UXXXXXXXX")?,
        'N' if !prefix.bytes => {
            return Err(scanner.syntax("characters by name are not supported"));
        }
        other => {
            out.push('\\');
            other
        }
    };
    if prefix.bytes && !kind.is_ascii() {
        return Err(scanner.syntax("bytes can only contain ASCII literal characters"));
    }
    out.push(meant);
    Ok(())
}

fn octal(scanner: &mut Scanner<'_>, first: char, prefix: Prefix) -> Result<char, Error> {
    let mut number = first.to_digit(8).unwrap_or_default();
    for _ in 0..2 {
        let Some(digit) = scanner.next_character().and_then(|next| next.to_digit(8)) else {
            break;
        };
        scanner.bump();
        number = number * 8 + digit;
    }
    let number = if prefix.bytes { number & 0xff } else { number };
    char::from_u32(number).ok_or_else(|| scanner.syntax("illegal character"))
}

fn code(scanner: &mut Scanner<'_>, length: usize, form: &str) -> Result<char, Error> {
    let mut number = 0_u32;
    for _ in 0..length {
        let digit = scanner.next_character().and_then(|next| next.to_digit(16));
        let Some(digit) = digit else {
            return Err(scanner.syntax(&format!("truncated {form} escape")));
        };
        scanner.bump();
        number = number.wrapping_mul(16).wrapping_add(digit);
    }
    char::from_u32(number).ok_or_else(|| {
        // Python's text may hold half a surrogate pair; ours may not.
        scanner.syntax("illegal Unicode character")
    })
}

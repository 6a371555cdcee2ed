//! The small language of format specifications: `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.

use std::iter::Peekable;
use std::str::Chars;

use super::super::text::character::decimal;
use super::super::{Error, Value};

/// Where a value stands in its width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
    Center,
    /// The fill goes between the sign and the digits.
    AfterSign,
}

/// A format specification, read.
#[derive(Debug, Clone)]
pub(super) struct Specification {
    pub(super) fill: char,
    pub(super) align: Option<Align>,
    /// `+`, `-` or a blank.
    pub(super) sign: Option<char>,
    pub(super) no_negative_zero: bool,
    pub(super) alternate: bool,
    pub(super) width: Option<usize>,
    /// `,` or `_`.
    pub(super) separator: Option<char>,
    pub(super) precision: Option<usize>,
    pub(super) kind: Option<char>,
}

impl Specification {
    /// Reads the specification of how to write `value`.
    pub(super) fn parse(text: &str, value: &Value) -> Result<Self, Error> {
        let mut rest = text.chars().peekable();
        let mut read = Self::with_alignment(&mut rest);
        read.sign = rest.next_if(|next| matches!(next, '+' | '-' | ' '));
        read.no_negative_zero = rest.next_if_eq(&'z').is_some();
        read.alternate = rest.next_if_eq(&'#').is_some();
        let has_fill = read.fill != '\0';
        if !has_fill {
            read.fill = ' ';
            if rest.next_if_eq(&'0').is_some() {
                read.fill = '0';
                if read.align.is_none() && !matches!(value, Value::Str(_)) {
                    read.align = Some(Align::AfterSign);
                }
            }
        }
        read.width = count(&mut rest)?;
        read.separator = separator(&mut rest)?;
        if rest.next_if_eq(&'.').is_some() {
            let precision = count(&mut rest)?;
            read.precision = Some(
                precision
                    .ok_or_else(|| Error::value_error("Format specifier missing precision"))?,
            );
        }
        read.kind = rest.next();
        if rest.next().is_some() {
            return Err(Error::value_error(format!(
                "Invalid format specifier '{text}' for object of type '{}'",
                value.type_name()
            )));
        }
        let usual = matches!(value, Value::Str(_)).then_some('s');
        read.check_separator(read.kind.or(usual))?;
        Ok(read)
    }

    /// Reads fill and alignment; the fill is NUL if there is none.
    fn with_alignment(rest: &mut Peekable<Chars<'_>>) -> Self {
        let mut ahead = rest.clone();
        let (first, second) = (ahead.next(), ahead.next());
        let (fill, align) = match (first, second.and_then(alignment), first.and_then(alignment)) {
            (Some(fill), Some(align), _) => {
                *rest = ahead;
                (fill, Some(align))
            }
            (_, None, Some(align)) => {
                rest.next();
                ('\0', Some(align))
            }
            _ => ('\0', None),
        };
        Self {
            fill,
            align,
            sign: None,
            no_negative_zero: false,
            alternate: false,
            width: None,
            separator: None,
            precision: None,
            kind: None,
        }
    }

    fn check_separator(&self, kind: Option<char>) -> Result<(), Error> {
        let (Some(separator), Some(kind)) = (self.separator, kind) else {
            return Ok(());
        };
        match kind {
            'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' => Ok(()),
            'b' | 'o' | 'x' | 'X' if separator == '_' => Ok(()),
            _ => Err(Error::value_error(format!(
                "Cannot specify '{separator}' with '{kind}'."
            ))),
        }
    }

    /// The error about a type letter that does not go with the value.
    pub(super) fn unknown_kind(&self, type_name: &str) -> Error {
        let kind = self.kind.unwrap_or('s');
        let shown = if kind > ' ' && kind < '\u{80}' {
            kind.to_string()
        } else {
            format!("\\x{:x}", u32::from(kind))
        };
        Error::value_error(format!(
            "Unknown format code '{shown}' for object of type '{type_name}'"
        ))
    }
}

const fn alignment(character: char) -> Option<Align> {
    match character {
        '<' => Some(Align::Left),
        '>' => Some(Align::Right),
        '^' => Some(Align::Center),
        '=' => Some(Align::AfterSign),
        _ => None,
    }
}

fn separator(rest: &mut Peekable<Chars<'_>>) -> Result<Option<char>, Error> {
    let first = rest.next_if(|next| matches!(next, ',' | '_'));
    match (first, rest.peek()) {
        (Some(','), Some('_')) | (Some('_'), Some(',')) => {
            Err(Error::value_error("Cannot specify both ',' and '_'."))
        }
        (Some(','), Some(',')) => Err(Error::value_error("Cannot specify ',' with ','.")),
        (Some('_'), Some('_')) => Err(Error::value_error("Cannot specify '_' with '_'.")),
        _ => Ok(first),
    }
}

/// A decimal number, if one is there.
fn count(rest: &mut Peekable<Chars<'_>>) -> Result<Option<usize>, Error> {
    let mut total: Option<usize> = None;
    while let Some(digit) = rest.peek().copied().and_then(decimal) {
        rest.next();
        total = Some(
            total
                .unwrap_or(0)
                .checked_mul(10)
                .and_then(|total| total.checked_add(digit as usize))
                .filter(|total| i64::try_from(*total).is_ok())
                .ok_or_else(|| Error::value_error("Too many decimal digits in format string"))?,
        );
    }
    Ok(total)
}

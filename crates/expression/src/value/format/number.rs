//! Numbers by a format specification.

use num_bigint::BigInt;
use num_traits::Signed as _;

use super::super::number::to_float;
use super::super::{Error, Value, text};
use super::digits::{Style, digits, shortest};
use super::pad;
use super::specification::{Align, Specification};

/// A number as it will be written, in parts.
struct Parts {
    negative: bool,
    /// `0x` and its kin.
    prefix: &'static str,
    /// The digits before the point; groups are made of these.
    whole: String,
    /// The point, what follows it, and the exponent.
    rest: String,
    group: usize,
}

/// A number by a specification.
pub(super) fn format(value: &Value, specification: &Specification) -> Result<String, Error> {
    match (value, specification.kind) {
        (Value::Float(number), _) => float(*number, specification, value),
        (_, Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%')) => {
            float(to_float(value)?, specification, value)
        }
        _ => integer(value, specification),
    }
}

fn integer(value: &Value, specification: &Specification) -> Result<String, Error> {
    if !matches!(
        specification.kind,
        None | Some('d' | 'n' | 'b' | 'o' | 'x' | 'X' | 'c')
    ) {
        return Err(specification.unknown_kind(value.type_name()));
    }
    if specification.precision.is_some() {
        return Err(Error::value_error(
            "Precision not allowed in integer format specifier",
        ));
    }
    if specification.no_negative_zero {
        return Err(Error::value_error(
            "Negative zero coercion (z) not allowed in integer format specifier",
        ));
    }
    let number = big(value);
    let (radix, prefix, group) = match specification.kind {
        Some('b') => (2, "0b", 4),
        Some('o') => (8, "0o", 4),
        Some('x') => (16, "0x", 4),
        Some('X') => (16, "0X", 4),
        Some('c') => return character(value, specification),
        _ => (10, "", 3),
    };
    let whole = if radix == 10 {
        text::repr(&Value::integer(number.abs()))?
    } else {
        number.abs().to_str_radix(radix)
    };
    let upper = specification.kind == Some('X');
    let parts = Parts {
        negative: number.is_negative(),
        prefix: if specification.alternate { prefix } else { "" },
        whole: if upper { whole.to_uppercase() } else { whole },
        rest: String::new(),
        group,
    };
    parts.write(specification)
}

fn character(value: &Value, specification: &Specification) -> Result<String, Error> {
    if specification.sign.is_some() {
        return Err(Error::value_error(
            "Sign not allowed with integer format specifier 'c'",
        ));
    }
    if specification.alternate {
        return Err(Error::value_error(
            "Alternate form (#) not allowed with integer format specifier 'c'",
        ));
    }
    if matches!(value, Value::Big(_)) {
        return Err(Error::overflow("Python int too large to convert to C long"));
    }
    let character = super::percent::character(value)?;
    pad(&character, specification, Align::Right)
}

fn float(number: f64, specification: &Specification, value: &Value) -> Result<String, Error> {
    let kind = specification.kind;
    let (style, usual) = match kind {
        None => (Style::GeneralFloat, specification.precision),
        Some('e' | 'E') => (Style::Exponent, Some(6)),
        Some('f' | 'F' | '%') => (Style::Fixed, Some(6)),
        Some('g' | 'G' | 'n') => (Style::General, Some(6)),
        Some(_) => return Err(specification.unknown_kind(value.type_name())),
    };
    let number = if kind == Some('%') {
        number * 100.0
    } else {
        number
    };
    let mut written = match specification.precision.or(usual) {
        _ if number.is_nan() => "nan".to_owned(),
        _ if number.is_infinite() => "inf".to_owned(),
        Some(precision) if precision > 0x7fff_ffff => {
            return Err(Error::value_error("precision too big"));
        }
        Some(precision) => digits(number.abs(), style, precision, specification.alternate)?,
        None => shortest(number.abs()),
    };
    if matches!(kind, Some('E' | 'F' | 'G')) {
        written = written.to_uppercase();
    }
    if kind == Some('%') {
        written.push('%');
    }
    let is_zero = !written.bytes().any(|byte| matches!(byte, b'1'..=b'9')) && number.is_finite();
    let negative = number.is_sign_negative() && !number.is_nan();
    let split = written
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(written.len());
    let (whole, rest) = written.split_at(split);
    Parts {
        negative: negative && !(specification.no_negative_zero && is_zero),
        prefix: "",
        whole: whole.to_owned(),
        rest: rest.to_owned(),
        group: 3,
    }
    .write(specification)
}

impl Parts {
    fn write(self, specification: &Specification) -> Result<String, Error> {
        let sign = match specification.sign {
            _ if self.negative => "-",
            Some('+') => "+",
            Some(' ') => " ",
            _ => "",
        };
        let lead = format!("{sign}{}", self.prefix);
        let width = specification.width.unwrap_or(0);
        super::budget::text(width)?;
        let zeros = specification.fill == '0' && specification.align == Some(Align::AfterSign);
        let room = width.saturating_sub(lead.len() + self.rest.len());
        let whole = self.grouped(specification.separator, if zeros { room } else { 0 });
        let text = format!("{whole}{}", self.rest);
        if specification.align == Some(Align::AfterSign) {
            let inner = Specification {
                width: Some(width.saturating_sub(lead.len())),
                ..specification.clone()
            };
            return Ok(format!("{lead}{}", pad(&text, &inner, Align::Right)?));
        }
        pad(&format!("{lead}{text}"), specification, Align::Right)
    }

    /// The whole digits in groups, with zeros before them until they fill `room`.
    fn grouped(&self, separator: Option<char>, room: usize) -> String {
        let Some(separator) = separator else {
            return self.whole.clone();
        };
        // What has no digits, such as `nan`, has no groups either.
        if self.whole.is_empty() {
            return String::new();
        }
        let mut backwards = String::new();
        let mut digits = self.whole.bytes().rev();
        let mut count = 0;
        loop {
            let digit = digits.next();
            let separated = count > 0 && count % self.group == 0;
            let done = digit.is_none() && backwards.len() + usize::from(separated) >= room.max(1);
            if done && (backwards.len() >= room || !separated) {
                break;
            }
            if separated {
                backwards.push(separator);
            }
            backwards.push(char::from(digit.unwrap_or(b'0')));
            count += 1;
        }
        backwards.chars().rev().collect()
    }
}

fn big(value: &Value) -> BigInt {
    match value {
        Value::Bool(flag) => BigInt::from(u8::from(*flag)),
        Value::Int(number) => BigInt::from(*number),
        Value::Big(number) => (**number).clone(),
        _ => BigInt::default(),
    }
}

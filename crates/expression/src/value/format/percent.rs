//! `template % values`.

use std::iter::Peekable;
use std::rc::Rc;
use std::str::Chars;

use num_traits::Signed as _;

use super::super::number::{to_float, to_integer};
use super::super::{Error, Value, access, budget, text};
use super::specification::{Align, Specification};
use super::{number, pad};

/// `template % values`: a tuple gives the values in order, a mapping gives them by name, anything else is the one value.
pub fn percent(template: &str, values: &Value) -> Result<String, Error> {
    let mut run = Run {
        rest: template.chars().peekable(),
        length: template.chars().count(),
        values: Values::new(values),
        out: String::new(),
    };
    while let Some(character) = run.rest.next() {
        match character {
            '%' => run.conversion()?,
            _ => run.out.push(character),
        }
        if run.out.len() > budget::TEXT_CAP {
            budget::text(run.out.len())?;
        }
    }
    run.values.finish()?;
    budget::text(run.out.len())?;
    Ok(run.out)
}

/// The one character of `%c`.
pub(super) fn character(value: &Value) -> Result<String, Error> {
    let code = match value {
        Value::Str(text) if text.chars().count() == 1 => return Ok(text.to_string()),
        Value::Bool(flag) => Some(u32::from(*flag)),
        Value::Int(code) => u32::try_from(*code).ok(),
        Value::Big(_) => None,
        _ => return Err(Error::type_error("%c requires int or char")),
    };
    match code {
        Some(code) if code < 0x11_0000 => char::from_u32(code)
            .map(String::from)
            .ok_or_else(|| Error::value_error("surrogates are not supported")),
        _ => Err(Error::overflow("%c arg not in range(0x110000)")),
    }
}

struct Run<'a> {
    rest: Peekable<Chars<'a>>,
    length: usize,
    values: Values,
    out: String,
}

struct Values {
    all: Value,
    /// The values in order that are left.
    left: std::vec::IntoIter<Value>,
    is_mapping: bool,
}

#[derive(Default)]
struct Flags {
    left: bool,
    sign: Option<char>,
    alternate: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

impl Values {
    fn new(values: &Value) -> Self {
        let plain = values.plain();
        let left = match &plain {
            Value::Tuple(items) => items.to_vec(),
            _ => vec![values.clone()],
        };
        let has_items = matches!(
            plain,
            Value::Dict(_) | Value::List(_) | Value::Bytes(_) | Value::Object(_)
        );
        Self {
            all: values.clone(),
            left: left.into_iter(),
            is_mapping: has_items,
        }
    }

    fn next(&mut self) -> Result<Value, Error> {
        self.left
            .next()
            .ok_or_else(|| Error::type_error("not enough arguments for format string"))
    }

    fn named(&mut self, name: &str) -> Result<(), Error> {
        let value = access::item(&self.all, &Value::from(name))?;
        self.left = vec![value].into_iter();
        Ok(())
    }

    fn finish(&self) -> Result<(), Error> {
        if self.left.len() > 0 && !self.is_mapping {
            return Err(Error::type_error(
                "not all arguments converted during string formatting",
            ));
        }
        Ok(())
    }
}

impl Run<'_> {
    fn conversion(&mut self) -> Result<(), Error> {
        if self.rest.next_if_eq(&'%').is_some() {
            self.out.push('%');
            return Ok(());
        }
        if self.rest.next_if_eq(&'(').is_some() {
            let name = self.name()?;
            self.values.named(&name)?;
        }
        let flags = self.flags()?;
        self.rest.next_if(|next| matches!(next, 'h' | 'l' | 'L'));
        let position = self.length - self.rest.clone().count();
        let kind = self
            .rest
            .next()
            .ok_or_else(|| Error::value_error("incomplete format"))?;
        let value = self.values.next()?;
        let written = write(kind, &flags, &value)?.ok_or_else(|| {
            Error::value_error(format!(
                "unsupported format character '{}' (0x{:x}) at index {position}",
                if kind.is_ascii() { kind } else { '?' },
                u32::from(kind)
            ))
        })?;
        self.out.push_str(&written);
        Ok(())
    }

    fn name(&mut self) -> Result<String, Error> {
        if !self.values.is_mapping {
            return Err(Error::type_error("format requires a mapping"));
        }
        let mut name = String::new();
        let mut open = 1;
        for character in self.rest.by_ref() {
            match character {
                '(' => open += 1,
                ')' => open -= 1,
                _ => {}
            }
            if open == 0 {
                return Ok(name);
            }
            name.push(character);
        }
        Err(Error::value_error("incomplete format key"))
    }

    fn flags(&mut self) -> Result<Flags, Error> {
        let mut flags = Flags::default();
        while let Some(flag) = self
            .rest
            .next_if(|next| matches!(next, '-' | '+' | ' ' | '#' | '0'))
        {
            match flag {
                '-' => flags.left = true,
                '+' => flags.sign = Some('+'),
                ' ' if flags.sign.is_none() => flags.sign = Some(' '),
                '#' => flags.alternate = true,
                '0' => flags.zero = true,
                _ => {}
            }
        }
        let width = self.count("width too big")?;
        flags.left |= width.is_some_and(|width| width < 0);
        flags.width =
            width.map(|width| usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX));
        if self.rest.next_if_eq(&'.').is_some() {
            let precision = self.count("precision too big")?.unwrap_or(0);
            flags.precision = Some(usize::try_from(precision).unwrap_or(0));
        }
        budget::text(flags.width.unwrap_or(0))?;
        Ok(flags)
    }

    fn count(&mut self, too_big: &'static str) -> Result<Option<i64>, Error> {
        if self.rest.next_if_eq(&'*').is_some() {
            return match self.values.next()? {
                Value::Int(count) => Ok(Some(count)),
                Value::Bool(flag) => Ok(Some(flag.into())),
                Value::Big(_) => Err(Error::overflow(
                    "Python int too large to convert to C ssize_t",
                )),
                _ => Err(Error::type_error("* wants int")),
            };
        }
        let mut total: Option<i64> = None;
        while let Some(digit) = self.rest.peek().and_then(|next| next.to_digit(10)) {
            self.rest.next();
            let grown = total.unwrap_or(0).checked_mul(10);
            total = Some(
                grown
                    .and_then(|grown| grown.checked_add(digit.into()))
                    .ok_or_else(|| Error::value_error(too_big))?,
            );
        }
        Ok(total)
    }
}

impl Flags {
    fn specification(&self, is_number: bool) -> Specification {
        let zeros = self.zero && is_number;
        let align = match (self.left, zeros) {
            (true, _) => Align::Left,
            (false, true) => Align::AfterSign,
            (false, false) => Align::Right,
        };
        Specification {
            fill: if zeros && !self.left { '0' } else { ' ' },
            align: Some(align),
            sign: if is_number { self.sign } else { None },
            no_negative_zero: false,
            alternate: self.alternate,
            width: self.width,
            separator: None,
            precision: self.precision,
            kind: None,
        }
    }
}

/// The value by a conversion type; nothing if there is no such type.
fn write(kind: char, flags: &Flags, value: &Value) -> Result<Option<String>, Error> {
    let text: Rc<str> = match kind {
        's' => text::str(value)?,
        'r' => text::repr(value)?.into(),
        'a' => text::ascii(value)?.into(),
        'c' => character(&value.plain())?.into(),
        'd' | 'i' | 'u' | 'x' | 'X' | 'o' => return integer(kind, flags, value).map(Some),
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => return float(kind, flags, value).map(Some),
        _ => return Ok(None),
    };
    let cut: String = match flags.precision {
        Some(precision) if kind != 'c' => text.chars().take(precision).collect(),
        _ => text.to_string(),
    };
    pad(&cut, &flags.specification(false), Align::Right).map(Some)
}

fn float(kind: char, flags: &Flags, value: &Value) -> Result<String, Error> {
    let number = match value.plain() {
        Value::Str(_) | Value::Bytes(_) => Err(()),
        plain => Ok(to_float(&plain)),
    };
    let number = match number {
        Ok(Err(Error::Raised {
            class: "TypeError", ..
        }))
        | Err(()) => {
            return Err(Error::type_error(format!(
                "must be real number, not {}",
                value.type_name()
            )));
        }
        Ok(number) => number?,
    };
    let specification = Specification {
        kind: Some(kind),
        ..flags.specification(true)
    };
    number::format(&Value::Float(number), &specification)
}

fn integer(kind: char, flags: &Flags, value: &Value) -> Result<String, Error> {
    let wanted = if matches!(kind, 'x' | 'X' | 'o') {
        "an integer"
    } else {
        "a real number"
    };
    let refused = || {
        Error::type_error(format!(
            "%{kind} format: {wanted} is required, not {}",
            value.type_name()
        ))
    };
    let whole = match value.plain() {
        Value::Float(_) if wanted == "an integer" => return Err(refused()),
        plain @ (Value::Bool(_) | Value::Int(_) | Value::Big(_) | Value::Float(_)) => {
            to_integer(&plain)?
        }
        Value::Object(object) => object.integer().unwrap_or_else(|| Err(refused()))?,
        _ => return Err(refused()),
    };
    // A precision asks for at least so many digits.
    let zeros = flags.precision.unwrap_or(0);
    let mut specification = Specification {
        kind: Some(if matches!(kind, 'i' | 'u') { 'd' } else { kind }),
        precision: None,
        ..flags.specification(true)
    };
    if zeros > 0 {
        let lead = usize::from(is_negative(&whole) || specification.sign.is_some())
            + if specification.alternate && wanted == "an integer" {
                2
            } else {
                0
            };
        let inner = Specification {
            fill: '0',
            align: Some(Align::AfterSign),
            width: Some(zeros.saturating_add(lead)),
            ..specification.clone()
        };
        let digits = number::format(&whole, &inner)?;
        if specification.align == Some(Align::AfterSign) {
            specification.align = Some(Align::Right);
            return zero_filled(&whole, &inner, specification.width.unwrap_or(0));
        }
        return pad(&digits, &specification, Align::Right);
    }
    number::format(&whole, &specification)
}

fn zero_filled(whole: &Value, inner: &Specification, width: usize) -> Result<String, Error> {
    let width = inner.width.unwrap_or(0).max(width);
    let wider = Specification {
        width: Some(width),
        ..inner.clone()
    };
    number::format(whole, &wider)
}

fn is_negative(value: &Value) -> bool {
    match value {
        Value::Int(number) => *number < 0,
        Value::Big(number) => number.is_negative(),
        _ => false,
    }
}

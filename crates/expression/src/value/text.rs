//! `str(value)` and `repr(value)`, as CPython writes them.

pub mod character;
mod float;
mod quote;
mod time;

use std::fmt::Write as _;
use std::rc::Rc;

pub use float::repr as float_repr;
use num_bigint::BigInt;

use super::number::MOST_DIGITS;
use super::{Error, Value, budget};

/// `str(value)`.
pub fn str(value: &Value) -> Result<Rc<str>, Error> {
    match value {
        Value::Str(text) => Ok(Rc::clone(text)),
        Value::Object(object) => Ok(object.text()?.into()),
        Value::Date(date) => Ok(time::date(*date).into()),
        Value::DateTime(time, offset) => Ok(time::date_time(*time, *offset).into()),
        _ => Ok(repr(value)?.into()),
    }
}

/// `repr(value)`.
pub fn repr(value: &Value) -> Result<String, Error> {
    let mut writer = Writer::default();
    writer.value(value)?;
    budget::text(writer.out.len())?;
    Ok(writer.out)
}

/// `ascii(value)`: the `repr` with everything beyond ASCII escaped.
pub fn ascii(value: &Value) -> Result<String, Error> {
    let repr = repr(value)?;
    let mut out = String::with_capacity(repr.len());
    for character in repr.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            quote::escape(&mut out, character);
        }
    }
    budget::text(out.len())?;
    Ok(out)
}

/// Writes values into one growing text.
#[derive(Default)]
struct Writer {
    out: String,
    /// The containers that are being written, to recognise one inside itself.
    open: Vec<*const ()>,
}

impl Writer {
    fn value(&mut self, value: &Value) -> Result<(), Error> {
        if self.out.len() > budget::TEXT_CAP {
            return budget::text(self.out.len());
        }
        match value {
            Value::None => self.out.push_str("None"),
            Value::Bool(true) => self.out.push_str("True"),
            Value::Bool(false) => self.out.push_str("False"),
            Value::Int(number) => write_display(&mut self.out, number),
            Value::Big(number) => self.out.push_str(&big(number)?),
            Value::Float(number) => self.out.push_str(&float::repr(*number)),
            Value::Str(text) => quote::text(&mut self.out, text),
            Value::Bytes(bytes) => quote::bytes(&mut self.out, bytes),
            Value::Date(date) => self.out.push_str(&time::date_repr(*date)),
            Value::DateTime(time, offset) => {
                self.out.push_str(&time::date_time_repr(*time, *offset));
            }
            Value::Object(object) => self.out.push_str(&object.repr()?),
            Value::List(_) | Value::Tuple(_) | Value::Dict(_) | Value::Set(_) => {
                self.container(value)?;
            }
        }
        Ok(())
    }

    fn container(&mut self, value: &Value) -> Result<(), Error> {
        let _level = budget::descend()?;
        let address = match value {
            Value::List(list) => Rc::as_ptr(list).cast(),
            Value::Tuple(items) => Rc::as_ptr(items).cast(),
            Value::Dict(dict) => Rc::as_ptr(dict).cast(),
            Value::Set(set) => Rc::as_ptr(set).cast(),
            _ => return Ok(()),
        };
        let within = self.open.contains(&address);
        self.open.push(address);
        match value {
            Value::List(_) if within => self.out.push_str("[...]"),
            Value::List(list) => self.sequence('[', &list.borrow(), "]")?,
            Value::Tuple(_) if within => self.out.push_str("(...)"),
            Value::Tuple(items) if items.len() == 1 => self.sequence('(', items, ",)")?,
            Value::Tuple(items) => self.sequence('(', items, ")")?,
            Value::Dict(_) if within => self.out.push_str("{...}"),
            Value::Dict(dict) => self.dict(&dict.borrow())?,
            Value::Set(_) if within => self.out.push_str("set(...)"),
            Value::Set(set) if set.borrow().is_empty() => self.out.push_str("set()"),
            Value::Set(set) => self.sequence('{', &set.borrow().values(), "}")?,
            _ => {}
        }
        self.open.pop();
        Ok(())
    }

    fn sequence(&mut self, open: char, items: &[Value], close: &str) -> Result<(), Error> {
        self.out.push(open);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.value(item)?;
        }
        self.out.push_str(close);
        Ok(())
    }

    fn dict(&mut self, dict: &super::Dict) -> Result<(), Error> {
        self.out.push('{');
        for (index, (key, value)) in dict.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.value(key.value())?;
            self.out.push_str(": ");
            self.value(value)?;
        }
        self.out.push('}');
        Ok(())
    }
}

/// The digits of a large integer, of which Python writes 4300 at most because writing them takes quadratic time.
fn big(number: &BigInt) -> Result<String, Error> {
    let too_long = || {
        Error::value_error(format!(
            "Exceeds the limit ({MOST_DIGITS} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit"
        ))
    };
    // A digit is worth more than 3.3 bits.
    if number.bits() > MOST_DIGITS as u64 * 10 / 3 + 8 {
        return Err(too_long());
    }
    let digits = number.to_string();
    if digits.trim_start_matches('-').len() > MOST_DIGITS {
        return Err(too_long());
    }
    Ok(digits)
}

fn write_display(out: &mut String, shown: impl std::fmt::Display) {
    write!(out, "{shown}").expect("writing to a String cannot fail");
}

#[cfg(test)]
mod tests;

//! The value of a scalar, once its type is known.

use std::rc::Rc;

use chrono::{FixedOffset, NaiveDate};
use num_bigint::BigInt;
use num_traits::{Num as _, ToPrimitive as _};

use super::quoted;
use super::resolve::Tag;
use crate::value::Value;

/// The value of `text` as a scalar of the type `tag`; what is wrong with it otherwise.
pub(super) fn value(tag: &Tag, text: &str) -> Result<Value, String> {
    match tag {
        Tag::Null => Ok(Value::None),
        Tag::Bool => boolean(text),
        Tag::Int => integer(text).ok_or_else(|| format!("{} is not an integer", quoted(text))),
        Tag::Float => float(text)
            .map(Value::Float)
            .ok_or_else(|| format!("{} is not a float", quoted(text))),
        Tag::Timestamp => {
            timestamp(text).ok_or_else(|| format!("{} is not a date that exists", quoted(text)))
        }
        Tag::Binary => base64(text).map(|bytes| Value::Bytes(bytes.into())),
        Tag::Str => Ok(Value::Str(text.into())),
        Tag::Merge | Tag::Value => Err(format!(
            "{} has a meaning of its own: quote it to have the text",
            quoted(text)
        )),
        Tag::List | Tag::Dict | Tag::Set | Tag::Pairs => {
            Err("this tag needs a list or a mapping".to_owned())
        }
    }
}

fn boolean(text: &str) -> Result<Value, String> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "on" => Ok(Value::Bool(true)),
        "no" | "false" | "off" => Ok(Value::Bool(false)),
        _ => Err(format!("{} is not a boolean", quoted(text))),
    }
}

/// Python's `int()` after YAML's prefixes: a leading zero is octal, colons are base 60.
fn integer(text: &str) -> Option<Value> {
    let (negative, digits) =
        sign_and_digits(text).filter(|(_, digits)| digits.len() <= MAX_DIGITS)?;
    let magnitude = if digits == "0" {
        BigInt::ZERO
    } else if let Some(binary) = digits.strip_prefix("0b") {
        python_int(binary, 2)?
    } else if let Some(hexadecimal) = digits.strip_prefix("0x") {
        python_int(hexadecimal, 16)?
    } else if digits.starts_with('0') {
        python_int(digits.strip_prefix("0o").unwrap_or(&digits), 8)?
    } else {
        digits.split(':').try_fold(BigInt::ZERO, |sum, part| {
            Some(sum * 60 + python_int(part, 10)?)
        })?
    };
    let number = if negative { -magnitude } else { magnitude };
    Some(
        number
            .to_i64()
            .map_or_else(|| Value::Big(Rc::new(number)), Value::Int),
    )
}

/// Python reads at most this many decimal digits; the other bases are bounded alike, as the work grows with the square.
const MAX_DIGITS: usize = 4300;

fn python_int(text: &str, base: u32) -> Option<BigInt> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return None;
    }
    BigInt::from_str_radix(text, base).ok()
}

fn float(text: &str) -> Option<f64> {
    let (negative, digits) = sign_and_digits(text)?;
    let digits = digits.to_lowercase();
    let magnitude = match digits.as_str() {
        ".inf" => f64::INFINITY,
        ".nan" => return Some(f64::NAN),
        _ => {
            let mut sum = 0.0;
            let mut base = 1.0;
            for part in digits.rsplit(':') {
                sum += part.trim().parse::<f64>().ok()? * base;
                base *= 60.0;
            }
            sum
        }
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// The number without its sign and underscores; nothing if nothing is left.
fn sign_and_digits(text: &str) -> Option<(bool, String)> {
    let number = text.replace('_', "");
    let digits = number.strip_prefix(['-', '+']).unwrap_or(&number);
    (!number.is_empty()).then(|| (number.starts_with('-'), digits.to_owned()))
}

fn timestamp(text: &str) -> Option<Value> {
    let moment = Moment::read(text)?;
    let date = NaiveDate::from_ymd_opt(moment.year, moment.month, moment.day)
        .filter(|_| moment.year > 0)?;
    let Some(time) = moment.time else {
        return Some(Value::Date(date));
    };
    let time_of_day = date.and_hms_micro_opt(time.hour, time.minute, time.second, time.micros)?;
    let offset = match time.offset_seconds {
        Some(seconds) => Some(FixedOffset::east_opt(seconds)?),
        None => None,
    };
    Some(Value::DateTime(time_of_day, offset))
}

/// A date, perhaps with a time of day, as written: its parts may be out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) year: i32,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) time: Option<TimeOfDay>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeOfDay {
    hour: u32,
    minute: u32,
    second: u32,
    micros: u32,
    offset_seconds: Option<i32>,
}

impl Moment {
    /// `2026-01-31`, `2026-1-31 9:30:00.25 +2:00`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (year, rest) = number(text, 4, 4)?;
        let (month, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
        let (day, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
        let time = if rest.is_empty() {
            None
        } else {
            Some(TimeOfDay::read(rest)?)
        };
        let year = i32::try_from(year).ok()?;
        Some(Self {
            year,
            month,
            day,
            time,
        })
    }
}

impl TimeOfDay {
    /// What follows the date, its separator included.
    fn read(text: &str) -> Option<Self> {
        let clock = match text.strip_prefix(['T', 't']) {
            Some(clock) => clock,
            None => {
                Some(text.trim_start_matches(BLANKS)).filter(|clock| clock.len() < text.len())?
            }
        };
        let (hour, rest) = number(clock, 1, 2)?;
        let (minute, rest) = number(rest.strip_prefix(':')?, 2, 2)?;
        let (second, rest) = number(rest.strip_prefix(':')?, 2, 2)?;
        let (micros, rest) = match rest.strip_prefix('.') {
            Some(fraction) => micros(fraction),
            None => (0, rest),
        };
        let offset_seconds = offset(rest)?;
        Some(Self {
            hour,
            minute,
            second,
            micros,
            offset_seconds,
        })
    }
}

const BLANKS: [char; 2] = [' ', '\t'];

/// Between `least` and `most` digits, and what follows them.
fn number(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let count = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let (digits, rest) = text.split_at_checked(count)?;
    Some((digits.parse().ok().filter(|_| count >= least)?, rest))
}

/// Six digits count; more are cut off, fewer are filled up with zeros.
fn micros(text: &str) -> (u32, &str) {
    let rest = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let digits = text.bytes().take(text.len() - rest.len());
    let six = digits.chain(std::iter::repeat(b'0')).take(6);
    (
        six.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')),
        rest,
    )
}

/// `Z`, `+2`, `-03:30`, or nothing.
#[expect(clippy::option_option, reason = "not an offset, no offset, an offset")]
fn offset(text: &str) -> Option<Option<i32>> {
    if text.is_empty() {
        return Some(None);
    }
    let zone = text.trim_start_matches(BLANKS);
    if zone == "Z" {
        return Some(Some(0));
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, rest) = number(zone.strip_prefix(['-', '+'])?, 1, 2)?;
    let minutes = match rest.strip_prefix(':') {
        Some(minutes) => number(minutes, 2, 2).filter(|(_, rest)| rest.is_empty())?.0,
        None if rest.is_empty() => 0,
        None => return None,
    };
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    Some(Some(sign * seconds))
}

/// As Python's lenient decoder: what is no base-64 letter is skipped, a complete padding ends the data.
fn base64(text: &str) -> Result<Vec<u8>, String> {
    if !text.is_ascii() {
        return Err("base-64 data must be ASCII".to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut filled, mut pads, mut left) = (0_u8, 0_u8, 0_u8);
    for letter in text.bytes() {
        if letter == b'=' {
            pads += u8::from(filled >= 2);
            if filled + pads >= 4 {
                return Ok(bytes);
            }
            continue;
        }
        let Some(six) = six_bits(letter) else {
            continue;
        };
        pads = 0;
        match filled {
            0 => {}
            1 => bytes.push(left << 2 | six >> 4),
            2 => bytes.push(left << 4 | six >> 2),
            _ => bytes.push(left << 6 | six),
        }
        left = six;
        filled = (filled + 1) % 4;
    }
    match filled {
        0 => Ok(bytes),
        1 => Err("base-64 data has one letter too many".to_owned()),
        _ => Err("base-64 data lacks its padding".to_owned()),
    }
}

fn six_bits(letter: u8) -> Option<u8> {
    Some(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

//! Which type a scalar has: from its tag, or for a plain scalar from its looks (YAML 1.1, as PyYAML narrows it).

use super::quoted;
use super::scalar::Moment;

/// The types the safe loader knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Binary,
    Str,
    List,
    Dict,
    Set,
    /// A list of pairs, from `!!omap` or `!!pairs`.
    Pairs,
    /// `<<`: as a key it merges, elsewhere it is refused.
    Merge,
    /// `=`: as a key it is text, elsewhere it is refused.
    Value,
}

const NAMESPACE: &str = "tag:yaml.org,2002:";

impl Tag {
    /// The type of a scalar, or what is wrong with its tag.
    pub(super) fn of_scalar(
        tag: Option<&granit_parser::Tag>,
        text: &str,
        is_plain: bool,
    ) -> Result<Self, String> {
        match tag.map(ToString::to_string).as_deref() {
            None if is_plain => Ok(Self::of_plain(text)),
            None => Ok(Self::Str),
            // A lone `!` lets even quoted text look like a number, but makes nothing into text.
            Some("!") if is_plain && text.is_empty() => Ok(Self::Str),
            Some("!") => Ok(Self::of_plain(text)),
            Some(tag) => Self::named(tag),
        }
    }

    /// Whether a list is one of pairs, or what is wrong with its tag.
    pub(super) fn are_pairs(tag: Option<&granit_parser::Tag>) -> Result<bool, String> {
        match tag.map(ToString::to_string).as_deref() {
            None | Some("!") => Ok(false),
            Some(tag) => match Self::named(tag)? {
                Self::List => Ok(false),
                Self::Pairs => Ok(true),
                _ => Err(format!("the tag {} does not fit a list", quoted(tag))),
            },
        }
    }

    /// Whether a mapping is a set, or what is wrong with its tag.
    pub(super) fn is_set(tag: Option<&granit_parser::Tag>) -> Result<bool, String> {
        match tag.map(ToString::to_string).as_deref() {
            None | Some("!") => Ok(false),
            Some(tag) => match Self::named(tag)? {
                Self::Dict => Ok(false),
                Self::Set => Ok(true),
                _ => Err(format!("the tag {} does not fit a mapping", quoted(tag))),
            },
        }
    }

    /// The type that an explicit tag names, if the safe loader knows it.
    fn named(tag: &str) -> Result<Self, String> {
        Ok(match tag.strip_prefix(NAMESPACE).unwrap_or_default() {
            "null" => Self::Null,
            "bool" => Self::Bool,
            "int" => Self::Int,
            "float" => Self::Float,
            "timestamp" => Self::Timestamp,
            "binary" => Self::Binary,
            "str" => Self::Str,
            "seq" => Self::List,
            "map" => Self::Dict,
            "set" => Self::Set,
            "omap" | "pairs" => Self::Pairs,
            "merge" => Self::Merge,
            "value" => Self::Value,
            _ => return Err(format!("the tag {} has no meaning here", quoted(tag))),
        })
    }

    /// The type of an untagged plain scalar.
    fn of_plain(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "<<" => Self::Merge,
            "=" => Self::Value,
            _ if is_bool(text) => Self::Bool,
            _ if !text.starts_with(|first| matches!(first, '-' | '+' | '.' | '0'..='9')) => {
                Self::Str
            }
            _ if is_float(text) => Self::Float,
            _ if is_int(text) => Self::Int,
            _ if is_timestamp(text) => Self::Timestamp,
            _ => Self::Str,
        }
    }
}

/// `y` and `n` are not booleans to PyYAML, and only three ways of capitals are.
fn is_bool(text: &str) -> bool {
    let words = ["yes", "no", "true", "false", "on", "off"];
    let lower = text.to_ascii_lowercase();
    let capital = |word: &str| {
        let mut letters = text.chars();
        letters
            .next()
            .is_some_and(|first| first.is_ascii_uppercase())
            && word.get(1..).is_some_and(|rest| rest == letters.as_str())
    };
    text.len() <= 5
        && words.iter().any(|word| {
            *word == lower && (text == *word || capital(word) || text == word.to_ascii_uppercase())
        })
}

/// Binary, octal with a leading zero, decimal, hexadecimal or base 60; underscores anywhere but first.
fn is_int(text: &str) -> bool {
    let digits = unsigned(text);
    if let Some(binary) = digits.strip_prefix("0b") {
        return !binary.is_empty() && all(binary, |byte| matches!(byte, b'0' | b'1' | b'_'));
    }
    if let Some(hexadecimal) = digits.strip_prefix("0x") {
        return !hexadecimal.is_empty()
            && all(hexadecimal, |byte| byte.is_ascii_hexdigit() || byte == b'_');
    }
    if let Some(octal) = digits.strip_prefix('0') {
        return all(octal, |byte| matches!(byte, b'0'..=b'7' | b'_'));
    }
    is_base_60(digits)
}

/// A dot is what makes a float; an exponent needs its sign and a mantissa with a dot.
fn is_float(text: &str) -> bool {
    let Some((whole, fraction)) = unsigned(text).split_once('.') else {
        return false;
    };
    let is_signed = text.starts_with(['-', '+']);
    if whole.is_empty() {
        return matches!(fraction, "inf" | "Inf" | "INF")
            || !is_signed
                && (matches!(fraction, "nan" | "NaN" | "NAN")
                    || fraction.starts_with(|first: char| first.is_ascii_digit())
                        && is_fraction(fraction));
    }
    if whole.contains(':') {
        return is_base_60(whole) && all(fraction, is_digit_or_underscore);
    }
    whole.starts_with(|first: char| first.is_ascii_digit())
        && all(whole, is_digit_or_underscore)
        && is_fraction(fraction)
}

/// Digits after the dot, and perhaps an exponent.
fn is_fraction(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else {
        return all(text, is_digit_or_underscore);
    };
    let power = unsigned(exponent);
    all(digits, is_digit_or_underscore)
        && power.len() < exponent.len()
        && !power.is_empty()
        && all(power, |byte| byte.is_ascii_digit())
}

/// `190:20:30`: the first part is any number, the others are below 60.
fn is_base_60(text: &str) -> bool {
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let below_60 = |part: &str| match part.as_bytes() {
        [unit] => unit.is_ascii_digit(),
        [ten, unit] => matches!(ten, b'0'..=b'5') && unit.is_ascii_digit(),
        _ => false,
    };
    first.starts_with(|first: char| first.is_ascii_digit())
        && all(first, is_digit_or_underscore)
        && parts.all(below_60)
}

/// Without a time of day, month and day need two digits each.
fn is_timestamp(text: &str) -> bool {
    let is_plain_date = |text: &str| text.len() == 10;
    Moment::read(text).is_some_and(|moment| moment.time.is_some() || is_plain_date(text))
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn all(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    text.bytes().all(allowed)
}

fn is_digit_or_underscore(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

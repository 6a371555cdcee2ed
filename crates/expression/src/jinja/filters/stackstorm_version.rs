//! StackStorm's filters on semantic versions.

use std::cmp::Ordering;

use num_bigint::BigInt;

use super::Filter;
use crate::jinja::callable::{Callable, Given};
use crate::jinja::undefined::qualified_type;
use crate::value::{Error, Value, access, number, text};

pub(super) const FILTERS: &[Filter] = &[
    (
        "version_bump_major",
        Callable::new("version_bump_major", &["value"], |given| bump(given, 0)),
    ),
    (
        "version_bump_minor",
        Callable::new("version_bump_minor", &["value"], |given| bump(given, 1)),
    ),
    (
        "version_bump_patch",
        Callable::new("version_bump_patch", &["value"], |given| bump(given, 2)),
    ),
    (
        "version_compare",
        Callable::new("version_compare", &["value", "pattern"], |given| {
            Ok(Value::Int(match compare(given)? {
                Ordering::Less => -1,
                Ordering::Equal => 0,
                Ordering::Greater => 1,
            }))
        }),
    ),
    (
        "version_equal",
        Callable::new("version_equal", &["value", "pattern"], |given| {
            Ok(compare(given)?.is_eq().into())
        }),
    ),
    (
        "version_less_than",
        Callable::new("version_less_than", &["value", "pattern"], |given| {
            Ok(compare(given)?.is_lt().into())
        }),
    ),
    (
        "version_match",
        Callable::new("version_match", &["value", "pattern"], matches),
    ),
    (
        "version_more_than",
        Callable::new("version_more_than", &["value", "pattern"], |given| {
            Ok(compare(given)?.is_gt().into())
        }),
    ),
    (
        "version_strip_patch",
        Callable::new("version_strip_patch", &["value"], |given| {
            let [major, minor, _] = Version::of(given.value())?.numbers;
            Ok(format!("{major}.{minor}").into())
        }),
    ),
];

/// A version: three numbers, and what comes before its release.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    numbers: [BigInt; 3],
    prerelease: Option<String>,
}

impl Version {
    /// The version that a value's text is.
    fn of(value: &Value) -> Result<Self, Error> {
        let source = match value {
            Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            _ => match value.as_text() {
                Some(text) => text.to_string(),
                None => {
                    let message =
                        format!("not expecting type '<class '{}'>'", qualified_type(value));
                    return Err(Error::type_error(message));
                }
            },
        };
        Self::parse(&source)?
            .ok_or_else(|| Error::value_error(format!("{source} is not valid SemVer string")))
    }

    fn parse(source: &str) -> Result<Option<Self>, Error> {
        // Python's `$` also matches before a final line break.
        let source = source.strip_suffix('\n').unwrap_or(source);
        let (rest, build) = match source.split_once('+') {
            Some((rest, build)) => (rest, Some(build)),
            None => (source, None),
        };
        let (core, prerelease) = match rest.split_once('-') {
            Some((core, prerelease)) => (core, Some(prerelease)),
            None => (rest, None),
        };
        let numbers: Vec<&str> = core.split('.').collect();
        let [major, minor, patch] = numbers.as_slice() else {
            return Ok(None);
        };
        if !build.is_none_or(|build| build.split('.').all(is_word))
            || !prerelease.is_none_or(|prerelease| prerelease.split('.').all(is_prerelease_part))
            || !numbers.iter().all(|part| is_number(part))
        {
            return Ok(None);
        }
        Ok(Some(Self {
            numbers: [whole(major)?, whole(minor)?, whole(patch)?],
            prerelease: prerelease.map(str::to_owned),
        }))
    }

    /// The version that a value means as the other side of a comparison.
    fn other(value: &Value) -> Result<Self, Error> {
        match value.plain() {
            Value::Str(_) | Value::Bytes(_) => Self::of(value),
            Value::Dict(_) => {
                let part = |name: &str| access::item(value, &name.into()).ok();
                let major = part("major").ok_or_else(|| {
                    Error::type_error(
                        "Version.__init__() missing 1 required positional argument: 'major'",
                    )
                })?;
                Self::from_parts(&[
                    Some(major),
                    part("minor"),
                    part("patch"),
                    part("prerelease"),
                ])
            }
            Value::List(items) => Self::from_items(&items.borrow()),
            Value::Tuple(items) => Self::from_items(&items),
            _ => Err(Error::type_error(format!(
                "Expected str, bytes, dict, tuple, list, or Version instance, but got <class '{}'>",
                qualified_type(value)
            ))),
        }
    }

    fn from_items(items: &[Value]) -> Result<Self, Error> {
        if items.is_empty() {
            return Err(Error::type_error(
                "Version.__init__() missing 1 required positional argument: 'major'",
            ));
        }
        if items.len() > 5 {
            return Err(Error::type_error(format!(
                "Version.__init__() takes from 2 to 6 positional arguments but {} were given",
                items.len() + 1
            )));
        }
        let part = |index: usize| items.get(index).cloned();
        Self::from_parts(&[part(0), part(1), part(2), part(3)])
    }

    fn from_parts(parts: &[Option<Value>; 4]) -> Result<Self, Error> {
        let [major, minor, patch, prerelease] = parts;
        let number = |part: &Option<Value>, name: &str| {
            let number = big(part
                .as_ref()
                .map_or(Ok(Value::Int(0)), number::to_integer)?);
            if number < BigInt::default() {
                let message = format!("'{name}' is negative. A version can only be positive.");
                return Err(Error::value_error(message));
            }
            Ok(number)
        };
        Ok(Self {
            numbers: [
                number(major, "major")?,
                number(minor, "minor")?,
                number(patch, "patch")?,
            ],
            prerelease: match prerelease {
                None | Some(Value::None) => None,
                Some(other) => Some(text::str(other)?.to_string()),
            },
        })
    }

    fn compare(&self, other: &Self) -> Result<Ordering, Error> {
        let numbers = self.numbers.cmp(&other.numbers);
        if numbers.is_ne() {
            return Ok(numbers);
        }
        let (one, two) = (
            self.prerelease.as_deref().unwrap_or_default(),
            other.prerelease.as_deref().unwrap_or_default(),
        );
        Ok(match compare_parts(one, two)? {
            Ordering::Equal => Ordering::Equal,
            // What has no prerelease is released, and comes last.
            _ if one.is_empty() => Ordering::Greater,
            _ if two.is_empty() => Ordering::Less,
            ordering => ordering,
        })
    }
}

/// The number that digits are; Python refuses very long ones.
fn whole(digits: &str) -> Result<BigInt, Error> {
    number::parse_integer(digits, 10).map(big)
}

fn big(number: Value) -> BigInt {
    match number {
        Value::Big(number) => (*number).clone(),
        Value::Int(number) => number.into(),
        Value::Bool(flag) => i64::from(flag).into(),
        _ => BigInt::default(),
    }
}

fn compare_parts(one: &str, two: &str) -> Result<Ordering, Error> {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (mut ones, mut twos) = (one.split('.'), two.split('.'));
    loop {
        let ordering = match (ones.next(), twos.next()) {
            (None, None) => return Ok(Ordering::Equal),
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(one), Some(two)) => match (is_digits(one), is_digits(two)) {
                (true, true) => whole(one)?.cmp(&whole(two)?),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => one.cmp(two),
            },
        };
        if ordering.is_ne() {
            return Ok(ordering);
        }
    }
}

fn is_number(part: &str) -> bool {
    part == "0"
        || (!part.starts_with('0')
            && !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_word(part: &str) -> bool {
    !part.is_empty()
        && part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_prerelease_part(part: &str) -> bool {
    is_word(part) && (is_number(part) || part.bytes().any(|byte| !byte.is_ascii_digit()))
}

fn compare(given: &Given<'_>) -> Result<Ordering, Error> {
    let version = Version::of(given.value())?;
    version.compare(&Version::other(given.at(1))?)
}

fn matches(given: &Given<'_>) -> Result<Value, Error> {
    let version = Version::of(given.value())?;
    let pattern = given.at(1);
    let Some(source) = pattern.as_text() else {
        return Err(Error::type_error(format!(
            "'{}' object is not subscriptable",
            pattern.type_name()
        )));
    };
    let operators = [">=", "<=", "==", "!=", ">", "<"];
    let found = operators
        .iter()
        .find_map(|operator| Some((*operator, source.strip_prefix(operator)?)));
    let (operator, wanted) = match found {
        Some(found) => found,
        None if source.starts_with(|first: char| first.is_ascii_digit()) => ("==", &*source),
        None => {
            return Err(Error::value_error(format!(
                "match_expr parameter should be in format <op><ver>, where <op> is one of ['<', '>', '==', '<=', \
                 '>=', '!=']. You provided: {}",
                text::repr(pattern)?
            )));
        }
    };
    let ordering = version.compare(&Version::of(&wanted.into())?)?;
    Ok(Value::Bool(match operator {
        ">=" => ordering.is_ge(),
        "<=" => ordering.is_le(),
        "==" => ordering.is_eq(),
        "!=" => ordering.is_ne(),
        ">" => ordering.is_gt(),
        _ => ordering.is_lt(),
    }))
}

fn bump(given: &Given<'_>, part: usize) -> Result<Value, Error> {
    let [major, minor, patch] = Version::of(given.value())?.numbers;
    Ok(match part {
        0 => format!("{}.0.0", major + 1),
        1 => format!("{major}.{}.0", minor + 1),
        _ => format!("{major}.{minor}.{}", patch + 1),
    }
    .into())
}

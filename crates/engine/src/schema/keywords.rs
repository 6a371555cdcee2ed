//! The keywords that look at one value: type, range, length, pattern, enumeration.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use squall_expression::regex::{Flags, Pattern};
use squall_model::{Json, Object};

use super::{Check, Mismatch, compound, mismatch, shown};

/// Checks one keyword; unknown ones mean nothing.
pub(super) fn check(
    check: Check,
    (keyword, wanted): (&str, &Json),
    value: &Json,
    schema: &Object,
    all: &mut Vec<Mismatch>,
) {
    let wrong = match keyword {
        "type" => type_(value, wanted),
        "enum" => enumeration(value, wanted),
        "minimum" | "maximum" => range(keyword, value, wanted, schema),
        "multipleOf" => multiple(value, wanted),
        "minLength" | "maxLength" => length(
            keyword == "minLength",
            wanted,
            value.as_str().map(|text| text.chars().count()),
        ),
        "minItems" | "maxItems" => length(
            keyword == "minItems",
            wanted,
            value.as_array().map(Vec::len),
        ),
        "minProperties" | "maxProperties" => properties(keyword == "minProperties", wanted, value),
        "uniqueItems" => unique(value, wanted),
        "pattern" => pattern(value, wanted),
        _ => return compound::check(check, (keyword, wanted), value, schema, all),
    };
    if let Some((keyword, message)) = wrong {
        all.push(mismatch(
            keyword,
            value,
            schema,
            format!("{} {message}", shown(value)),
        ));
    }
}

/// The keyword that is not met, and what follows the value's text in the message.
type Wrong = Option<(&'static str, String)>;

fn type_(value: &Json, wanted: &Json) -> Wrong {
    if is_of_type(value, wanted) {
        return None;
    }
    let names: Vec<String> = match wanted {
        Json::Array(names) => names.iter().map(shown).collect(),
        name => vec![shown(name)],
    };
    Some(("type", format!("is not of type {}", names.join(", "))))
}

/// Whether a value is of a type, or of one of several.
pub(super) fn is_of_type(value: &Json, wanted: &Json) -> bool {
    match wanted {
        Json::Array(names) => names.iter().any(|name| is_of_type(value, name)),
        Json::String(name) => match name.as_str() {
            "array" => value.is_array(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "null" => value.is_null(),
            "number" => value.is_number(),
            "object" => value.is_object(),
            "string" => value.is_string(),
            _ => true,
        },
        _ => true,
    }
}

fn enumeration(value: &Json, wanted: &Json) -> Wrong {
    let allowed = wanted.as_array()?;
    let known = allowed.iter().any(|allowed| same(allowed, value));
    (!known).then(|| ("enum", format!("is not one of {}", shown(wanted))))
}

/// Equal as JSON: 1 and 1.0 are, 1 and true are not.
pub(super) fn same(one: &Json, two: &Json) -> bool {
    match (one, two) {
        (Json::Number(one), Json::Number(two)) => one == two || one.as_f64() == two.as_f64(),
        (Json::Array(one), Json::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Json::Object(one), Json::Object(two)) => {
            one.len() == two.len()
                && one
                    .iter()
                    .all(|(key, value)| two.get(key).is_some_and(|other| same(value, other)))
        }
        _ => one == two,
    }
}

/// A number that is the same for all values that are the [`same`].
fn digest(value: &Json) -> u64 {
    let mut hasher = DefaultHasher::new();
    match value {
        Json::Null => 0.hash(&mut hasher),
        Json::Bool(value) => (1, value).hash(&mut hasher),
        // Zero has two signs, and both are the same.
        Json::Number(number) => {
            (2, number.as_f64().map(|it| (it + 0.0).to_bits())).hash(&mut hasher);
        }
        Json::String(text) => (3, text).hash(&mut hasher),
        Json::Array(items) => (4, items.iter().map(digest).collect::<Vec<_>>()).hash(&mut hasher),
        Json::Object(members) => {
            // The order of members means nothing.
            let member = |(key, value): (&String, &Json)| {
                let mut hasher = DefaultHasher::new();
                (key, digest(value)).hash(&mut hasher);
                hasher.finish()
            };
            let sum = members.iter().map(member).fold(0_u64, u64::wrapping_add);
            (5, sum).hash(&mut hasher);
        }
    }
    hasher.finish()
}

fn range(keyword: &str, value: &Json, wanted: &Json, schema: &Object) -> Wrong {
    let (number, limit) = (value.as_number()?.as_f64()?, wanted.as_f64()?);
    let flag = |name: &str| schema.get(name).and_then(Json::as_bool).unwrap_or(false);
    let limit_text = shown(wanted);
    if keyword == "minimum" {
        let exclusive = flag("exclusiveMinimum");
        let word = if exclusive {
            "less than or equal to"
        } else {
            "less than"
        };
        let failed = number < limit || (exclusive && number <= limit);
        return failed.then(|| ("minimum", format!("is {word} the minimum of {limit_text}")));
    }
    let exclusive = flag("exclusiveMaximum");
    let word = if exclusive {
        "greater than or equal to"
    } else {
        "greater than"
    };
    let failed = number > limit || (exclusive && number >= limit);
    failed.then(|| ("maximum", format!("is {word} the maximum of {limit_text}")))
}

fn multiple(value: &Json, wanted: &Json) -> Wrong {
    let (number, divisor) = (value.as_number()?.as_f64()?, wanted.as_f64()?);
    let quotient = number / divisor;
    (quotient.fract() != 0.0).then(|| {
        (
            "multipleOf",
            format!("is not a multiple of {}", shown(wanted)),
        )
    })
}

fn length(least: bool, wanted: &Json, length: Option<usize>) -> Wrong {
    let (length, limit) = (u64::try_from(length?).ok()?, wanted.as_u64()?);
    if least {
        let message = if limit == 1 {
            "should be non-empty"
        } else {
            "is too short"
        };
        return (length < limit).then(|| ("minLength", message.to_owned()));
    }
    let message = if limit == 0 {
        "is expected to be empty"
    } else {
        "is too long"
    };
    (length > limit).then(|| ("maxLength", message.to_owned()))
}

fn properties(least: bool, wanted: &Json, value: &Json) -> Wrong {
    let (count, limit) = (
        u64::try_from(value.as_object()?.len()).ok()?,
        wanted.as_u64()?,
    );
    if least {
        let message = if limit == 1 {
            "should be non-empty"
        } else {
            "does not have enough properties"
        };
        return (count < limit).then(|| ("minProperties", message.to_owned()));
    }
    let message = if limit == 0 {
        "is expected to be empty"
    } else {
        "has too many properties"
    };
    (count > limit).then(|| ("maxProperties", message.to_owned()))
}

fn unique(value: &Json, wanted: &Json) -> Wrong {
    let items = value.as_array()?;
    if !wanted.as_bool().unwrap_or(false) {
        return None;
    }
    // Only those with the same digest are compared: lists may be long.
    let mut known: HashMap<u64, Vec<&Json>> = HashMap::new();
    let repeated = items.iter().any(|item| {
        let alike = known.entry(digest(item)).or_default();
        let is_known = alike.iter().any(|other| same(item, other));
        alike.push(item);
        is_known
    });
    repeated.then(|| ("uniqueItems", "has non-unique elements".to_owned()))
}

fn pattern(value: &Json, wanted: &Json) -> Wrong {
    let (text, source) = (value.as_str()?, wanted.as_str()?);
    let found = Pattern::new(source, Flags::default()).and_then(|pattern| pattern.is_match(text));
    match found {
        Ok(true) => None,
        Ok(false) => Some(("pattern", format!("does not match {}", shown(wanted)))),
        Err(error) => Some((
            "pattern",
            format!("cannot be held against {}: {error}", shown(wanted)),
        )),
    }
}

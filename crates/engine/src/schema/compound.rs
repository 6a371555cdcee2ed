//! The keywords that look at parts of a value, or at the value under other schemas.

use squall_expression::regex::{Flags, Pattern};
use squall_model::{Json, Object};

use super::{Check, Mismatch, Part, mismatch, shown};

/// Checks one keyword; unknown ones mean nothing.
pub(super) fn check(
    check: Check,
    (keyword, wanted): (&str, &Json),
    value: &Json,
    schema: &Object,
    all: &mut Vec<Mismatch>,
) {
    match (keyword, wanted, value) {
        ("properties", Json::Object(wanted), Json::Object(members)) => {
            properties(check, wanted, members, value, schema, all);
        }
        ("patternProperties", Json::Object(wanted), Json::Object(members)) => {
            for (source, of_match) in wanted {
                let matching = members.iter().filter(|(key, _)| matches(source, key));
                matching.for_each(|(key, member)| {
                    check.within(&Part::Key(key.clone()), member, of_match, all);
                });
            }
        }
        ("additionalProperties", wanted, Json::Object(members)) => {
            additional_properties(check, wanted, members, value, schema, all);
        }
        ("items", Json::Array(each), Json::Array(items)) => {
            items
                .iter()
                .zip(each)
                .enumerate()
                .for_each(|(index, (item, of_item))| {
                    check.within(&Part::Index(index), item, of_item, all);
                });
        }
        ("items", every, Json::Array(items)) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| check.within(&Part::Index(index), item, every, all));
        }
        ("additionalItems", wanted, Json::Array(items)) => {
            additional_items(check, wanted, items, value, schema, all);
        }
        ("dependencies", Json::Object(wanted), Json::Object(members)) => {
            dependencies(check, wanted, members, value, schema, all);
        }
        ("allOf", Json::Array(wanted), value) => wanted
            .iter()
            .for_each(|of_all| all.extend(check.under(value, of_all))),
        ("anyOf", Json::Array(wanted), value) => any_of(check, wanted, value, schema, all),
        ("oneOf", Json::Array(wanted), value) => one_of(check, wanted, value, schema, all),
        ("not", wanted, value) if wanted.is_object() && check.under(value, wanted).is_empty() => {
            all.push(mismatch(
                "not",
                value,
                schema,
                format!(
                    "{} should not be valid under {}",
                    shown(value),
                    shown(wanted)
                ),
            ));
        }
        _ => {}
    }
}

fn matches(source: &str, key: &str) -> bool {
    Pattern::new(source, Flags::default())
        .and_then(|pattern| pattern.is_match(key))
        .unwrap_or(false)
}

/// Draft 3: a property that is missing and says `required: true` is a mismatch at the property.
fn properties(
    check: Check,
    wanted: &Object,
    members: &Object,
    value: &Json,
    schema: &Object,
    all: &mut Vec<Mismatch>,
) {
    for (name, of_member) in wanted {
        match members.get(name) {
            Some(member) => check.within(&Part::Key(name.clone()), member, of_member, all),
            None if of_member
                .get("required")
                .and_then(Json::as_bool)
                .unwrap_or(false) =>
            {
                let message = format!(
                    "{} is a required property",
                    shown(&Json::from(name.as_str()))
                );
                let mut missing = mismatch("required", value, schema, message);
                missing.path.push(Part::Key(name.clone()));
                all.push(missing);
            }
            None => {}
        }
    }
}

fn additional_properties(
    check: Check,
    wanted: &Json,
    members: &Object,
    value: &Json,
    schema: &Object,
    all: &mut Vec<Mismatch>,
) {
    let named = schema.get("properties").and_then(Json::as_object);
    let patterns = schema.get("patternProperties").and_then(Json::as_object);
    let is_extra = |key: &str| {
        !named.is_some_and(|named| named.contains_key(key))
            && !patterns.is_some_and(|patterns| patterns.keys().any(|source| matches(source, key)))
    };
    let extras = members.iter().filter(|(key, _)| is_extra(key));
    if wanted.is_object() {
        extras.for_each(|(key, member)| check.within(&Part::Key(key.clone()), member, wanted, all));
        return;
    }
    let mut extras: Vec<&str> = extras.map(|(key, _)| key.as_str()).collect();
    if wanted.as_bool().unwrap_or(true) || extras.is_empty() {
        return;
    }
    extras.sort_unstable();
    let names = |names: &[&str]| {
        names
            .iter()
            .map(|name| shown(&Json::from(*name)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let one = extras.len() == 1;
    let message = match patterns {
        Some(patterns) => {
            let mut sources: Vec<&str> = patterns.keys().map(String::as_str).collect();
            sources.sort_unstable();
            let verb = if one { "does" } else { "do" };
            format!(
                "{} {verb} not match any of the regexes: {}",
                names(&extras),
                names(&sources)
            )
        }
        None => {
            let verb = if one { "was" } else { "were" };
            format!(
                "Additional properties are not allowed ({} {verb} unexpected)",
                names(&extras)
            )
        }
    };
    all.push(mismatch("additionalProperties", value, schema, message));
}

fn additional_items(
    check: Check,
    wanted: &Json,
    items: &[Json],
    value: &Json,
    schema: &Object,
    all: &mut Vec<Mismatch>,
) {
    let known = match schema.get("items") {
        Some(Json::Array(each)) => each.len(),
        Some(Json::Object(_)) => return,
        _ => 0,
    };
    if wanted.is_object() {
        items
            .iter()
            .enumerate()
            .skip(known)
            .for_each(|(index, item)| check.within(&Part::Index(index), item, wanted, all));
    } else if !wanted.as_bool().unwrap_or(true) && items.len() > known {
        let extras: Vec<String> = items.iter().skip(known).map(shown).collect();
        let verb = if extras.len() == 1 { "was" } else { "were" };
        let message = format!(
            "Additional items are not allowed ({} {verb} unexpected)",
            extras.join(", ")
        );
        all.push(mismatch("additionalItems", value, schema, message));
    }
}

fn dependencies(
    check: Check,
    wanted: &Object,
    members: &Object,
    value: &Json,
    schema: &Object,
    all: &mut Vec<Mismatch>,
) {
    for (name, dependency) in wanted
        .iter()
        .filter(|(name, _)| members.contains_key(*name))
    {
        match dependency {
            Json::Array(needed) => {
                for needed in needed.iter().filter(|needed| {
                    !needed
                        .as_str()
                        .is_some_and(|needed| members.contains_key(needed))
                }) {
                    let message = format!(
                        "{} is a dependency of {}",
                        shown(needed),
                        shown(&Json::from(name.as_str()))
                    );
                    all.push(mismatch("dependencies", value, schema, message));
                }
            }
            schema => all.extend(check.under(value, schema)),
        }
    }
}

fn any_of(check: Check, wanted: &[Json], value: &Json, schema: &Object, all: &mut Vec<Mismatch>) {
    let under: Vec<Vec<Mismatch>> = wanted
        .iter()
        .map(|of_any| check.under(value, of_any))
        .collect();
    if !under.iter().any(Vec::is_empty) {
        let mut none = mismatch(
            "anyOf",
            value,
            schema,
            format!(
                "{} is not valid under any of the given schemas",
                shown(value)
            ),
        );
        none.under = under.into_iter().flatten().collect();
        all.push(none);
    }
}

fn one_of(check: Check, wanted: &[Json], value: &Json, schema: &Object, all: &mut Vec<Mismatch>) {
    let under: Vec<Vec<Mismatch>> = wanted
        .iter()
        .map(|of_one| check.under(value, of_one))
        .collect();
    let valid: Vec<&Json> = wanted
        .iter()
        .zip(&under)
        .filter(|(_, wrong)| wrong.is_empty())
        .map(|(of_one, _)| of_one)
        .collect();
    match valid.as_slice() {
        [] => {
            let mut none = mismatch(
                "oneOf",
                value,
                schema,
                format!(
                    "{} is not valid under any of the given schemas",
                    shown(value)
                ),
            );
            none.under = under.into_iter().flatten().collect();
            all.push(none);
        }
        [_] => {}
        [first, more @ ..] => {
            let each: Vec<String> = more
                .iter()
                .chain([first])
                .map(|of_one| shown(of_one))
                .collect();
            let message = format!(
                "{} is valid under each of {}",
                shown(value),
                each.join(", ")
            );
            all.push(mismatch("oneOf", value, schema, message));
        }
    }
}

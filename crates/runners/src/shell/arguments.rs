//! The arguments of a script, as StackStorm writes them: by name, then by position, quoted for a shell.
//!
//! Values become text as Python's `str` makes it, so that a script sees the same words: `True`, `1e+16`, `['a', 1]`.
//! Two habits are worth knowing. A parameter with a `position` always has its place, be it empty, and what is falsy is
//! empty unless its type says otherwise: the integer 0 arrives as `''`. A named boolean is a bare flag or nothing.

use std::borrow::Cow;

use squall_expression::value::json::{Layout, dumps, from_json};
use squall_expression::value::{Error, Value, access, text};
use squall_model::schema::Parameters;
use squall_model::{Json, Object};

/// The arguments for `given` parameters, each after a blank. Names begin with `prefix`.
pub(crate) fn arguments(
    given: &Object,
    declared: &Parameters,
    prefix: &str,
) -> Result<String, Error> {
    let positional = by_position(declared);
    let mut line = String::new();
    for (name, value) in given {
        let is_positional = positional.contains(&name.as_str());
        if !is_positional && let Some(word) = named(&format!("{prefix}{name}"), value)? {
            line.push(' ');
            line.push_str(&word);
        }
    }
    for name in positional {
        let kind = declared.get(name).and_then(|schema| schema.get("type"));
        let kind = kind.and_then(Json::as_str).unwrap_or_default();
        let value = from_json(given.get(name).unwrap_or(&Json::Null));
        line.push(' ');
        line.push_str(&quote(&word(kind, &value)?));
    }
    Ok(line)
}

/// `text` as one word for a shell.
pub(crate) fn quote(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', "'\"'\"'")))
}

/// Names with a `position`, in its order. Of two with the same position the later one counts.
fn by_position(declared: &Parameters) -> Vec<&str> {
    let mut placed: Vec<(f64, &str)> = Vec::new();
    for (name, schema) in declared.iter() {
        let Some(position) = schema.get("position").and_then(Json::as_f64) else {
            continue;
        };
        match placed.iter_mut().find(|(taken, _)| *taken == position) {
            Some(place) => place.1 = name,
            None => placed.push((position, name)),
        }
    }
    placed.sort_by(|one, other| one.0.total_cmp(&other.0));
    placed.into_iter().map(|(_, name)| name).collect()
}

fn named(name: &str, value: &Json) -> Result<Option<String>, Error> {
    match value {
        Json::Null | Json::Bool(false) => Ok(None),
        Json::Bool(true) => Ok(Some(quote(name).into_owned())),
        Json::String(text) if text.is_empty() => Ok(None),
        other => {
            let value = text::str(&from_json(other))?;
            Ok(Some(format!("{}={}", quote(name), quote(&value))))
        }
    }
}

fn word(kind: &str, value: &Value) -> Result<String, Error> {
    let is_empty = match kind {
        "string" | "number" | "float" | "boolean" => matches!(value, Value::None),
        "null" => true,
        _ => !access::truth(value)?,
    };
    if is_empty {
        return Ok(String::new());
    }
    Ok(match kind {
        "boolean" if access::truth(value)? => "1".to_owned(),
        "boolean" => "0".to_owned(),
        "array" | "list" => {
            let items = access::iterate(value)?;
            let items: Result<Vec<_>, _> = items.iter().map(text::str).collect();
            items?.join(",")
        }
        "object" => dumps(value, &Layout::orjson())?,
        _ => text::str(value)?.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(given: Json, declared: Json) -> String {
        let (Json::Object(given), Json::Object(declared)) = (given, declared) else {
            panic!("objects are needed");
        };
        arguments(&given, &Parameters(declared), "--").unwrap()
    }

    #[test]
    fn names_come_before_positions() {
        let given =
            json!({"b": "x y", "one": 1, "flag": true, "off": false, "none": null, "a": "it's"});
        let declared = json!({
            "a": {"type": "string", "position": 1},
            "b": {"type": "string", "position": 0},
            "missing": {"type": "string", "position": 2},
            "one": {"type": "integer"}
        });
        assert_eq!(
            line(given, declared),
            r#" --one=1 --flag 'x y' 'it'"'"'s' ''"#
        );
    }

    #[test]
    fn hostile_values_stay_one_word() {
        let given = json!({"a b": "$(id) `id`\n;&|<>\\*?#~!"});
        assert_eq!(
            line(given, json!({})),
            " '--a b'='$(id) `id`\n;&|<>\\*?#~!'"
        );
    }
}

//! Reading the parameters of actions as pydantic 1 reads them: `"5"` is a number where one is wanted, what is not known is
//! left out, and all that is wrong is told at once.

use squall_expression::value::text::float_repr;
use squall_model::{Json, Object};

/// What is wrong with one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    place: String,
    message: &'static str,
}

const MISSING: &str = "field required (type=value_error.missing)";
const NULL: &str = "none is not an allowed value (type=type_error.none.not_allowed)";
const NO_TEXT: &str = "str type expected (type=type_error.str)";
const NO_INTEGER: &str = "value is not a valid integer (type=type_error.integer)";
const NO_NUMBER: &str = "value is not a valid float (type=type_error.float)";
const NO_BOOLEAN: &str = "value could not be parsed to a boolean (type=type_error.bool)";
const NO_LIST: &str = "value is not a valid list (type=type_error.list)";
const NO_OBJECT: &str = "value is not a valid dict (type=type_error.dict)";

/// The values that `declared` wants, each of its type, defaults filled in; or the message of a `ValidationError` of
/// `class`.
pub(crate) fn read(class: &str, declared: &Object, given: &Object) -> Result<Object, String> {
    let mut wrong = Vec::new();
    let read = members(declared, given, "", &mut wrong);
    if wrong.is_empty() {
        return Ok(read);
    }
    let plural = if wrong.len() == 1 { "" } else { "s" };
    let first = format!("{} validation error{plural} for {class}", wrong.len());
    let rest = wrong.iter();
    let rest = rest.map(|one| format!("\n{}\n  {}", one.place, one.message));
    Err(first + &rest.collect::<String>())
}

fn members(declared: &Object, given: &Object, place: &str, wrong: &mut Vec<Wrong>) -> Object {
    let mut read = Object::new();
    for (name, schema) in declared {
        let place = below(place, name);
        match given.get(name) {
            Some(value) => {
                read.insert(name.clone(), one(schema, value, &place, wrong));
            }
            None if schema.get("required") == Some(&Json::Bool(true)) => wrong.push(Wrong {
                place,
                message: MISSING,
            }),
            None => {
                let default = schema.get("default").cloned().unwrap_or_default();
                read.insert(name.clone(), default);
            }
        }
    }
    read
}

fn one(schema: &Json, value: &Json, place: &str, wrong: &mut Vec<Wrong>) -> Json {
    let (kind, may_be_null) = kind(schema);
    let cast = match kind {
        _ if value.is_null() => {
            if may_be_null {
                return Json::Null;
            }
            Err(NULL)
        }
        "string" => text(value).map(Json::String).ok_or(NO_TEXT),
        "integer" => integer(value).map(Json::from).ok_or(NO_INTEGER),
        "number" => number(value).map(Json::from).ok_or(NO_NUMBER),
        "boolean" => boolean(value).map(Json::Bool).ok_or(NO_BOOLEAN),
        "array" => match value.as_array() {
            Some(items) => Ok(list(schema, items, place, wrong)),
            None => Err(NO_LIST),
        },
        "object" => match value.as_object() {
            Some(given) => Ok(Json::Object(object(schema, given, place, wrong))),
            None => Err(NO_OBJECT),
        },
        _ => Ok(value.clone()),
    };
    cast.unwrap_or_else(|message| {
        wrong.push(Wrong {
            place: place.to_owned(),
            message,
        });
        Json::Null
    })
}

fn list(schema: &Json, items: &[Json], place: &str, wrong: &mut Vec<Wrong>) -> Json {
    let Some(of) = schema.get("items") else {
        return Json::Array(items.to_vec());
    };
    let read = items.iter().enumerate();
    let read = read.map(|(number, item)| one(of, item, &below(place, &number.to_string()), wrong));
    Json::Array(read.collect())
}

fn object(schema: &Json, given: &Object, place: &str, wrong: &mut Vec<Wrong>) -> Object {
    if let Some(declared) = schema.get("properties").and_then(Json::as_object) {
        return members(declared, given, place, wrong);
    }
    let Some(of) = schema.get("additionalProperties") else {
        return given.clone();
    };
    let read = given.iter();
    let read = read.map(|(name, value)| (name.clone(), one(of, value, &below(place, name), wrong)));
    read.collect()
}

/// The declared type, and whether null is one as well.
fn kind(schema: &Json) -> (&str, bool) {
    match schema.get("type") {
        Some(Json::String(kind)) => (kind, false),
        Some(Json::Array(kinds)) => {
            let mut kinds = kinds.iter().filter_map(Json::as_str);
            (
                kinds.next().unwrap_or_default(),
                kinds.any(|kind| kind == "null"),
            )
        }
        _ => ("", true),
    }
}

fn below(place: &str, name: &str) -> String {
    if place.is_empty() {
        name.to_owned()
    } else {
        format!("{place} -> {name}")
    }
}

fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(true) => Some("True".to_owned()),
        Json::Bool(false) => Some("False".to_owned()),
        Json::Number(number) if number.is_f64() => number.as_f64().map(float_repr),
        Json::Number(number) => Some(number.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn integer(value: &Json) -> Option<i64> {
    match value {
        Json::Bool(flag) => Some(i64::from(*flag)),
        Json::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Json::String(text) => text.trim().parse().ok(),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// What is before the point, where 64 bits hold it.
fn whole(number: f64) -> Option<i64> {
    let number = number.trunc();
    let fits = number.abs() < 9.0e18;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it has no fraction and fits"
    )]
    fits.then_some(number as i64)
}

fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.trim().parse().ok(),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn boolean(value: &Json) -> Option<bool> {
    match value {
        Json::Bool(flag) => Some(*flag),
        Json::Number(number) => match number.as_f64()? {
            0.0 => Some(false),
            1.0 => Some(true),
            _ => None,
        },
        Json::String(text) => match text.to_lowercase().as_str() {
            "1" | "on" | "t" | "true" | "y" | "yes" => Some(true),
            "0" | "off" | "f" | "false" | "n" | "no" => Some(false),
            _ => None,
        },
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(schema: &Json, given: &Json) -> Result<Json, String> {
        let (schema, given) = (schema.as_object().unwrap(), given.as_object().unwrap());
        read("Params", schema, given).map(Json::Object)
    }

    #[test]
    fn values_become_what_is_declared() {
        let schema = json!({
            "text": {"type": "string"}, "count": {"type": "integer"}, "share": {"type": "number"},
            "is": {"type": "boolean"}, "names": {"type": "array", "items": {"type": "string"}},
            "none": {"type": ["string", "null"]}, "usual": {"type": "integer", "default": 8},
        });
        let given = json!({
            "text": 5, "count": "12", "share": "0.5", "is": "Yes", "names": ["a", 1, true, 1.0], "none": null,
            "unknown": 1,
        });
        let read = json!({
            "text": "5", "count": 12, "share": 0.5, "is": true, "names": ["a", "1", "True", "1.0"], "none": null,
            "usual": 8,
        });
        assert_eq!(check(&schema, &given), Ok(read));
    }

    #[test]
    fn all_that_is_wrong_is_told_as_pydantic_tells_it() {
        let schema = json!({
            "bash_command": {"type": "string", "required": true},
            "rate_limit": {"type": "integer"},
            "regexes": {"type": "array", "items": {"type": "object", "properties": {
                "regex": {"type": "string", "required": true},
            }}},
        });
        let given = json!({"rate_limit": "x", "regexes": [{"regex": "a"}, {"regex": null}]});
        assert_eq!(
            check(&schema, &given).unwrap_err(),
            "3 validation errors for Params\n\
             bash_command\n  field required (type=value_error.missing)\n\
             rate_limit\n  value is not a valid integer (type=type_error.integer)\n\
             regexes -> 1 -> regex\n  none is not an allowed value (type=type_error.none.not_allowed)"
        );
    }
}

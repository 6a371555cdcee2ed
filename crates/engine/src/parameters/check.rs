//! Holds what was given against the schemas of action and runner.

use squall_model::{Json, Object, mask};

use super::{Failure, Schemas};
use crate::schema::{self, Mismatch, Part};

/// Gives back what was given if it fits: every required parameter is there or has a default, none is unknown, none is
/// immutable. Defaults are filled in for the check only; they are not recorded as given.
///
/// # Errors
/// [`Failure::Invalid`] says what does not fit, and [`Failure::Raised`] what may not be given, in StackStorm's words.
pub fn checked(schemas: Schemas<'_>, given: Object) -> Result<Object, Failure> {
    filled(schemas, &given)?;
    let immutable = |name: &&String| {
        schemas.action.flag(name, "immutable") || schemas.runner.flag(name, "immutable")
    };
    let overridden: Vec<String> = given
        .keys()
        .filter(immutable)
        .map(|name| format!("'{name}'"))
        .collect();
    if overridden.is_empty() {
        return Ok(given);
    }
    let names = overridden.join(", ");
    let message = format!("Override of immutable parameter(s) [{names}] is unsupported.");
    Err(Failure::Raised {
        class: "ValueError",
        message,
    })
}

/// What was given with all defaults filled in, checked.
///
/// # Errors
/// [`Failure::Invalid`] says what does not fit.
pub(crate) fn filled(schemas: Schemas<'_>, given: &Object) -> Result<Object, Failure> {
    let schema = schema_of(schemas);
    if schema.is_empty() {
        return Ok(given.clone());
    }
    let schema = schema::allow_null(&schema);
    let mut filled = given.clone();
    schema::fill(&mut filled, &schema);
    let value = Json::Object(filled);
    schema::check(&value, &schema)
        .map_err(|mismatch| Failure::Invalid(told(*mismatch, &value, &schema)))?;
    match value {
        Json::Object(filled) => Ok(filled),
        _ => Ok(Object::new()),
    }
}

/// What does not fit, without the value if that is secret.
fn told(mismatch: Mismatch, given: &Json, schema: &Object) -> String {
    let Some(Part::Key(name)) = mismatch.path.first() else {
        return mismatch.message;
    };
    let property = schema
        .get("properties")
        .and_then(|properties| properties.get(name))
        .and_then(Json::as_object);
    match (given.get(name), property) {
        (Some(given), Some(property)) if mask::value(given, property) != *given => {
            format!("The value of the secret parameter '{name}' does not fit its schema")
        }
        _ => mismatch.message,
    }
}

/// One object schema of all parameters: what an action says about a runner's parameter is laid over what the runner says.
fn schema_of(schemas: Schemas<'_>) -> Object {
    let mut properties = Object::new();
    for (name, property) in schemas.runner.0.iter().chain(&schemas.action.0) {
        match (properties.get_mut(name), property) {
            (Some(Json::Object(known)), Json::Object(property)) => lay_over(known, property),
            _ => {
                properties.insert(name.clone(), property.clone());
            }
        }
    }
    if properties.is_empty() {
        return Object::new();
    }
    for property in properties.values_mut() {
        if property.as_object().is_some_and(Object::is_empty) {
            *property = anything();
        }
    }
    let mut schema = Object::new();
    schema.insert("type".to_owned(), Json::from("object"));
    schema.insert("properties".to_owned(), Json::Object(properties));
    schema.insert("additionalProperties".to_owned(), Json::from(false));
    schema
}

fn lay_over(known: &mut Object, over: &Object) {
    for (key, value) in over {
        match (known.get_mut(key), value) {
            (Some(Json::Object(inner)), Json::Object(value)) => lay_over(inner, value),
            _ => {
                known.insert(key.clone(), value.clone());
            }
        }
    }
}

/// What an empty schema stands for: anything but null.
fn anything() -> Json {
    let of = |name: &str| serde_json::json!({ "type": name });
    let all: Vec<Json> = ["array", "boolean", "integer", "number", "object", "string"]
        .into_iter()
        .map(of)
        .collect();
    serde_json::json!({ "anyOf": all })
}

//! One value, as its schema wants it.

use squall_expression::value::{Value, json, number};
use squall_model::{Json, Object};

use super::Error;

/// Reads the text of a parameter; without a type it stays text.
pub(super) fn to_schema(
    name: &str,
    given: &str,
    schema: Option<&Object>,
    auto_dict: bool,
) -> Result<Json, Error> {
    let kind = schema
        .and_then(|schema| schema.get("type"))
        .and_then(Json::as_str);
    let wrong = |wanted| Error::Value {
        name: name.to_owned(),
        wanted,
        given: given.to_owned(),
    };
    match kind {
        Some("integer") => integer(given).ok_or_else(|| wrong("a whole number")),
        Some("number") => float(given).ok_or_else(|| wrong("a number")),
        Some("boolean") => boolean(given).ok_or_else(|| wrong("true or false")),
        Some("object") => {
            object(given).ok_or_else(|| wrong("an object: JSON, or name=value,name=value"))
        }
        Some("array") if auto_dict => array_of_objects(name, given, schema),
        Some("array") => Ok(array(given)),
        _ => Ok(Json::from(given)),
    }
}

fn integer(given: &str) -> Option<Json> {
    let number = number::parse_integer(given, 10).ok()?;
    json::to_json(&number)
        .ok()
        .filter(|number| number.is_i64() || number.is_u64())
}

fn float(given: &str) -> Option<Json> {
    let number = number::parse_float(given)
        .ok()
        .filter(|number| number.is_finite())?;
    json::to_json(&Value::Float(number)).ok()
}

fn boolean(given: &str) -> Option<Json> {
    match given.to_ascii_lowercase().as_str() {
        "true" => Some(Json::Bool(true)),
        "false" => Some(Json::Bool(false)),
        // The server decides what these mean.
        "1" => Some(Json::from(1)),
        "0" => Some(Json::from(0)),
        _ => None,
    }
}

/// JSON, or pairs; what is no pair is left out.
fn object(given: &str) -> Option<Json> {
    if given.starts_with('{') {
        return serde_json::from_str(given).ok().filter(Json::is_object);
    }
    let pairs = given.split(',').filter_map(|pair| pair.split_once('='));
    Some(Json::Object(
        pairs
            .map(|(name, value)| (name.to_owned(), Json::from(value)))
            .collect(),
    ))
}

/// JSON, or items between commas. A single number is a list of one.
fn array(given: &str) -> Json {
    match integer(given).or_else(|| serde_json::from_str(given).ok()) {
        Some(list @ (Json::Array(_) | Json::Object(_) | Json::Null)) => list,
        Some(one) => Json::Array(vec![one]),
        None => given
            .split(',')
            .map(|item| Json::from(item.trim()))
            .collect(),
    }
}

/// `name:value,name:value` is a list of one object, if every item has its colon.
fn array_of_objects(name: &str, given: &str, schema: Option<&Object>) -> Result<Json, Error> {
    let list = array(given);
    let items: Option<Vec<(&str, &str)>> = list.as_array().and_then(|items| {
        items
            .iter()
            .map(|item| item.as_str()?.split_once(':'))
            .collect()
    });
    let Some(items) = items.filter(|items| !items.is_empty()) else {
        return Ok(list);
    };
    let properties = schema
        .and_then(|schema| schema.get("properties"))
        .and_then(Json::as_object);
    let mut object = Object::new();
    for (member, value) in items {
        let schema = properties
            .and_then(|properties| properties.get(member))
            .and_then(Json::as_object);
        let value = to_schema(&format!("{name}.{member}"), value, schema, false)?;
        object.insert(member.to_owned(), value);
    }
    Ok(Json::Array(vec![Json::Object(object)]))
}

//! Hiding secrets before anything leaves the process.

use crate::schema::Parameters;
use crate::{Json, Object};

/// What stands in place of a secret, as in StackStorm.
pub const MASK: &str = "********";

/// `values` with everything hidden that `schema` marks `secret: true`, at any depth.
///
/// A secret array or object is hidden whole; so is null, which would tell that nothing is set.
pub fn parameters(values: &Object, schema: &Parameters) -> Object {
    properties(values, &schema.0)
}

/// `value` with everything hidden that its own `schema` (an object with `type`, `properties`, `items`) marks secret.
pub fn value(value: &Json, schema: &Object) -> Json {
    if schema.get("secret").is_some_and(is_said) {
        return Json::from(MASK);
    }
    match value {
        Json::Object(values) => Json::Object(object(values, schema)),
        Json::Array(items) => Json::Array(array(items, schema)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => value.clone(),
    }
}

/// What Python takes for true: `secret: yes` in quotes hides, too.
fn is_said(flag: &Json) -> bool {
    !matches!(flag, Json::Null | Json::Bool(false)) && flag != 0 && flag != ""
}

fn object(values: &Object, schema: &Object) -> Object {
    let known = schema.get("properties").and_then(Json::as_object);
    let rest = schema.get("additionalProperties").and_then(Json::as_object);
    let masked = |name: &String, item: &Json| match known
        .and_then(|known| known.get(name))
        .and_then(Json::as_object)
        .or(rest)
    {
        Some(schema) => value(item, schema),
        None => item.clone(),
    };
    values
        .iter()
        .map(|(name, item)| (name.clone(), masked(name, item)))
        .collect()
}

fn array(items: &[Json], schema: &Object) -> Vec<Json> {
    let of = |index: usize| match schema.get("items") {
        Some(Json::Object(every)) => Some(every),
        Some(Json::Array(each)) => each
            .get(index)
            .or_else(|| schema.get("additionalItems"))
            .and_then(Json::as_object),
        _ => None,
    };
    items
        .iter()
        .enumerate()
        .map(|(index, item)| of(index).map_or_else(|| item.clone(), |schema| value(item, schema)))
        .collect()
}

fn properties(values: &Object, schemas: &Object) -> Object {
    let masked = |name: &String, item: &Json| match schemas.get(name).and_then(Json::as_object) {
        Some(schema) => value(item, schema),
        None => item.clone(),
    };
    values
        .iter()
        .map(|(name, item)| (name.clone(), masked(name, item)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(values: &Json, schema: &Json, expected: &Json) {
        let masked = parameters(
            values.as_object().unwrap(),
            &Parameters(schema.as_object().unwrap().clone()),
        );
        assert_eq!(&Json::Object(masked), expected);
    }

    #[test]
    fn at_any_depth() {
        check(
            &json!({"user": "ann", "auth": {"password": "p", "kind": "basic"}, "tokens": ["a", "b"]}),
            &json!({"user": {}, "auth": {"type": "object", "properties": {"password": {"secret": true}}},
                   "tokens": {"type": "array", "items": {"type": "string", "secret": true}}}),
            &json!({"user": "ann", "auth": {"password": MASK, "kind": "basic"}, "tokens": [MASK, MASK]}),
        );
    }

    #[test]
    fn a_secret_object_is_hidden_whole_and_so_is_null() {
        check(
            &json!({"all": {"a": 1}, "none": null}),
            &json!({"all": {"type": "object", "secret": true}, "none": {"secret": true}}),
            &json!({"all": MASK, "none": MASK}),
        );
    }
}

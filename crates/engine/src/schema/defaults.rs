//! Filling in defaults, and letting null stand where nothing needs to.

use squall_model::{Json, Object};

/// How deep defaults are filled in.
const DEEPEST: usize = 64;

/// `value` with the defaults of an object schema filled in at any depth, also over null.
pub fn fill(value: &mut Object, schema: &Object) {
    fill_object(value, schema, 0);
}

fn fill_object(value: &mut Object, schema: &Object, depth: usize) {
    let Some(properties) = schema.get("properties").and_then(Json::as_object) else {
        return;
    };
    if depth >= DEEPEST {
        return;
    }
    for (name, property) in properties {
        let absent = value.get(name).is_none_or(Json::is_null);
        if let Some(default) = property.get("default")
            && absent
            && dependencies_are_met(name, value, schema, properties)
        {
            value.insert(name.clone(), default.clone());
        }
        if let Some(member) = value.get_mut(name) {
            fill_member(member, property, depth);
        }
    }
}

fn fill_member(member: &mut Json, schema: &Json, depth: usize) {
    let Some(schema) = schema.as_object() else {
        return;
    };
    match member {
        Json::Array(items) if is_type(schema, "array") => fill_array(items, schema, depth),
        Json::Object(members) if is_type(schema, "object") => {
            fill_object(members, schema, depth.saturating_add(1));
        }
        _ => {}
    }
}

fn fill_array(items: &mut [Json], schema: &Object, depth: usize) {
    if depth >= DEEPEST {
        return;
    }
    for (index, item) in items.iter_mut().enumerate() {
        let of_item = match schema.get("items") {
            Some(Json::Array(each)) => each.get(index),
            every => every,
        };
        let Some(of_item) = of_item else { continue };
        if item.is_null()
            && let Some(default) = of_item.get("default")
        {
            *item = default.clone();
        }
        fill_member(item, of_item, depth.saturating_add(1));
    }
}

/// A default is left out if the property depends on one that is neither given nor has a default.
fn dependencies_are_met(name: &str, value: &Object, schema: &Object, properties: &Object) -> bool {
    let needed = schema
        .get("dependencies")
        .and_then(|dependencies| dependencies.get(name))
        .and_then(Json::as_array);
    needed
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .all(|needed| {
            properties
                .get(needed)
                .is_some_and(|property| property.get("default").is_some())
                || value.contains_key(needed)
        })
}

fn is_type(schema: &Object, name: &str) -> bool {
    match schema.get("type") {
        Some(Json::String(of)) => of == name,
        Some(Json::Array(of)) => of.iter().any(|of| of == name),
        _ => false,
    }
}

/// `schema` with null allowed wherever a property is optional or its default is null.
pub fn allow_null(schema: &Object) -> Object {
    allow_null_within(schema, 0)
}

fn allow_null_within(schema: &Object, depth: usize) -> Object {
    let mut schema = schema.clone();
    let Some(properties) = schema.get_mut("properties").and_then(Json::as_object_mut) else {
        return schema;
    };
    if depth >= DEEPEST {
        return schema;
    }
    for property in properties.values_mut().filter_map(Json::as_object_mut) {
        let optional = !property
            .get("required")
            .and_then(Json::as_bool)
            .unwrap_or(false);
        let no_default = property.get("default").is_none_or(Json::is_null);
        // The original looks at the parts as they were before null was let in.
        let (is_array, is_object) = (is_type(property, "array"), is_type(property, "object"));
        let before = property.clone();
        if (property.contains_key("default") || optional) && no_default {
            let_null_in(property);
        }
        if is_array
            && let Some(items) = before.get("items").and_then(Json::as_object)
            && items
                .get("properties")
                .and_then(Json::as_object)
                .is_some_and(|inner| !inner.is_empty())
        {
            property.insert(
                "items".to_owned(),
                Json::Object(allow_null_within(items, depth.saturating_add(1))),
            );
        }
        if is_object
            && before
                .get("properties")
                .and_then(Json::as_object)
                .is_some_and(|inner| !inner.is_empty())
        {
            let inner = allow_null_within(property, depth.saturating_add(1));
            *property = inner;
        }
    }
    schema
}

fn let_null_in(property: &mut Object) {
    for alternatives in ["anyOf", "oneOf"] {
        if let Some(Json::Array(schemas)) = property.get_mut(alternatives) {
            if !schemas
                .iter()
                .any(|schema| schema.get("type").is_some_and(|of| of == "null"))
            {
                schemas.push(serde_json::json!({"type": "null"}));
            }
            return;
        }
    }
    match property.get_mut("type") {
        Some(Json::Array(types)) => {
            if !types.iter().any(|of| of == "null") {
                types.push(Json::from("null"));
            }
        }
        Some(Json::String(of)) if of == "null" => {}
        other => {
            let of = other.map_or_else(|| Json::from("string"), |of| of.clone());
            property.insert("type".to_owned(), Json::Array(vec![of, Json::from("null")]));
        }
    }
}

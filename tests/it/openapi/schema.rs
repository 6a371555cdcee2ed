//! As much of JSON Schema as descriptions of APIs use.

use fancy_regex::Regex;
use serde_json::Value as Json;

/// What is wrong with a value, each with its place.
pub(super) fn faults(document: &Json, schema: &Json, value: &Json) -> Vec<String> {
    let mut check = Check {
        document,
        faults: Vec::new(),
    };
    check.value(schema, value, "");
    check.faults
}

/// What a reference leads to.
pub(super) fn followed<'a>(document: &'a Json, mut given: &'a Json) -> &'a Json {
    while let Some(reference) = given["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').unwrap();
        given = document
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{reference} leads nowhere"));
    }
    given
}

struct Check<'a> {
    document: &'a Json,
    faults: Vec<String>,
}

impl Check<'_> {
    fn value(&mut self, schema: &Json, value: &Json, place: &str) {
        let schema = followed(self.document, schema);
        if value.is_null() && schema["x-nullable"] == true {
            return;
        }
        if !is_of_type(&schema["type"], value) {
            let wanted = &schema["type"];
            self.fault(place, &format!("{value} is not of type {wanted}"));
            return;
        }
        let choices = schema["enum"].as_array();
        if choices.is_some_and(|choices| !choices.contains(value)) {
            self.fault(place, &format!("{value} is none of {}", schema["enum"]));
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.value(part, value, place);
        }
        match value {
            Json::Object(members) => {
                for (name, member) in members {
                    self.member(schema, (name, member), place);
                }
                let required = schema["required"].as_array().into_iter().flatten();
                for name in required.filter_map(Json::as_str) {
                    if !members.contains_key(name) {
                        self.fault(place, &format!("`{name}` is missing"));
                    }
                }
            }
            Json::Array(items) => {
                if let Some(of_items) = schema.get("items") {
                    for (index, item) in items.iter().enumerate() {
                        self.value(of_items, item, &format!("{place}[{index}]"));
                    }
                }
            }
            Json::String(text) => self.text(schema, text, place),
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn member(&mut self, schema: &Json, (name, member): (&str, &Json), place: &str) {
        let place = format!("{place}.{name}");
        if let Some(known) = schema["properties"].get(name) {
            self.value(known, member, &place);
            return;
        }
        match &schema["additionalProperties"] {
            Json::Bool(false) => self.fault(&place, "is not described"),
            Json::Object(_) => self.value(&schema["additionalProperties"], member, &place),
            _ => {}
        }
    }

    fn text(&mut self, schema: &Json, text: &str, place: &str) {
        if let Some(pattern) = schema["pattern"].as_str()
            && !Regex::new(pattern).unwrap().is_match(text).unwrap()
        {
            self.fault(place, &format!("`{text}` does not match {pattern}"));
        }
    }

    fn fault(&mut self, place: &str, what: &str) {
        self.faults.push(format!("{place}: {what}"));
    }
}

fn is_of_type(wanted: &Json, value: &Json) -> bool {
    match wanted {
        Json::String(wanted) => match wanted.as_str() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "null" => value.is_null(),
            other => panic!("there is no type {other}"),
        },
        Json::Array(wanted) => wanted.iter().any(|wanted| is_of_type(wanted, value)),
        _ => true,
    }
}

#[test]
fn what_does_not_fit_is_found() {
    let schema = serde_json::json!({
        "type": "object", "required": ["id"], "additionalProperties": false,
        "properties": {
            "id": {"type": "string", "pattern": "^[a-f]+$"}, "n": {"type": ["integer", "null"]},
            "list": {"type": "array", "items": {"enum": [1, 2]}}, "any": {},
        },
    });
    let found = |value: Json| faults(&Json::Null, &schema, &value);
    let none: [&str; 0] = [];
    assert_eq!(
        found(serde_json::json!({"id": "abc", "n": null, "list": [1, 2], "any": 1.5})),
        none
    );
    assert_eq!(
        found(serde_json::json!({"n": 1.5, "list": [3], "more": 1})),
        [
            ".n: 1.5 is not of type [\"integer\",\"null\"]",
            ".list[0]: 3 is none of [1,2]",
            ".more: is not described",
            ": `id` is missing",
        ]
    );
    assert_eq!(
        found(serde_json::json!({"id": "xyz"})),
        [".id: `xyz` does not match ^[a-f]+$"]
    );
    assert_eq!(
        found(serde_json::json!([])),
        [": [] is not of type \"object\""]
    );
}

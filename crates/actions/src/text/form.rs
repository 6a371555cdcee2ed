//! Values as parts of requests, as Python's `requests` sends them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use squall_model::Json;

use super::shown;

/// What may stand in a form as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b' ');

/// Names and values as a form or query: lists name theirs again and again, null is left out.
pub(crate) fn form(pairs: &Json) -> String {
    let mut parts = Vec::new();
    match pairs {
        Json::Object(members) => {
            for (name, value) in members {
                add(&mut parts, name, value);
            }
        }
        Json::Array(items) => {
            for pair in items {
                let name = pair.get(0).map(shown);
                if let (Some(name), Some(value)) = (name, pair.get(1)) {
                    add(&mut parts, &name, value);
                }
            }
        }
        _ => {}
    }
    parts.join("&")
}

fn add(parts: &mut Vec<String>, name: &str, value: &Json) {
    let mut one =
        |value: &Json| parts.push(format!("{}={}", encoded(name), encoded(&shown(value))));
    match value {
        Json::Null => {}
        Json::Array(items) => items.iter().for_each(one),
        // Of a mapping Python walks through the names.
        Json::Object(members) => members
            .keys()
            .for_each(|key| one(&Json::from(key.as_str()))),
        other => one(other),
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PLAIN)
        .to_string()
        .replace(' ', "+")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn forms_are_those_of_python() {
        let pairs =
            json!({"a b": "c&d", "list": [1, true], "none": null, "map": {"x": 1}, "float": 1.0});
        assert_eq!(form(&pairs), "a+b=c%26d&list=1&list=True&map=x&float=1.0");
        assert_eq!(form(&json!([["a", 1], ["a", "é"]])), "a=1&a=%C3%A9");
    }
}

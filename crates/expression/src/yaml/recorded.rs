//! What PyYAML's C loader made of texts, replayed.

use std::path::Path;

use serde_json::json;
use squall_model::{Json, Object};

use super::*;

/// Cases that differ, each with its reason.
const DIFFERENT: &[(&str, &str)] = &[
    ("anchors-07", RECURSIVE),
    ("anchors-08", RECURSIVE),
    ("block-scalar-33", LENIENT),
    ("documents-10", LENIENT),
    ("keys-08", LENIENT),
    ("plain-text-72", "YAML 1.2 has only the usual line breaks"),
    ("plain-text-73", "YAML 1.2 has only the usual line breaks"),
    ("plain-text-77", LENIENT),
    ("plain-text-80", LENIENT),
    ("tags-40", LENIENT),
];

const RECURSIVE: &str = "a list that holds itself can be neither recorded nor shown";
const LENIENT: &str = "libyaml refuses it, our parser takes it for what was plainly meant; no file that loads there differs";

#[test]
fn texts_mean_what_they_mean_to_pyyaml() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/recorded/yaml.jsonl");
    let recorded = fs_err::read_to_string(path).unwrap();
    let mut faults = Vec::new();
    for line in recorded.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let id = case["id"].as_str().unwrap();
        let text = case["text"].as_str().unwrap();
        let found = match load(text) {
            Ok(value) => json!({ "value": tagged(&value) }),
            Err(_) => json!("error"),
        };
        let expected = match case["expected"].get("error") {
            Some(_) => json!("error"),
            None => case["expected"].clone(),
        };
        let is_excused = DIFFERENT.iter().any(|(excused, _)| *excused == id);
        if (found == expected) == is_excused {
            faults.push(format!(
                "{id} {text:?}\n  expected {expected}\n  found    {found}"
            ));
        }
    }
    assert!(
        faults.is_empty(),
        "{} cases:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// A value as the recordings write it: what JSON cannot hold becomes an object with one member, `__kind__`.
fn tagged(value: &Value) -> Json {
    match value {
        Value::None => Json::Null,
        Value::Bool(flag) => json!(flag),
        Value::Int(number) => json!(number),
        Value::Big(number) => match u64::try_from(&**number) {
            Ok(number) => json!(number),
            Err(_) => json!({ "__int__": number.to_string() }),
        },
        Value::Float(number) if number.is_finite() => json!(number),
        Value::Float(number) => json!({ "__float__": number.to_string().to_lowercase() }),
        Value::Str(text) => json!(&**text),
        Value::Bytes(bytes) => json!({ "__bytes__": base64(bytes) }),
        Value::List(items) => items.borrow().iter().map(tagged).collect(),
        Value::Tuple(items) => json!({ "__tuple__": items.iter().map(tagged).collect::<Json>() }),
        Value::Set(members) => {
            let mut members: Vec<Json> = members.borrow().values().iter().map(tagged).collect();
            members.sort_by_key(ToString::to_string);
            json!({ "__set__": members })
        }
        Value::Dict(entries) => tagged_dict(&entries.borrow()),
        Value::Date(date) => json!({ "__date__": date.to_string() }),
        Value::DateTime(time, offset) => {
            let offset = offset.map(|offset| offset.to_string()).unwrap_or_default();
            json!({ "__datetime__": format!("{}{offset}", time.format("%Y-%m-%dT%H:%M:%S%.6f").to_string().replace(".000000", "")) })
        }
        Value::Object(_) => panic!("YAML makes no objects"),
    }
}

fn tagged_dict(dict: &crate::value::Dict) -> Json {
    let texts: Option<Object> = dict
        .iter()
        .map(|(key, value)| Some((key.as_text()?.to_string(), tagged(value))))
        .collect();
    match texts {
        Some(texts) => Json::Object(texts),
        None => {
            let pairs = dict
                .iter()
                .map(|(key, value)| json!([tagged(key.value()), tagged(value)]));
            json!({ "__dict__": pairs.collect::<Json>() })
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            [18, 12, 6, 0]
                .into_iter()
                .enumerate()
                .map(move |(index, shift)| {
                    if index > chunk.len() {
                        '='
                    } else {
                        char::from(LETTERS[(bits >> shift & 63) as usize])
                    }
                })
        })
        .collect()
}

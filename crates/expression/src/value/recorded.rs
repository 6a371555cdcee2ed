//! Replays what the originals answered, from `conformance/recorded`.

use std::path::Path;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime};
use squall_model::Json;

use super::{Dict, Error, Key, Set, Value, number, text};

/// The lines of a recording.
pub(crate) fn cases(file: &str) -> Vec<Json> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../conformance/recorded")
        .join(file);
    let recorded = fs_err::read_to_string(path).unwrap();
    recorded
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Runs every case of a recording; `different` are those that are meant to differ, with the reason.
///
/// That something fails is compared, the words of the error are not.
pub(crate) fn replay(
    file: &str,
    different: &[(&str, &str)],
    run: impl Fn(&Json) -> Result<Value, Error>,
) {
    let mut faults = Vec::new();
    for case in cases(file) {
        let id = case["id"].as_str().unwrap();
        let found = match run(&case) {
            Ok(value) => shown(&value),
            Err(error) => format!("error: {error}"),
        };
        let expected = match &case["expected"] {
            Json::Object(failed) if failed.contains_key("error") => {
                format!("error: {}: {}", failed["error"], failed["message"])
            }
            Json::Object(worked) if worked.contains_key("value") => {
                shown(&untagged(&worked["value"]))
            }
            bare => shown(&untagged(bare)),
        };
        let both_fail = found.starts_with("error: ") && expected.starts_with("error: ");
        let is_same = found == expected || both_fail;
        let is_excused = different.iter().any(|(excused, _)| *excused == id);
        if is_same == is_excused {
            faults.push(format!("{case}\n  expected {expected}\n  found    {found}"));
        }
    }
    let count = faults.len();
    assert!(faults.is_empty(), "{count} cases:\n{}", faults.join("\n"));
}

/// The value that a recording writes as JSON, where objects with one member `__kind__` are what JSON cannot hold.
pub(crate) fn untagged(json: &Json) -> Value {
    match json {
        Json::Array(items) => items.iter().map(untagged).collect(),
        Json::Object(entries) => {
            if let Some((kind, inner)) = entries.iter().next().filter(|_| entries.len() == 1)
                && let Some(value) = tagged(kind, inner)
            {
                return value;
            }
            Value::dict(
                entries
                    .iter()
                    .map(|(key, value)| (Key::from(key.as_str()), untagged(value)))
                    .collect(),
            )
        }
        plain => super::json::from_json(plain),
    }
}

fn tagged(kind: &str, inner: &Json) -> Option<Value> {
    let text = inner.as_str().unwrap_or_default();
    let items = || inner.as_array().into_iter().flatten().map(untagged);
    Some(match kind {
        "__int__" => number::parse_integer(text, 10).unwrap(),
        "__float__" => Value::Float(number::parse_float(text).unwrap()),
        "__bytes__" => Value::bytes(base64(text)),
        "__date__" => Value::Date(text.parse::<NaiveDate>().unwrap()),
        "__datetime__" => match text.parse::<DateTime<FixedOffset>>() {
            Ok(time) => Value::DateTime(time.naive_local(), Some(*time.offset())),
            Err(_) => Value::DateTime(text.parse::<NaiveDateTime>().unwrap(), None),
        },
        "__tuple__" => Value::tuple(items().collect()),
        "__set__" => Value::set(items().map(|item| Key::new(item).unwrap()).collect::<Set>()),
        "__dict__" => {
            let pairs = inner.as_array().into_iter().flatten();
            let entry = |pair: &Json| (Key::new(untagged(&pair[0])).unwrap(), untagged(&pair[1]));
            Value::dict(pairs.map(entry).collect::<Dict>())
        }
        _ => return None,
    })
}

/// The `repr`, with the members of sets in order of theirs.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Set(set) => {
            let mut members: Vec<String> = set.borrow().values().iter().map(shown).collect();
            members.sort();
            format!("set {members:?}")
        }
        Value::List(list) => format!(
            "[{}]",
            list.borrow()
                .iter()
                .map(shown)
                .collect::<Vec<_>>()
                .join(", ")
        ),
        Value::Tuple(items) => format!(
            "({})",
            items.iter().map(shown).collect::<Vec<_>>().join(", ")
        ),
        Value::Dict(dict) => {
            let entries = dict.borrow();
            let entries = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", shown(key.value()), shown(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        other => text::repr(other).unwrap(),
    }
}

fn base64(text: &str) -> Vec<u8> {
    let digit = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.bytes().filter(|letter| *letter != b'=') {
        bits = bits << 6 | u32::from(digit(letter));
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    bytes
}

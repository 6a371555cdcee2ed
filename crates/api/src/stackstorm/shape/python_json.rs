//! JSON as Python's `json.dumps(..., sort_keys=True)` writes it, for digests that are made of it.

use std::io::{self, Write};

use md5::{Digest as _, Md5};
use serde::Serialize as _;
use serde_json::ser::{Formatter, Serializer};
use squall_model::{Json, Object};

/// The MD5 of the values, in hexadecimal: the end of a trigger's `uid`. It names, and protects nothing.
pub(super) fn digest(values: &Object) -> String {
    let mut text = Vec::new();
    let sorted = sorted(&Json::Object(values.clone()));
    let written = sorted.serialize(&mut Serializer::with_formatter(&mut text, Python));
    debug_assert!(written.is_ok(), "JSON can always be written to memory");
    let digits = |byte: u8| [byte >> 4, byte & 0x0F];
    Md5::digest(&text)
        .iter()
        .copied()
        .flat_map(digits)
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

fn sorted(value: &Json) -> Json {
    match value {
        Json::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            let member = |name: &String| Some((name.clone(), sorted(members.get(name)?)));
            Json::Object(names.into_iter().filter_map(member).collect())
        }
        Json::Array(items) => items.iter().map(sorted).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => value.clone(),
    }
}

/// A blank after each comma and colon, and nothing beyond ASCII.
struct Python;

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        to.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        to.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        to: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for letter in fragment.chars() {
            if matches!(letter, ' '..='~') {
                write!(to, "{letter}")?;
            } else {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    write!(to, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn digests_are_those_of_python() {
        // python3 -c 'import hashlib, json; print(hashlib.md5(json.dumps(X, sort_keys=True).encode()).hexdigest())'
        let check = |values: Json, expected: &str| {
            assert_eq!(digest(values.as_object().unwrap()), expected, "{values}");
        };
        check(json!({}), "99914b932bd37a50b983c5e7c90ae93b");
        check(json!({"url": "pprof"}), "d3b0a23a0fd0a97cebf7a36879e3ab69");
        check(
            json!({"b": [1, 2.5, true, null, {"z": 1, "a": ""}], "a": "gr\u{fc}n \u{1f980}\n\"\u{7f}\u{1}"}),
            "e3028c3e8716769d7e19846b386cf8a9",
        );
    }
}

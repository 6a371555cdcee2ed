//! Reading JSON that others send: as deep as the parser allows, and of so many values only.
//!
//! A value takes many times the memory of its text, so a limit of bytes does not bound the memory.

use squall_model::Json;

/// The most values of one document, members' names not counted.
pub(crate) const MOST_VALUES: usize = 500_000;

/// Why a body is not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is not JSON, or too deep.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It is too large once it is read.
    #[error("more than {MOST_VALUES} values")]
    TooMany,
}

/// The value of a document.
pub(crate) fn read(text: &[u8]) -> Result<Json, Error> {
    if values(text) > MOST_VALUES {
        return Err(Error::TooMany);
    }
    Ok(serde_json::from_slice(text)?)
}

/// How many values there can be at most: one, and one more after each comma and each bracket outside of texts.
fn values(text: &[u8]) -> usize {
    // A document that is shorter cannot have more.
    if text.len() < MOST_VALUES {
        return 0;
    }
    let (mut count, mut in_text, mut escaped) = (1, false, false);
    for byte in text {
        match (in_text, *byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b',' | b'[' | b'{') => count += 1,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_values_are_refused_and_long_texts_are_not() {
        let list = |values: usize| format!("[{}0]", "0,".repeat(values - 2));
        assert!(read(list(MOST_VALUES).as_bytes()).is_ok());
        let many = list(MOST_VALUES + 1);
        assert!(matches!(read(many.as_bytes()), Err(Error::TooMany)));
        let text = format!(r#"{{"a": "\"{}", "b": "\\"}}"#, ",[{".repeat(MOST_VALUES));
        assert!(read(text.as_bytes()).is_ok());
        let members = format!("{{{}\"z\":0}}", "\"a\":[],".repeat(MOST_VALUES));
        assert!(matches!(read(members.as_bytes()), Err(Error::TooMany)));
    }

    #[test]
    fn what_parsers_stumble_over_is_told() {
        for text in [
            "1e400",
            "NaN",
            "[Infinity]",
            r#""\ud800""#,
            "{\"a\":1,}",
            "[1]x",
            "",
            "'a'",
            "01",
            "\u{feff}1",
        ] {
            assert!(
                matches!(read(text.as_bytes()), Err(Error::Json(_))),
                "{text}"
            );
        }
        assert!(read(&b"\"\xff\""[..]).is_err());
        assert!(read("[".repeat(10_000).as_bytes()).is_err());
        let twice = read(br#"{"a": 1, "__proto__": 2, "a": 3}"#).unwrap();
        assert_eq!(twice, serde_json::json!({"a": 3, "__proto__": 2}));
    }
}

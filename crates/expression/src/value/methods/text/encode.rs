//! `str.encode`.

use super::super::super::{Error, Value, text};
use super::super::arguments::{Arguments, text_of};
use super::receiver;

pub(super) fn encode(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let [encoding, errors] = arguments.bind(["encoding", "errors"])?;
    let name = |value: Option<Value>, place: &str, usual: &str| match value {
        None => Ok(usual.into()),
        Some(value) => text_of(&value, |name| {
            format!("encode() argument '{place}' must be str, not {name}")
        }),
    };
    let encoding = name(encoding, "encoding", "utf-8")?;
    let errors = name(errors, "errors", "strict")?;
    let text = receiver(value);
    let limit = match Encoding::named(&encoding)? {
        Encoding::Utf8 => return Ok(Value::bytes(text.as_bytes())),
        Encoding::Ascii => 0x80,
        Encoding::Latin1 => 0x100,
    };
    let mut out = Vec::with_capacity(text.len());
    for (position, character) in text.chars().enumerate() {
        match u8::try_from(u32::from(character)) {
            Ok(byte) if u32::from(byte) < limit => out.push(byte),
            _ => out.extend(replacement(character, position, limit, &errors)?),
        }
    }
    Ok(Value::bytes(out))
}

/// The encodings that are known.
pub(in super::super) enum Encoding {
    Utf8,
    Ascii,
    Latin1,
}

impl Encoding {
    /// The encoding of that name; `LookupError` if it is not known.
    pub(in super::super) fn named(name: &str) -> Result<Self, Error> {
        let plain: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        match plain.as_str() {
            "utf8" | "u8" | "utf" | "cp65001" => Ok(Self::Utf8),
            "ascii" | "usascii" | "646" => Ok(Self::Ascii),
            "latin1" | "iso88591" | "latin" | "l1" | "8859" | "cp819" => Ok(Self::Latin1),
            _ => Err(Error::raised(
                "LookupError",
                format!("unknown encoding: {name}"),
            )),
        }
    }
}

fn replacement(
    character: char,
    position: usize,
    limit: u32,
    errors: &str,
) -> Result<Vec<u8>, Error> {
    Ok(match errors {
        "ignore" => Vec::new(),
        "replace" => vec![b'?'],
        "xmlcharrefreplace" => format!("&#{};", u32::from(character)).into_bytes(),
        "backslashreplace" => escape(character)?.into_bytes(),
        "strict" => {
            let codec = if limit == 0x80 { "ascii" } else { "latin-1" };
            return Err(Error::raised(
                "UnicodeEncodeError",
                format!(
                    "'{codec}' codec can't encode character '{}' in position {position}: ordinal not in range({limit})",
                    escape(character)?
                ),
            ));
        }
        _ => {
            return Err(Error::raised(
                "LookupError",
                format!("unknown error handler name '{errors}'"),
            ));
        }
    })
}

fn escape(character: char) -> Result<String, Error> {
    let shown = text::ascii(&Value::from(character.encode_utf8(&mut [0; 4]) as &str))?;
    Ok(shown.trim_matches('\'').to_owned())
}

//! The methods of `bytes`.
//!
//! Most of them are those of `str` on text of the characters 0 to 255, which bytes and their arguments are turned into.

use super::super::{Error, Value};
use super::Method;
use super::arguments::{Arguments, text_of};
use super::text::Encoding;

pub(super) const METHODS: &[Method] = &[
    ("count", as_text),
    ("decode", decode),
    ("endswith", as_text),
    ("find", as_text),
    ("hex", hex),
    ("index", as_text),
    ("join", as_text),
    ("lower", lower),
    ("lstrip", as_text),
    ("partition", as_text),
    ("removeprefix", as_text),
    ("removesuffix", as_text),
    ("replace", as_text),
    ("rfind", as_text),
    ("rindex", as_text),
    ("rpartition", as_text),
    ("rsplit", as_text),
    ("rstrip", as_text),
    ("split", as_text),
    ("startswith", as_text),
    ("strip", as_text),
    ("upper", upper),
];

/// The receiver's bytes. Methods of `bytes` are found for bytes only.
fn receiver(value: &Value) -> &[u8] {
    match value {
        Value::Bytes(bytes) => bytes,
        _ => &[],
    }
}

fn as_text(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let positional = arguments
        .positional
        .iter()
        .map(to_text)
        .collect::<Result<Vec<_>, _>>()?;
    let named = arguments
        .named
        .iter()
        .map(|(name, value)| Ok((name.clone(), to_text(value)?)))
        .collect::<Result<Vec<_>, Error>>()?;
    let result = super::call(&to_text(value)?, arguments.method, &positional, &named)?;
    Ok(to_bytes(&result))
}

/// Bytes as text; text is refused, because bytes and text do not mix.
fn to_text(value: &Value) -> Result<Value, Error> {
    Ok(match value {
        Value::Bytes(bytes) => bytes
            .iter()
            .copied()
            .map(char::from)
            .collect::<String>()
            .into(),
        Value::Str(_) => {
            return Err(Error::type_error(
                "a bytes-like object is required, not 'str'",
            ));
        }
        Value::List(list) => {
            let items = list
                .borrow()
                .iter()
                .map(to_text)
                .collect::<Result<_, _>>()?;
            Value::list(items)
        }
        Value::Tuple(items) => Value::tuple(items.iter().map(to_text).collect::<Result<_, _>>()?),
        other => other.clone(),
    })
}

fn to_bytes(value: &Value) -> Value {
    match value {
        Value::Str(text) => Value::bytes(
            text.chars()
                .filter_map(|character| u8::try_from(u32::from(character)).ok())
                .collect::<Vec<_>>(),
        ),
        Value::List(list) => list.borrow().iter().map(to_bytes).collect(),
        Value::Tuple(items) => Value::tuple(items.iter().map(to_bytes).collect()),
        other => other.clone(),
    }
}

fn lower(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    Ok(Value::bytes(receiver(value).to_ascii_lowercase()))
}

fn upper(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    Ok(Value::bytes(receiver(value).to_ascii_uppercase()))
}

fn hex(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let digits = receiver(value)
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16));
    Ok(digits.collect::<String>().into())
}

fn decode(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let [encoding, errors] = arguments.bind(["encoding", "errors"])?;
    let name = |value: Option<Value>, place: &str, usual: &str| match value {
        None => Ok(usual.into()),
        Some(value) => text_of(&value, |name| {
            format!("decode() argument '{place}' must be str, not {name}")
        }),
    };
    let encoding = name(encoding, "encoding", "utf-8")?;
    let errors = name(errors, "errors", "strict")?;
    let bytes = receiver(value);
    match Encoding::named(&encoding)? {
        Encoding::Latin1 => to_text(value),
        Encoding::Ascii => {
            let bad = bytes.iter().position(|byte| !byte.is_ascii());
            pieces(bytes, bad.map(|at| ("ascii", at)), &errors)
        }
        Encoding::Utf8 => {
            let bad = std::str::from_utf8(bytes).err();
            pieces(
                bytes,
                bad.map(|error| ("utf-8", error.valid_up_to())),
                &errors,
            )
        }
    }
}

/// The text of bytes, of which those at a place are no text.
fn pieces(bytes: &[u8], bad: Option<(&str, usize)>, errors: &str) -> Result<Value, Error> {
    let lossy = String::from_utf8_lossy(bytes);
    match (bad, errors) {
        (None, _) | (_, "replace") => Ok(lossy.into_owned().into()),
        (_, "ignore") => Ok(lossy.replace('\u{fffd}', "").into()),
        (Some((codec, at)), _) => {
            let byte = bytes.get(at).copied().unwrap_or_default();
            let reason = if codec == "ascii" {
                "ordinal not in range(128)"
            } else {
                "invalid start byte"
            };
            Err(Error::raised(
                "UnicodeDecodeError",
                format!(
                    "'{codec}' codec can't decode byte 0x{byte:02x} in position {at}: {reason}"
                ),
            ))
        }
    }
}

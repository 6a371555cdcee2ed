//! CloudEvents 1.0: an event in a form that many systems speak. Here are its rules; who sends and receives it is elsewhere.
//!
//! An event is what its JSON format has: an object with the attributes, and `data` or `data_base64`.

use chrono::DateTime;

use crate::{Json, Object};

mod text;

pub use text::{from_header, to_header};
use text::{has_scheme, is_base64, is_media_type, is_uri_reference};

/// The version that is spoken.
pub const VERSION: &str = "1.0";

/// The media type of one event in the JSON format.
pub const STRUCTURED: &str = "application/cloudevents+json";

/// The media type of a list of events in the JSON format.
pub const BATCH: &str = "application/cloudevents-batch+json";

/// Members of the JSON format that are no attributes.
const DATA: [&str; 2] = ["data", "data_base64"];

/// Why something is no CloudEvent. The texts go to the sender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An attribute that every event has.
    #[error("the attribute `{0}` is missing")]
    Missing(&'static str),
    /// A version that is not ours.
    #[error("the specversion is not \"1.0\"")]
    Version,
    /// Small letters and digits only.
    #[error("`{0}` cannot be the name of an attribute: only a to z and 0 to 9 can stand in it")]
    Name(String),
    /// An attribute of the wrong kind.
    #[error("the attribute `{name}` must be {expected}")]
    Value {
        /// The attribute.
        name: String,
        /// What it should be.
        expected: &'static str,
    },
    /// Data twice.
    #[error("`data` and `data_base64` exclude each other")]
    BothData,
    /// A header that cannot be read.
    #[error("the header `ce-{0}` is not percent-encoded UTF-8")]
    Header(String),
}

/// Holds an event in the JSON format against the rules. Gives it without the attributes that are null, which stands for
/// unset.
pub fn check(event: Object) -> Result<Object, Error> {
    let mut checked = Object::new();
    for (name, value) in event {
        if name == "data" {
            checked.insert(name, value);
        } else if !value.is_null() {
            attribute(&name, &value)?;
            checked.insert(name, value);
        }
    }
    for name in ["specversion", "id", "source", "type"] {
        if !checked.contains_key(name) {
            return Err(Error::Missing(name));
        }
    }
    if DATA.iter().all(|name| checked.contains_key(*name)) {
        return Err(Error::BothData);
    }
    Ok(checked)
}

/// Whether a media type says that data is JSON: `*/json` or `*/*+json`, whatever its parameters.
pub fn is_json(media_type: &str) -> bool {
    let bare = media_type.split(';').next().unwrap_or_default().trim();
    let subtype = bare.split_once('/').map(|(_, subtype)| subtype);
    subtype.is_some_and(|subtype| {
        let subtype = subtype.to_ascii_lowercase();
        subtype == "json" || subtype.ends_with("+json")
    })
}

fn attribute(name: &str, value: &Json) -> Result<(), Error> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if name != "data_base64" && (name.is_empty() || !name.bytes().all(is_plain)) {
        return Err(Error::Name(name.to_owned()));
    }
    let wrong = |expected| Error::Value {
        name: name.to_owned(),
        expected,
    };
    let is = |expected, is: fn(&str) -> bool| {
        value
            .as_str()
            .is_some_and(|text| !text.is_empty() && text::is_clean(text) && is(text))
            .then_some(())
            .ok_or_else(|| wrong(expected))
    };
    match name {
        "specversion" => match value.as_str() {
            Some(VERSION) => Ok(()),
            _ => Err(Error::Version),
        },
        "id" | "type" | "subject" => is("a text that is not empty", |_| true),
        "source" => is("a URI reference that is not empty", is_uri_reference),
        "dataschema" => is("an absolute URI", |text| {
            is_uri_reference(text) && has_scheme(text)
        }),
        "datacontenttype" => is("a media type", is_media_type),
        "time" => is("a time of RFC 3339", |text| {
            DateTime::parse_from_rfc3339(text).is_ok()
        }),
        "data_base64" => match value.as_str() {
            Some(text) if is_base64(text) => Ok(()),
            _ => Err(wrong("base64")),
        },
        _ => extension(value).ok_or_else(|| {
            wrong("a text without control characters, a boolean or an integer of 32 bits")
        }),
    }
}

fn extension(value: &Json) -> Option<()> {
    let fits = match value {
        Json::String(text) => text::is_clean(text),
        Json::Number(number) => number
            .as_i64()
            .is_some_and(|number| i32::try_from(number).is_ok()),
        Json::Bool(_) => true,
        Json::Null | Json::Array(_) | Json::Object(_) => false,
    };
    fits.then_some(())
}

#[cfg(test)]
mod tests;

//! The binary mode: attributes are headers, the data is the body.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::header::{self, HeaderMap, HeaderName};
use squall_model::{Json, Object, cloudevent};

use super::Error;
use crate::http_request::error::Error as HttpError;
use crate::http_request::request::header_value;

/// Adds the attributes of an event to the headers, and gives its data as bytes.
pub(super) fn add(event: &Object, headers: &mut HeaderMap) -> Result<Vec<u8>, Error> {
    for (name, value) in event {
        let text = match value {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        match name.as_str() {
            "data" | "data_base64" => {}
            "datacontenttype" => {
                headers.insert(header::CONTENT_TYPE, header_value(name, &text)?);
            }
            _ => {
                let header = format!("ce-{name}");
                let key = HeaderName::try_from(&header).map_err(|_| HttpError::Header(header))?;
                headers.insert(key, header_value(name, &cloudevent::to_header(&text))?);
            }
        }
    }
    if let Some(base64) = event.get("data_base64").and_then(Json::as_str) {
        return BASE64_STANDARD.decode(base64).map_err(Error::Base64);
    }
    let Some(data) = event.get("data") else {
        return Ok(Vec::new());
    };
    let kind = event.get("datacontenttype").and_then(Json::as_str);
    if kind.is_none() {
        // Without a type the data of an event is JSON; as a body it has to say so.
        headers.insert(header::CONTENT_TYPE, header_value("", "application/json")?);
    }
    body(data, kind.unwrap_or("application/json"))
}

fn body(data: &Json, kind: &str) -> Result<Vec<u8>, Error> {
    let refuse = || Error::Data(kind.to_owned());
    let text = match data {
        data if cloudevent::is_json(kind) => data.to_string(),
        Json::String(text) => text.clone(),
        _ => return Err(refuse()),
    };
    if can_write(kind, &text) {
        Ok(text.into_bytes())
    } else {
        Err(refuse())
    }
}

/// Whether UTF-8 is what a media type says of the character set.
fn can_write(kind: &str, text: &str) -> bool {
    let named = kind.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    match named.as_deref() {
        None | Some("utf-8" | "utf8") => true,
        Some("us-ascii" | "iso-8859-1" | "windows-1252") => text.is_ascii(),
        Some(_) => false,
    }
}

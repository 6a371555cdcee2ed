//! What a server answered, and what users see of it.

use std::io::Read as _;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use serde_json::json;
use squall_model::{Json, Object};

use super::Error;

/// An answer, its body unpacked.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names as the server spelled them.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The values of one header.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = move |header: &&'a (String, String)| header.0.eq_ignore_ascii_case(name);
        self.headers
            .iter()
            .filter(named)
            .map(|(_, value)| value.as_str())
    }

    /// Where it redirects to.
    pub(crate) fn location(&self) -> Option<&str> {
        let redirects = matches!(self.status, 301 | 302 | 303 | 307 | 308);
        self.all("location").next().filter(|_| redirects)
    }

    /// Unpacks the body, up to a limit.
    pub(crate) fn unpack(&mut self, limit: usize) -> Result<(), Error> {
        let packing = self.all("content-encoding").next().unwrap_or_default();
        let packed = self.body.as_slice();
        if packed.is_empty() {
            return Ok(());
        }
        let most = limit as u64 + 1;
        let mut unpacked = Vec::new();
        let read = match packing.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => MultiGzDecoder::new(packed)
                .take(most)
                .read_to_end(&mut unpacked),
            "deflate" if packed.first().is_some_and(|first| first & 0x0f == 8) => {
                ZlibDecoder::new(packed)
                    .take(most)
                    .read_to_end(&mut unpacked)
            }
            "deflate" => DeflateDecoder::new(packed)
                .take(most)
                .read_to_end(&mut unpacked),
            _ => return Ok(()),
        };
        read.map_err(Error::Packed)?;
        if unpacked.len() > limit {
            return Err(Error::TooLong(limit));
        }
        self.body = unpacked;
        Ok(())
    }

    /// The result users see.
    pub(crate) fn result(self) -> Json {
        let text = self.text();
        let kind = self.all("content-type").next().unwrap_or_default();
        // The comparison is StackStorm's: exact, with nothing but parameters after it.
        let is_json = kind.split(';').next() == Some("application/json");
        let value = if is_json {
            serde_json::from_str(&text).ok()
        } else {
            None
        };
        let parsed = value.is_some();
        json!({
            "status_code": self.status,
            "body": value.unwrap_or(Json::String(text)),
            "parsed": parsed,
            "headers": self.joined_headers(),
        })
    }

    /// The body as text: in the character set it names, else in UTF-8 if it is that, else in Latin-1.
    fn text(&self) -> String {
        let kind = self.all("content-type").next().unwrap_or_default();
        let named = kind.split(';').skip(1).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let value = value.trim().trim_matches(['"', '\'']);
            name.trim().eq_ignore_ascii_case("charset").then_some(value)
        });
        let encoding = named.and_then(|name| Encoding::for_label(name.as_bytes()));
        let encoding = encoding.unwrap_or_else(|| {
            if std::str::from_utf8(&self.body).is_ok() {
                UTF_8
            } else {
                WINDOWS_1252
            }
        });
        encoding
            .decode_without_bom_handling(&self.body)
            .0
            .into_owned()
    }

    /// Headers as an object; values of one name are joined by commas.
    fn joined_headers(&self) -> Object {
        let mut joined = Object::new();
        for (name, value) in &self.headers {
            let known = joined
                .keys()
                .find(|known| known.eq_ignore_ascii_case(name))
                .cloned();
            match known.and_then(|known| joined.get_mut(&known)) {
                Some(Json::String(text)) => {
                    text.push_str(", ");
                    text.push_str(value);
                }
                _ => {
                    joined.insert(name.clone(), value.clone().into());
                }
            }
        }
        joined
    }
}

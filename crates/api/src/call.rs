//! One request, as a route sees it: read whole, within its limits, from somebody who may ask.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::HeaderMap;
use percent_encoding::percent_decode_str;
use squall_identity::door::Principal;
use squall_model::traceparent::{Traceparent, Tracestate};
use squall_server::ingest::Once;

/// One request.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who asks.
    pub principal: Principal,
    /// The named parts of the path, decoded.
    pub path: BTreeMap<String, String>,
    /// What follows the `?`.
    pub query: Query,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, at most as large as the settings allow.
    pub body: Bytes,
    /// What makes a signed request the same as one that came before, if that is to be noticed.
    pub once: Option<Once>,
}

impl Call {
    /// A named part of the path.
    pub fn part(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// A header's text, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Its place in a trace, if the sender says so.
    pub fn traceparent(&self) -> Option<Traceparent> {
        self.header("traceparent")?.parse().ok()
    }

    /// What others want to be kept beside that: W3C's `tracestate`, however many headers it comes in.
    pub fn tracestate(&self) -> Option<Tracestate> {
        let values = self.headers.get_all("tracestate").iter();
        let texts: Option<Vec<&str>> = values.map(|value| value.to_str().ok()).collect();
        texts?.join(",").parse().ok()
    }

    /// The media type of the body, without its parameters, in lower case. One that is no text is one that nobody knows.
    pub fn content_type(&self) -> Option<String> {
        let given = self.headers.get("content-type")?;
        let given = String::from_utf8_lossy(given.as_bytes());
        let media_type = given.split(';').next()?;
        Some(media_type.trim().to_ascii_lowercase())
    }
}

/// The pairs of a query, in the order given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `a=1&b=2`. What cannot be decoded is kept as it is.
    pub fn parse(text: &str) -> Self {
        let decode = |text: &str| {
            let blanks = text.replace('+', " ");
            percent_decode_str(&blanks).decode_utf8_lossy().into_owned()
        };
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        };
        Self(
            text.split('&')
                .filter(|pair| !pair.is_empty())
                .map(pair)
                .collect(),
        )
    }

    /// The last value given for a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// All pairs.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_and_the_last_value_wins() {
        let query = Query::parse("a=1&b=x%20y+z&a=2&flag&%zz=%ff");
        assert_eq!(query.get("a"), Some("2"));
        assert_eq!(query.get("b"), Some("x y z"));
        assert_eq!(query.get("flag"), Some(""));
        assert_eq!(query.get("%zz"), Some("\u{fffd}"));
        assert_eq!(query.get("c"), None);
    }
}

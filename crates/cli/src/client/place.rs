//! What is asked for: a path below the server's URL, and a query.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything that may mean something in a URL is written as its code.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A path with its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    text: String,
    has_query: bool,
}

impl Place {
    /// Something of the API: `["executions", "65f0…"]`.
    pub(crate) fn api(parts: &[&str]) -> Self {
        Self::below("/api/v1", parts)
    }

    /// Something that is Squall's own.
    pub(crate) fn squall(parts: &[&str]) -> Self {
        Self::below("/squall/v1", parts)
    }

    /// Something that Robusta has.
    pub(crate) fn robusta(parts: &[&str]) -> Self {
        Self::below("/api", parts)
    }

    /// Something that is told as it happens.
    pub(crate) fn stream(parts: &[&str]) -> Self {
        Self::below("/stream/v1", parts)
    }

    fn below(mount: &str, parts: &[&str]) -> Self {
        let mut text = mount.to_owned();
        for part in parts {
            text.push('/');
            text.extend(utf8_percent_encode(part, ESCAPED));
        }
        Self {
            text,
            has_query: false,
        }
    }

    /// With one more pair in the query.
    pub(crate) fn with(mut self, name: &str, value: impl Display) -> Self {
        let value = value.to_string();
        let separator = if self.has_query { '&' } else { '?' };
        self.text.push(separator);
        self.text.push_str(name);
        self.text.push('=');
        self.text.extend(utf8_percent_encode(&value, ESCAPED));
        self.has_query = true;
        self
    }

    /// With one more pair in the query, if there is a value.
    pub(crate) fn with_some(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// As it is sent.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_name_holds_stays_one_part() {
        let place = Place::api(&["keys", "a/b?c #ü"])
            .with("user", "x&y=z")
            .with_some("limit", Some(5));
        assert_eq!(
            place.text(),
            "/api/v1/keys/a%2Fb%3Fc%20%23%C3%BC?user=x%26y%3Dz&limit=5"
        );
    }
}

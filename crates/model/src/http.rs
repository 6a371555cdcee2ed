//! HTTP, for those who say what is to be sent and let others send it: sinks and actions.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Sends requests. Which networks, proxies and certificates are trusted is the sender's business.
pub trait Http: Send + Sync {
    /// Sends one request and reads the answer, whatever its status. Redirects are not followed.
    ///
    /// # Errors
    /// There is no answer, or none that could be read within `request.patience`.
    fn send(
        &self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, NoAnswer>> + Send + '_>>;
}

/// One request.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// Where to, of `http` or `https`.
    pub url: String,
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// What is sent; empty for nothing.
    pub body: Vec<u8>,
    /// How long all of it may take.
    pub patience: Duration,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names, in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Nobody answered, or nobody could be asked.
#[derive(Debug, thiserror::Error)]
#[error("cannot get an answer from `{host}`")]
pub struct NoAnswer {
    /// Whom it was sent to, without path and query, which may hold secrets.
    pub host: String,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// How long a request may take where nobody says otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

impl Request {
    /// A request without a body.
    pub fn new(method: &'static str, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            patience: PATIENCE,
        }
    }

    /// With a header more.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With a body of this type.
    pub fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let with_type = self.header("Content-Type", content_type);
        Self {
            body: body.into(),
            ..with_type
        }
    }
}

/// Addresses and headers may hold secrets, so neither is shown.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// Whether it was done: a status of 200 to 299.
    pub const fn is_success(&self) -> bool {
        200 <= self.status && self.status < 300
    }

    /// The first header of this name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_is_not_shown() {
        let request = Request::new("POST", "https://hooks.example.com/T0/secret")
            .header("Authorization", "Bearer secret")
            .body("text/plain", "secret");
        assert_eq!(
            format!("{request:?}"),
            r#"Request { method: "POST", body: 6, .. }"#
        );
    }
}

//! One request to the API server, and its answer.

use std::time::Duration;

use http::{Method, Request, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde_json::from_slice;
use squall_model::Json;

use crate::Error;

/// What we call ourselves.
const USER_AGENT: &str = concat!("squall/", env!("CARGO_PKG_VERSION"));

/// One request to the API server.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: Method,
    /// Such as `/api/v1/namespaces/default/pods/web-1`.
    pub path: String,
    /// Parameters, not encoded.
    pub query: Vec<(String, String)>,
    /// What is sent, as JSON.
    pub body: Option<Json>,
    /// What the body is; JSON unless it says otherwise, in a `PATCH` a strategic merge.
    pub content_type: Option<String>,
    /// What the answer should be, where the server has several forms of it.
    pub accept: Option<String>,
    /// How long the answer may take; as long as the cluster's limits say unless it says otherwise.
    pub within: Option<Duration>,
}

/// What the API server answered, whatever its status.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Ask {
    /// Reads what is at a path.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// A request without parameters and body.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            body: None,
            content_type: None,
            accept: None,
            within: None,
        }
    }

    /// With a parameter more.
    pub fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// With a parameter more, if there is something to say.
    pub fn query_if(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// With a body.
    pub fn body(mut self, body: Json) -> Self {
        self.body = Some(body);
        self
    }

    pub(crate) fn request<B: From<Vec<u8>>>(&self) -> Result<Request<B>, Error> {
        let mut request = Request::builder()
            .method(&self.method)
            .uri(self.target())
            .header(header::USER_AGENT, USER_AGENT);
        if self.body.is_some() {
            let usual = match self.method {
                Method::PATCH => "application/strategic-merge-patch+json",
                _ => "application/json",
            };
            let content_type = self.content_type.as_deref().unwrap_or(usual);
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        if let Some(accept) = &self.accept {
            request = request.header(header::ACCEPT, accept);
        }
        let body = self.body.as_ref().map(|body| body.to_string().into_bytes());
        let request = request.body(B::from(body.unwrap_or_default()));
        request.map_err(|source| Error::Malformed {
            path: self.path.clone(),
            source,
        })
    }

    fn target(&self) -> String {
        let mut target = self.path.clone();
        for (index, (name, value)) in self.query.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            target.extend(encoded(name));
            target.push('=');
            target.extend(encoded(value));
        }
        target
    }
}

impl Answer {
    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// How long the server asks us to stay away.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }

    /// The JSON of an answer that is no refusal.
    ///
    /// # Errors
    /// It is a refusal, or no JSON.
    pub fn json(&self) -> Result<Json, Error> {
        self.accepted()?;
        from_slice(&self.body).map_err(Error::Unreadable)
    }

    /// Tells a refusal from what was asked for.
    ///
    /// # Errors
    /// It is a refusal.
    pub fn accepted(&self) -> Result<(), Error> {
        if (200..300).contains(&self.status) {
            Ok(())
        } else {
            Err(self.refusal())
        }
    }

    /// What the API server said of a request that it refused.
    pub fn refusal(&self) -> Error {
        let status: Json = from_slice(&self.body).unwrap_or_default();
        let said = |name: &str| status.get(name).and_then(Json::as_str).map(str::to_owned);
        Error::Refused {
            status: self.status,
            reason: said("reason").unwrap_or_default(),
            message: said("message")
                .unwrap_or_else(|| String::from_utf8_lossy(&self.body).into_owned()),
        }
    }
}

/// What may stand in a query or a segment of a path as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A text as a part of a query or a segment of a path.
pub(crate) fn encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, PLAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_encoded() {
        let ask = Ask::get("/api/v1/pods").query("labelSelector", "app in (a, b)&c=ü");
        let request: Request<Vec<u8>> = ask.request().unwrap();
        let target = request.uri().to_string();
        assert_eq!(
            target,
            "/api/v1/pods?labelSelector=app%20in%20%28a%2C%20b%29%26c%3D%C3%BC"
        );
    }

    #[test]
    fn a_refusal_says_what_the_server_said() {
        let body =
            br#"{"kind": "Status", "reason": "NotFound", "message": "pods \"a\" not found"}"#;
        let answer = Answer {
            status: 404,
            headers: Vec::new(),
            body: body.to_vec(),
        };
        let text = answer.refusal().to_string();
        assert_eq!(
            text,
            "the cluster refused: 404 NotFound: pods \"a\" not found"
        );
        let plain = Answer {
            body: b"no".to_vec(),
            ..answer
        };
        assert_eq!(plain.refusal().to_string(), "the cluster refused: 404 : no");
    }
}

//! One cluster, and one request to it.

use std::path::Path;

use http::{Method, Request, header};
use http_body_util::BodyExt as _;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde_json::from_slice;
use squall_model::Json;

/// The longest answer that is read, in bytes. Lists are asked for in pages, logs by their end.
pub const LONGEST_ANSWER: usize = 64 * 1024 * 1024;

/// A cluster that can be asked. Cheap to clone; all clones share their connections.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
}

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

/// The cluster could not be asked, or would not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No way to the cluster is known, or what is known makes no sense.
    #[error("cannot tell how to reach the cluster")]
    Config(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What was asked cannot be said in HTTP.
    #[error("cannot ask the cluster for `{path}`")]
    Malformed {
        /// The path.
        path: String,
        /// Why.
        #[source]
        source: http::Error,
    },
    /// Nobody answered.
    #[error("cannot reach the cluster")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer is longer than anybody would want to hold.
    #[error("the cluster answered with more than {LONGEST_ANSWER} bytes")]
    TooLong,
    /// The API server refused, and said why.
    #[error("the cluster refused: {status} {reason}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Kubernetes' word for it, such as `NotFound`; empty if it gave none.
        reason: String,
        /// What it said.
        message: String,
    },
    /// The answer is not JSON.
    #[error("the cluster answered with something that is no JSON")]
    Unreadable(#[source] serde_json::Error),
}

impl Cluster {
    /// The cluster that is talked to over `client`.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// The cluster at a plain address, such as `http://127.0.0.1:8001`, without a proof of who asks.
    ///
    /// # Errors
    /// The address is none.
    pub fn at(address: &str) -> Result<Self, Error> {
        let address = address
            .parse()
            .map_err(|error| Error::Config(Box::new(error)))?;
        Self::configured(Config::new(address))
    }

    /// The cluster of a kubeconfig file, in its current context unless another one is named.
    ///
    /// # Errors
    /// The file cannot be read or names no cluster.
    pub async fn of_kubeconfig(file: &Path, context: Option<&str>) -> Result<Self, Error> {
        let kubeconfig =
            Kubeconfig::read_from(file).map_err(|error| Error::Config(Box::new(error)))?;
        let options = KubeConfigOptions {
            context: context.map(str::to_owned),
            ..KubeConfigOptions::default()
        };
        let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
        Self::configured(config.map_err(|error| Error::Config(Box::new(error)))?)
    }

    /// The cluster that this process runs in.
    ///
    /// # Errors
    /// It runs in none.
    pub fn around_us() -> Result<Self, Error> {
        let config = Config::incluster().map_err(|error| Error::Config(Box::new(error)))?;
        Self::configured(config)
    }

    fn configured(config: Config) -> Result<Self, Error> {
        let client = Client::try_from(config).map_err(|error| Error::Config(Box::new(error)))?;
        Ok(Self { client })
    }

    /// Asks, and gives the answer whatever its status.
    ///
    /// # Errors
    /// Nobody answered, or with too much.
    pub async fn ask(&self, ask: Ask) -> Result<Answer, Error> {
        let request = ask.into_request()?;
        let response = self.client.send(request).await;
        let response = response.map_err(|error| Error::Unreachable(Box::new(error)))?;
        let (head, body) = response.into_parts();
        let body = http_body_util::Limited::new(body, LONGEST_ANSWER);
        let body = body.collect().await.map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() {
                Error::TooLong
            } else {
                Error::Unreachable(error)
            }
        })?;
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
        let headers = head.headers.iter();
        Ok(Answer {
            status: head.status.as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
            body: body.to_bytes().into(),
        })
    }

    /// Asks for something that is answered with JSON.
    ///
    /// # Errors
    /// Nobody answered, or the cluster refused: then it is [`Error::Refused`].
    pub async fn json(&self, ask: Ask) -> Result<Json, Error> {
        let answer = self.ask(ask).await?;
        if (200..300).contains(&answer.status) {
            from_slice(&answer.body).map_err(Error::Unreadable)
        } else {
            Err(answer.refusal())
        }
    }

    /// The object at a path; none if there is none.
    ///
    /// # Errors
    /// Nobody answered, or the cluster refused.
    pub async fn get(&self, path: impl Into<String>) -> Result<Option<Json>, Error> {
        match self.json(Ask::get(path)).await {
            Err(Error::Refused { status: 404, .. }) => Ok(None),
            found => found.map(Some),
        }
    }
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
        }
    }

    /// With a parameter more.
    pub fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// With a body.
    pub fn body(mut self, body: Json) -> Self {
        self.body = Some(body);
        self
    }

    fn into_request(self) -> Result<Request<kube::client::Body>, Error> {
        let mut target = self.path.clone();
        for (index, (name, value)) in self.query.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            target.extend(encoded(name));
            target.push('=');
            target.extend(encoded(value));
        }
        let mut request = Request::builder().method(&self.method).uri(target);
        if self.body.is_some() {
            let usual = match self.method {
                Method::PATCH => "application/strategic-merge-patch+json",
                _ => "application/json",
            };
            let content_type = self.content_type.as_deref().unwrap_or(usual);
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let body = self.body.map(|body| body.to_string().into_bytes());
        let body = kube::client::Body::from(body.unwrap_or_default());
        request.body(body).map_err(|source| Error::Malformed {
            path: self.path,
            source,
        })
    }
}

impl Answer {
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

/// What may stand in a query as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, PLAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_encoded() {
        let ask = Ask::get("/api/v1/pods").query("labelSelector", "app in (a, b)&c=ü");
        let request = ask.into_request().unwrap();
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

//! Talks to a running server in StackStorm's REST dialect.

mod place;
mod trust;

use std::io::{self, BufRead, BufReader};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use squall_model::Json;
use ureq::http::{Method, Request, Response, StatusCode, Uri};
use ureq::{Agent, Body};

pub(crate) use place::Place;

/// The largest answer that is read, in bytes.
const LONGEST_ANSWER: u64 = 64 * 1024 * 1024;

const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// A server that works hard may take a while before it answers.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// Where the server is, and who asks.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The server's address, without a path unless it is mounted below one.
    pub(crate) url: String,
    /// A header that proves who asks: its name and its value.
    pub(crate) credential: Option<(&'static str, String)>,
    /// A file of certificates to trust besides those of the machine.
    pub(crate) certificates: Option<PathBuf>,
}

/// A server that can be asked.
pub(crate) struct Client {
    agent: Agent,
    settings: Settings,
}

/// What the server answers.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The body.
    pub(crate) body: Json,
    /// How many items there are in all, if this is a page of a list.
    pub(crate) total: Option<u64>,
}

/// Why there is no answer, or not the one that was hoped for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The URL is none.
    #[error("cannot read the server's URL `{0}`")]
    Url(String),
    /// The file of certificates cannot be used.
    #[error("cannot use the certificates in `{}`", path.display())]
    Certificates {
        path: PathBuf,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Nobody answers.
    #[error("cannot reach the server at {url}")]
    Unreachable {
        url: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Somebody answers, but cannot prove to be the server.
    #[error("cannot trust the server at {url}")]
    Untrusted {
        url: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The answer breaks off, or is no JSON.
    #[error("cannot read the answer of the server at {url}")]
    Unreadable {
        url: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server wants to know who asks, or does not let them do this.
    #[error("the server at {url} refuses: {message}")]
    Refused { url: String, message: String },
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// The server does not accept what it was sent.
    #[error("{0}")]
    Rejected(String),
    /// The server has too much to do.
    #[error("the server has no room right now: {0}")]
    Busy(String),
    /// The server is at fault.
    #[error("the server at {url} failed: {message}")]
    Server { url: String, message: String },
}

impl Client {
    /// Makes a client; nothing is sent yet.
    pub(crate) fn new(settings: Settings) -> Result<Self, Error> {
        let url = settings.url.trim_end_matches('/').to_owned();
        let unreadable = || Error::Url(url.clone());
        let uri: Uri = url.parse().map_err(|_| unreadable())?;
        let host = uri
            .host()
            .filter(|host| !host.is_empty())
            .ok_or_else(unreadable)?;
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT_WITHIN))
            .timeout_recv_response(Some(ANSWER_WITHIN))
            .user_agent(concat!("squall/", env!("CARGO_PKG_VERSION")));
        if is_this_machine(host) {
            config = config.proxy(None);
        }
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                config = config.tls_config(trust::tls(settings.certificates.as_deref())?);
            }
            _ => return Err(unreadable()),
        }
        let agent = Agent::new_with_config(config.build());
        Ok(Self {
            agent,
            settings: Settings { url, ..settings },
        })
    }

    /// Where the server is.
    pub(crate) fn url(&self) -> &str {
        &self.settings.url
    }

    /// Reads something.
    pub(crate) fn get(&self, place: &Place) -> Result<Answer, Error> {
        self.send(Method::GET, place, None)
    }

    /// Makes something, or asks for something to happen.
    pub(crate) fn post(&self, place: &Place, body: &Json) -> Result<Answer, Error> {
        self.send(Method::POST, place, Some(body))
    }

    /// Changes something.
    pub(crate) fn put(&self, place: &Place, body: &Json) -> Result<Answer, Error> {
        self.send(Method::PUT, place, Some(body))
    }

    /// Deletes something, or stops it.
    pub(crate) fn delete(&self, place: &Place) -> Result<Answer, Error> {
        self.send(Method::DELETE, place, None)
    }

    /// Reads what is sent as it happens, line by line, until the server ends it.
    pub(crate) fn listen(&self, place: &Place) -> Result<impl BufRead + use<>, Error> {
        let response = self.respond(Method::GET, place, None)?;
        if response.status().is_success() {
            return Ok(BufReader::new(response.into_body().into_reader()));
        }
        Err(self.refused(response))
    }

    fn send(&self, method: Method, place: &Place, body: Option<&Json>) -> Result<Answer, Error> {
        let response = self.respond(method, place, body)?;
        if !response.status().is_success() {
            return Err(self.refused(response));
        }
        let header = |name: &str| response.headers().get(name)?.to_str().ok()?.parse().ok();
        let total = header("x-total-count");
        let text = self.read(response)?;
        if text.trim_ascii().is_empty() {
            return Ok(Answer {
                body: Json::Null,
                total,
            });
        }
        let body = serde_json::from_slice(&text).map_err(|error| self.unreadable(error))?;
        Ok(Answer { body, total })
    }

    fn respond(
        &self,
        method: Method,
        place: &Place,
        body: Option<&Json>,
    ) -> Result<Response<Body>, Error> {
        let mut request =
            Request::builder()
                .method(method)
                .uri(format!("{}{}", self.settings.url, place.text()));
        if let Some((name, value)) = &self.settings.credential {
            request = request.header(*name, value);
        }
        let url = || self.settings.url.clone();
        let sent = match body {
            Some(body) => {
                let request = request
                    .header("content-type", "application/json")
                    .body(body.to_string());
                self.agent.run(request.map_err(|_| Error::Url(url()))?)
            }
            None => self
                .agent
                .run(request.body(()).map_err(|_| Error::Url(url()))?),
        };
        sent.map_err(|error| unreachable(url(), error))
    }

    fn read(&self, response: Response<Body>) -> Result<Vec<u8>, Error> {
        let read = response
            .into_body()
            .into_with_config()
            .limit(LONGEST_ANSWER)
            .read_to_vec();
        read.map_err(|error| self.unreadable(error))
    }

    fn unreadable(&self, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::Unreadable {
            url: self.settings.url.clone(),
            source: Box::new(source),
        }
    }

    /// What an answer that is not a success means, with the server's own words.
    fn refused(&self, response: Response<Body>) -> Error {
        let (url, status) = (self.settings.url.clone(), response.status());
        let said = self.read(response).unwrap_or_default();
        let body: Option<Json> = serde_json::from_slice(&said).ok();
        let told = body
            .as_ref()
            .and_then(|body| body.get("faultstring")?.as_str());
        let message = told.map_or_else(|| format!("HTTP status {status}"), str::to_owned);
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Error::Refused { url, message },
            StatusCode::NOT_FOUND => Error::NotFound(message),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Error::Busy(message),
            status if status.is_client_error() => Error::Rejected(message),
            _ => Error::Server { url, message },
        }
    }
}

/// Nobody answered, or nobody who can be trusted.
fn unreachable(url: String, error: ureq::Error) -> Error {
    match error {
        ureq::Error::Io(error) => {
            let is_tls = |error: &io::Error| Some(error.get_ref()?.is::<rustls::Error>());
            match is_tls(&error) {
                Some(true) => Error::Untrusted {
                    url,
                    source: Box::new(error),
                },
                Some(false) | None => Error::Unreachable {
                    url,
                    source: Box::new(error),
                },
            }
        }
        other => Error::Unreachable {
            url,
            source: Box::new(other),
        },
    }
}

/// A proxy is for other machines.
fn is_this_machine(host: &str) -> bool {
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;

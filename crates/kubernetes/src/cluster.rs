//! One cluster: every request to it goes through here, and is bounded here.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use http::{Method, Response, header};
use http_body_util::BodyExt as _;
use kube::Client;
use squall_model::Json;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::pause::Pauses;
use crate::{Answer, Ask};

pub(crate) mod found;

/// The longest answer that is read, in bytes. Lists are asked for in pages, logs by their end.
pub const LONGEST_ANSWER: usize = 64 * 1024 * 1024;

/// A cluster that can be asked. Cheap to clone; all clones share their connections and their limits.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    limits: Limits,
    places: Arc<Semaphore>,
}

/// How much is asked of a cluster, and how patiently. What is long by its nature, as watches and executed commands, has
/// limits of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long an answer may take, from asking to its last byte.
    pub answer_within: Duration,
    /// How many requests are under way at most; more of them wait.
    pub at_once: usize,
    /// How often something is read before a server that is busy or away is believed.
    pub tries: u32,
    /// The longest pause between two tries, whatever the server asks for.
    pub longest_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer_within: Duration::from_secs(60),
            at_once: 32,
            tries: 5,
            longest_pause: Duration::from_secs(10),
        }
    }
}

/// The cluster could not be asked, or would not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No way to the cluster is known, or what is known makes no sense.
    #[error("cannot tell how to reach the cluster")]
    Config(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There is no kubeconfig, and this process runs in no cluster.
    #[error("no cluster is configured: there is no kubeconfig, and this is no pod of a cluster")]
    Nowhere(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The program or the service that says who we are did not.
    #[error("cannot get credentials for the cluster")]
    Credentials(#[source] Box<dyn std::error::Error + Send + Sync>),
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
    /// Somebody answered too slowly.
    #[error("the cluster did not answer within {} s", within.as_secs_f64())]
    TooSlow {
        /// How long we waited.
        within: Duration,
    },
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
    /// The answer is JSON, but not what was asked for.
    #[error("the cluster answered without {0}")]
    Incomplete(&'static str),
}

impl Error {
    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }
}

impl Cluster {
    /// The cluster that is talked to over `client`.
    pub fn new(client: Client) -> Self {
        let limits = Limits::default();
        Self {
            client,
            limits,
            places: Arc::new(Semaphore::new(limits.at_once)),
        }
    }

    /// The same cluster with other limits, which it does not share with those it was cloned from.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self {
            client: self.client,
            limits,
            places: Arc::new(Semaphore::new(limits.at_once)),
        }
    }

    /// The namespace of whoever names none.
    pub fn default_namespace(&self) -> &str {
        self.client.default_namespace()
    }

    /// Asks, and gives the answer whatever its status. What only reads is asked again while the server is busy or away,
    /// as often as the limits say.
    ///
    /// # Errors
    /// Nobody answered, or too late, or with too much.
    pub async fn ask(&self, ask: Ask) -> Result<Answer, Error> {
        let _place = self.places.acquire().await;
        let mut pauses = Pauses::new(Duration::from_millis(200), self.limits.longest_pause);
        for _ in 1..self.limits.tries {
            let answered = self.ask_once(&ask).await;
            if ask.method != Method::GET || !is_passing(&answered) {
                return answered;
            }
            let asked = answered.ok().and_then(|answer| answer.retry_after());
            sleep(pauses.next(asked)).await;
        }
        self.ask_once(&ask).await
    }

    /// Asks for something that is answered with JSON.
    ///
    /// # Errors
    /// Nobody answered, or the cluster refused: then it is [`Error::Refused`].
    pub async fn json(&self, ask: Ask) -> Result<Json, Error> {
        self.ask(ask).await?.json()
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

    /// Asks for something that is answered little by little. Only the first byte has to come in time; it is asked once,
    /// and the inner error is the answer of a server that refused.
    pub(crate) async fn open(&self, ask: &Ask) -> Result<Result<Body, Answer>, Error> {
        let mut request = ask.request()?;
        // A compressed stream can hold a line back until the next one fills its window.
        let identity = header::HeaderValue::from_static("identity");
        request
            .headers_mut()
            .insert(header::ACCEPT_ENCODING, identity);
        let within = ask.within.unwrap_or(self.limits.answer_within);
        let response = in_time(within, self.client.send(request)).await?;
        let response = response.map_err(unreachable)?;
        if response.status().is_success() {
            let pieces = response.into_body().into_data_stream();
            return Ok(Ok(pieces
                .map_err(|error| Error::Unreachable(error.into()))
                .boxed()));
        }
        Ok(Err(in_time(within, whole(response)).await??))
    }

    /// Opens a websocket.
    pub(crate) async fn connect(&self, ask: &Ask) -> Result<kube::client::Connection, Error> {
        let within = ask.within.unwrap_or(self.limits.answer_within);
        let connection = in_time(within, self.client.connect(ask.request()?)).await?;
        connection.map_err(|error| match error {
            kube::Error::Api(status) => Error::Refused {
                status: status.code,
                reason: status.reason,
                message: status.message,
            },
            error => unreachable(error),
        })
    }

    async fn ask_once(&self, ask: &Ask) -> Result<Answer, Error> {
        let request = ask.request()?;
        let within = ask.within.unwrap_or(self.limits.answer_within);
        in_time(within, async {
            whole(self.client.send(request).await.map_err(unreachable)?).await
        })
        .await?
    }
}

/// What is answered little by little.
pub(crate) type Body = std::pin::Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

async fn in_time<T>(within: Duration, work: impl Future<Output = T>) -> Result<T, Error> {
    let done = timeout(within, work).await;
    done.map_err(|_| Error::TooSlow { within })
}

/// Whether the same question may well be answered in a moment.
fn is_passing(answered: &Result<Answer, Error>) -> bool {
    match answered {
        Ok(answer) => matches!(answer.status, 429 | 503),
        Err(error) => matches!(error, Error::Unreachable(_)),
    }
}

fn unreachable(error: kube::Error) -> Error {
    match error {
        kube::Error::Auth(error) => Error::Credentials(Box::new(error)),
        kube::Error::Service(error) if error.is::<kube::client::AuthError>() => {
            Error::Credentials(error)
        }
        error => Error::Unreachable(Box::new(error)),
    }
}

async fn whole(response: Response<kube::client::Body>) -> Result<Answer, Error> {
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

#[cfg(test)]
mod tests;

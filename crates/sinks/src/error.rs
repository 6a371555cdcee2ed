//! Why something could not be told, and whether to try again.

use std::time::Duration;

use squall_model::Json;
use squall_model::http::{Answer, Http, NoAnswer, Request};

/// Why something could not be told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answered: try again.
    #[error("cannot reach the service")]
    NoAnswer(#[from] NoAnswer),
    /// The service is busy or broken: try again, not before the time it gave.
    #[error("the service cannot take it now: {message}")]
    Busy {
        /// What it said.
        message: String,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// The service does not want it, and will not.
    #[error("the service refused it: {message}")]
    Refused {
        /// What it said.
        message: String,
    },
    /// The mail server does not answer, or not as one should: try again.
    #[error("cannot hand the mail over")]
    Smtp(#[source] Box<lettre::transport::smtp::Error>),
    /// The file cannot be written: try again.
    #[error("cannot write what a sink tells")]
    File(#[from] std::io::Error),
}

/// How much of an answer is told.
const MOST_TOLD: usize = 300;

impl Error {
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::Refused {
            message: message.into(),
        }
    }

    /// Whether trying again cannot help.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// How long the service wants to be left alone.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            Self::NoAnswer(_) | Self::Refused { .. } | Self::Smtp(_) | Self::File(_) => None,
        }
    }
}

/// Sends a request. An answer that is no success is an error: 429, 408 and 5xx pass, all others do not.
pub(crate) async fn send(http: &dyn Http, request: Request) -> Result<Answer, Error> {
    let answer = http.send(request).await?;
    if answer.is_success() {
        return Ok(answer);
    }
    let said = String::from_utf8_lossy(&answer.body);
    let said: String = said.trim().chars().take(MOST_TOLD).collect();
    let message = match said.as_str() {
        "" => format!("status {}", answer.status),
        said => format!("status {}: {said}", answer.status),
    };
    if answer.status == 408 || answer.status == 429 || answer.status >= 500 {
        return Err(Error::Busy {
            message,
            retry_after: retry_after(&answer),
        });
    }
    Err(Error::Refused { message })
}

/// Sends a request whose answer is JSON.
pub(crate) async fn ask(http: &dyn Http, request: Request) -> Result<Json, Error> {
    let answer = send(http, request).await?;
    serde_json::from_slice(&answer.body).map_err(|_| Error::refused("its answer is no JSON"))
}

/// A text that must be in an answer.
pub(crate) fn text(answer: &Json, place: &str) -> Result<String, Error> {
    let text = answer.pointer(place).and_then(Json::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| Error::refused(format!("its answer has no `{place}`")))
}

/// What `Retry-After` says in seconds, an hour at most.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let seconds: f64 = answer.header("retry-after")?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds.clamp(0.0, 3600.0)).ok()
}

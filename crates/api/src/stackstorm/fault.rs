//! What goes wrong, in StackStorm's form: `{"faultstring": "..."}`.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::json;
use squall_model::{Id, Json};
use squall_server::{Error, StoreError};

/// An error with its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The HTTP status.
    pub status: u16,
    /// The text under `faultstring`.
    pub message: String,
    /// The id of what is in the way, for 409.
    pub conflict: Option<Id>,
}

impl Fault {
    /// An error with its status.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            conflict: None,
        }
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, message)
    }

    /// The request is not right.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    /// The response that says so.
    pub fn into_response(self) -> Response {
        let mut body = json!({ "faultstring": self.message });
        if let (Some(conflict), Some(body)) = (self.conflict, body.as_object_mut()) {
            body.insert("conflict-id".to_owned(), json!(conflict));
        }
        self.response(&body, "application/json")
    }

    /// The same as RFC 9457 has it.
    pub fn into_problem(self) -> Response {
        let status = self.code();
        let body = json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "detail": self.message,
        });
        self.response(&body, "application/problem+json")
    }

    fn code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn response(&self, body: &Json, kind: &'static str) -> Response {
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.code();
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if matches!(self.status, 429 | 503) {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<Error> for Fault {
    /// Errors of the world and of ours are logged with all they know and told in general words.
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(message) => Self::new(404, message),
            Error::Conflict { message, id } => Self {
                status: 409,
                message,
                conflict: Some(id),
            },
            Error::Invalid(message) => Self::new(400, message),
            Error::Forbidden(message) => Self::new(403, message),
            Error::Overloaded(_) | Error::Stopping => Self::new(503, error.to_string()),
            Error::Store(StoreError::TooDeep { .. }) => {
                Self::new(400, "A value is nested too deeply.")
            }
            Error::Store(StoreError::Delivered { event }) => Self {
                status: 409,
                message: format!(
                    "This was delivered before, as event {event}; it is not taken twice."
                ),
                conflict: Some(event),
            },
            other => {
                tracing::error!(
                    error = &other as &dyn std::error::Error,
                    "a request cannot be answered"
                );
                Self::new(500, "Internal Server Error")
            }
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::from(Error::from(error))
    }
}

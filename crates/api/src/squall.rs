//! What neither StackStorm nor Robusta has, below `/squall/v1`.
//!
//! What is refused is told as RFC 9457 has it.

mod cloudevents;
mod packs;

use axum::body::Body;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::json;
use squall_model::Json;

use crate::route::{Answer, Routes};

/// All of it, as it is mounted at `/squall/v1`.
pub fn routes() -> Routes {
    cloudevents::routes().merge(packs::routes())
}

fn ok(body: &Json) -> Answer {
    answer(StatusCode::OK, "application/json", body)
}

/// There is no such thing.
fn not_found(detail: &str) -> Answer {
    let status = StatusCode::NOT_FOUND;
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "code": "not_found",
        "detail": detail,
    });
    answer(status, "application/problem+json", &body)
}

fn answer(status: StatusCode, content_type: &'static str, body: &Json) -> Answer {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    Ok(response)
}

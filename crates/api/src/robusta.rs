//! Robusta's dialect: what Alertmanager, kubewatch and people tell its runner, so that their settings stay as they are.
//!
//! What is refused is told as Robusta tells it: `{"success": false, "msg": "..."}`, but with the status that fits, so that
//! senders try again what may be tried again.

mod alerts;
mod handle;
mod helm;
mod trigger;

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::json;
use squall_model::{Json, Object};

use crate::call::Call;
use crate::json;
use crate::route::{Answer, Routes};
use crate::stackstorm::fault::Fault;

/// All of it, as it is mounted at `/api`.
pub fn routes() -> Routes {
    alerts::routes()
        .merge(handle::routes())
        .merge(helm::routes())
        .merge(trigger::routes())
}

/// What went wrong, in Robusta's form.
pub(crate) fn refused(fault: Fault) -> Response {
    let Fault {
        status, message, ..
    } = fault;
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = response(code, &json!({"success": false, "msg": message}));
    if matches!(status, 429 | 503) {
        let headers = response.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

fn response(status: StatusCode, body: &Json) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// It is durable.
fn success() -> Answer {
    Ok(response(StatusCode::OK, &json!({"success": true})))
}

/// The body as a JSON object.
fn object(call: &Call) -> Result<Object, Fault> {
    match call.content_type().as_deref() {
        None | Some("" | "application/json" | "application/cloudevents+json") => {}
        Some(other) => {
            let text = format!("the body has to be application/json, not {other}");
            return Err(Fault::new(415, text));
        }
    }
    let refuse = |error| Fault::bad_request(format!("the body is no JSON: {error}"));
    match json::read(&call.body).map_err(refuse)? {
        Json::Object(object) => Ok(object),
        _ => Err(Fault::bad_request("the body has to be a JSON object")),
    }
}

/// A member that has to be there.
fn member(object: &mut Object, name: &str) -> Result<Json, Fault> {
    let missing = || Fault::bad_request(format!("the body has no `{name}`"));
    object.remove(name).ok_or_else(missing)
}

//! Calls of Slack's Web API, which answers 200 to everything and says in the body what it thinks of it.

use serde_json::json;
use squall_model::Json;
use squall_model::http::{Http, Request};

use crate::{Error, error};

/// What Slack says when it is its own fault, or ours only in that we ask too much.
const PASSING: [&str; 7] = [
    "fatal_error",
    "internal_error",
    "ratelimited",
    "rate_limited",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
];

/// Asks, and takes `ok: false` for the error it is.
pub(super) async fn ask(http: &dyn Http, request: Request) -> Result<Json, Error> {
    let answer = error::send(http, request).await?;
    let said: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    if said.get("ok") == Some(&Json::Bool(true)) {
        return Ok(said);
    }
    let fault = said
        .get("error")
        .and_then(Json::as_str)
        .unwrap_or("no answer of Slack's");
    let details = said
        .pointer("/response_metadata/messages/0")
        .and_then(Json::as_str);
    let message = details.map_or(fault.to_owned(), |details| format!("{fault}: {details}"));
    if PASSING.contains(&fault) {
        return Err(Error::Busy {
            message,
            retry_after: None,
        });
    }
    Err(Error::Refused { message })
}

/// What names a message: its channel's id, and its time.
pub(super) fn message(answer: Json) -> Result<Json, Error> {
    let (channel, ts) = (
        error::text(&answer, "/channel")?,
        error::text(&answer, "/ts")?,
    );
    drop(answer);
    Ok(json!({"channel": channel, "ts": ts}))
}

/// Sends what is in a file to the address that Slack gave for it.
pub(super) fn upload(url: &str, contents: Vec<u8>) -> Request {
    Request::new("POST", url).body("application/octet-stream", contents)
}

/// A text as part of a form.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            other => escaped.extend([format!("%{other:02X}")]),
        }
    }
    escaped
}

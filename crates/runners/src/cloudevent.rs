//! `cloudevent`: sends what happened as CloudEvents 1.0.
//!
//! `url` says where to, `mode` how: `structured` (the whole event as JSON), `binary` (the attributes as headers, the data as
//! body) or `batch` (a JSON list). What is sent is `event`, an object as in CloudEvents' JSON format, or with `batch` the
//! list `events`; attributes that an event lacks come from the parameters of the same names, so an action may fix `type`
//! and `source` and leave the rest. Without an `id` it is the execution's, and without a `time` the moment it was asked
//! for: an attempt that is made again sends the same event, and receivers see that it is. Without a `source` it is
//! `/squall/<action>`.
//!
//! Every event is held against the rules of the standard before anything is sent. The result is `{status_code, body, parsed,
//! headers, events}`, `events` with the `source` and `id` of each. Status 200 to 299 succeeds; redirects are not followed.
//!
//! ```yaml
//! name: order_created
//! runner_type: cloudevent
//! parameters:
//!   url: {default: "https://broker.example.com/", immutable: true}
//!   type: {default: com.example.order.created, immutable: true}
//!   source: {default: /shop, immutable: true}
//!   data: {required: true}
//! ```

use std::time::Duration;

use hyper::Method;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::json;
use squall_model::cloudevent::{BATCH, STRUCTURED};
use squall_model::outcome::{Outcome, Verdict};
use squall_model::{Json, Object, cloudevent};

use crate::http_request::answer::Answer;
use crate::http_request::connection::Connector;
use crate::http_request::error::Error as HttpError;
use crate::http_request::exchange::exchange;
use crate::http_request::request::{self, Request};
use crate::http_request::{self, USUAL_TIMEOUT};
use crate::process::explain;
use crate::{Run, Runner};

mod binary;
mod made;

/// Sends events.
pub(crate) struct CloudEvent;

/// Where to, how, and what.
#[derive(Deserialize)]
pub(crate) struct Params {
    url: String,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    headers: Object,
    #[serde(default)]
    token: String,
    #[serde(default)]
    http_proxy: String,
    #[serde(default)]
    https_proxy: String,
    #[serde(default = "yes")]
    verify_ssl_cert: bool,
    #[serde(default = "usual_timeout")]
    timeout: f64,
    #[serde(default)]
    event: Option<Object>,
    #[serde(default)]
    events: Option<Vec<Object>>,
    #[serde(default)]
    extensions: Object,
    /// The attributes and the data that events may lack.
    #[serde(flatten)]
    rest: Object,
}

/// How an event becomes a request.
#[derive(Deserialize, Debug, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Structured,
    Binary,
    Batch,
}

/// Why nothing was sent, or nobody answered.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("cannot send this event{0}")]
    Event(String, #[source] cloudevent::Error),
    #[error("cannot send a list of events in the mode {0:?}: only the mode batch takes one")]
    List(Mode),
    #[error("give `event` or `events`, not both")]
    Both,
    #[error("cannot send the header `{0}`: it is made of the event")]
    Header(String),
    #[error("cannot send `data` as `{0}`: give it as text, or in base64 as `data_base64`")]
    Data(String),
    #[error("cannot read `data_base64`")]
    Base64(#[source] base64::DecodeError),
    #[error("cannot make JSON of the event")]
    Json(#[source] serde_json::Error),
    #[error("cannot wait for {0} seconds")]
    Timeout(f64),
    #[error(transparent)]
    Http(#[from] HttpError),
}

impl Runner for CloudEvent {
    const NAME: &'static str = "cloudevent";
    const DEFINITION: &'static str = r#"{
        "description": "Sends what happened as CloudEvents 1.0.",
        "package": "cloudevent_runner",
        "parameters": {
            "data": {"type": "object", "description": "What happened, for an event without data."},
            "data_base64": {"type": "string", "description": "The same as bytes, in base64."},
            "datacontenttype": {"type": "string", "description": "Media type of the data; without one it is JSON."},
            "dataschema": {"type": "string", "description": "URI of the schema of the data."},
            "event": {"type": "object", "description": "The event, as in the JSON format; the other parameters add what it lacks."},
            "events": {"type": "array", "description": "The events of a batch, each as `event`.", "items": {"type": "object"}},
            "extensions": {"type": "object", "description": "More attributes: texts, booleans and integers."},
            "headers": {"type": "object", "description": "More headers to send."},
            "http_proxy": {"type": "string", "description": "Proxy for http URLs, such as http://10.10.1.10:3128."},
            "https_proxy": {"type": "string", "description": "Proxy for https URLs, such as http://10.10.1.10:3128."},
            "id": {"type": "string", "description": "What the source calls the event; without one it is the id of the execution."},
            "mode": {"type": "string", "description": "How it is sent.", "enum": ["structured", "binary", "batch"], "default": "structured"},
            "source": {"type": "string", "description": "URI reference of where it happened; without one it is that of the action."},
            "subject": {"type": "string", "description": "What it happened to, within the source."},
            "time": {"type": "string", "description": "When it happened, by RFC 3339; without it when the execution was asked for."},
            "timeout": {"type": "number", "description": "Seconds to wait for connecting and for each silence of the receiver.", "default": 60},
            "token": {"type": "string", "description": "Is sent as `Authorization: Bearer ...`.", "secret": true},
            "type": {"type": "string", "description": "What kind of thing happened, such as com.example.order.created."},
            "url": {"type": "string", "description": "Where to.", "required": true},
            "verify_ssl_cert": {"type": "boolean", "description": "Whether the certificate of an HTTPS server is checked.", "default": true}
        },
        "output_key": "body",
        "output_schema": {
            "type": "object",
            "properties": {
                "status_code": {"type": "integer"},
                "body": {"anyOf": [{"type": "object"}, {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}, {"type": "array"}, {"type": "null"}]},
                "parsed": {"type": "boolean"},
                "headers": {"type": "object"},
                "events": {"type": "array"}
            },
            "additionalProperties": false
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, run: Run) -> Outcome {
        tokio::select! {
            outcome = outcome(params, &run) => outcome,
            () = run.cancel.cancelled() => Outcome {
                verdict: Verdict::Cancelled,
                ..Outcome::error("cancelled while waiting for the answer")
            },
        }
    }
}

fn yes() -> bool {
    true
}

fn usual_timeout() -> f64 {
    USUAL_TIMEOUT
}

async fn outcome(params: Params, run: &Run) -> Outcome {
    let events = match made::events(&params, run) {
        Ok(events) => events,
        Err(error) => return Outcome::error(explain(&error)),
    };
    match send(&params, &events, run).await {
        Ok(answer) => {
            let has_succeeded = (200..300).contains(&answer.status);
            let result = result(answer, &events);
            if has_succeeded {
                Outcome::succeeded(result)
            } else {
                Outcome::failed(result)
            }
        }
        Err(error @ Error::Http(HttpError::Silence(_))) => Outcome {
            verdict: Verdict::TimedOut,
            result: json!({"error": explain(&error)}),
        },
        Err(error) => Outcome::error(explain(&error)),
    }
}

fn result(answer: Answer, events: &[Object]) -> Json {
    let named = |event: &Object| json!({"source": event.get("source"), "id": event.get("id")});
    let sent: Vec<Json> = events.iter().map(named).collect();
    let mut result = answer.result();
    if let Some(members) = result.as_object_mut() {
        members.insert("events".to_owned(), sent.into());
    }
    result
}

async fn send(params: &Params, events: &[Object], run: &Run) -> Result<Answer, Error> {
    let request = request(params, events)?;
    let patience =
        Duration::try_from_secs_f64(params.timeout).map_err(|_| Error::Timeout(params.timeout))?;
    let proxies = [&*params.http_proxy, &*params.https_proxy];
    let how = http_request::Params::to_connect(proxies, params.verify_ssl_cert);
    let connector = Connector::new(&how, patience, &run.host);
    Ok(exchange(&request, &connector).await?)
}

fn request(params: &Params, events: &[Object]) -> Result<Request, Error> {
    let url = request::read_url(&params.url)?;
    let mut headers = headers(params)?;
    let body = match (params.mode, events) {
        (Mode::Binary, [event]) => binary::add(event, &mut headers)?,
        (Mode::Structured, [event]) => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(STRUCTURED));
            serde_json::to_vec(event).map_err(Error::Json)?
        }
        (Mode::Binary | Mode::Structured, _) => return Err(Error::List(params.mode)),
        (Mode::Batch, events) => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(BATCH));
            serde_json::to_vec(events).map_err(Error::Json)?
        }
    };
    Ok(Request {
        method: Method::POST,
        url,
        headers,
        body: body.into(),
    })
}

/// The headers that are not made of the event.
fn headers(params: &Params) -> Result<HeaderMap, Error> {
    let is_of_events = |name: &&String| {
        let name = name.to_ascii_lowercase();
        name.starts_with("ce-") || name == "content-type"
    };
    if let Some(name) = params.headers.keys().find(is_of_events) {
        return Err(Error::Header(name.clone()));
    }
    let mut headers = request::headers(&params.headers)?;
    let agent = HeaderName::from_static("user-agent");
    headers.entry(agent).or_insert(request::USER_AGENT);
    if !params.token.is_empty() {
        let bearer = format!("Bearer {}", params.token);
        let mut value = request::header_value("Authorization", &bearer)?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests;

//! `/squall/v1/cloudevents`: CloudEvents 1.0 come in, in structured, binary or batched mode.
//!
//! Each becomes an event of the trigger `core.cloudevent`; its payload is what the JSON format of CloudEvents has. Senders
//! deliver at least once, so an event whose source and id were taken before is acknowledged again and not taken again.

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::json;
use squall_identity::permission::Permission;
use squall_model::cloudevent::{self, BATCH, STRUCTURED};
use squall_model::trace::TraceContext;
use squall_model::{Id, Json, Object, Reference};
use squall_server::ingest::{Happened, Once};

use crate::about::{Shape, about};
use crate::call::Call;
use crate::json;
use crate::route::{Access, Answer, Routes, own_route};
use crate::stackstorm::fault::Fault;
use crate::wire::Wire;

/// The trigger of every CloudEvent.
const TRIGGER: (&str, &str) = ("core", "cloudevent");

/// The most events of one batch.
const MOST: usize = 1000;

pub(super) fn routes() -> Routes {
    let path = "/cloudevents";
    own_route(Method::POST, path, Permission::WebhookSend, post)
        .says(
            about("Tells of what happened, as CloudEvents.")
                .takes_anything()
                .answers(202, Shape::One("CloudEventsTaken")),
        )
        .merge(
            own_route(Method::OPTIONS, path, Access::Somebody, options)
                .says(about("Tells whether CloudEvents are welcome.").gives(Shape::Nothing)),
        )
}

/// 202 once all events are durable, with the id of each; all or none are taken.
async fn post(wire: Wire, call: Call) -> Answer {
    let events = events(&call)?;
    if events.len() > MOST {
        let message = format!("The batch has more than {MOST} events.");
        return Err(Fault::new(413, message));
    }
    let taken = take(&wire, &events).await?;
    let answer = events.iter().zip(&taken).map(|(event, (id, is_new))| {
        json!({"id": event.get("id"), "source": event.get("source"), "event": id, "duplicate": !is_new})
    });
    let answer = json!({ "events": answer.collect::<Vec<_>>() });
    let mut response = Response::new(Body::from(answer.to_string()));
    *response.status_mut() = StatusCode::ACCEPTED;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

/// Senders ask whether they are welcome before they send: whoever knows a token for us is.
async fn options(_wire: Wire, call: Call) -> Answer {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    if let Some(origin) = call.headers.get("webhook-request-origin") {
        headers.insert("webhook-allowed-origin", origin.clone());
        headers.insert("webhook-allowed-rate", HeaderValue::from_static("*"));
    }
    Ok(response)
}

/// Makes events durable; gives the id of each, and whether it is new.
async fn take(wire: &Wire, events: &[Object]) -> Result<Vec<(Id, bool)>, Fault> {
    let remembered = wire.settings().cloudevents_remembered;
    let once = |event| Once {
        key: key(event),
        remembered,
    };
    let all = events.iter().map(|event| (once(event), happened(event)));
    Ok(wire.handle().ingest_new(all.collect()).await?)
}

fn happened(event: &Object) -> Happened {
    let (pack, name) = TRIGGER;
    Happened {
        trigger: Reference::new(pack, name),
        payload: Json::Object(event.clone()),
        origin: "cloudevent".to_owned(),
        trace: TraceContext {
            id: None,
            tag: Some(trace_tag(event)),
            // The extension for distributed tracing.
            parent: event
                .get("traceparent")
                .and_then(|parent| parent.as_str()?.parse().ok()),
            state: event
                .get("tracestate")
                .and_then(|state| state.as_str()?.parse().ok()),
        },
    }
}

fn trace_tag(event: &Object) -> String {
    let id = event.get("id").and_then(Json::as_str).unwrap_or_default();
    format!("cloudevent-{}", id.chars().take(200).collect::<String>())
}

/// What makes an event the same: its source and its id.
fn key(event: &Object) -> Id {
    let text = |name| event.get(name).and_then(Json::as_str).unwrap_or_default();
    let (source, id) = (text("source"), text("id"));
    Id::of(&format!("cloudevent {} {source}{id}", source.len()))
}

/// The events of a request, each held against the rules.
fn events(call: &Call) -> Result<Vec<Object>, Fault> {
    let kind = call.content_type().unwrap_or_default();
    match kind.as_str() {
        STRUCTURED => match json_of(&call.body)? {
            Json::Object(event) => Ok(vec![checked(event, "")?]),
            _ => Err(Fault::bad_request("The event is no JSON object.")),
        },
        BATCH => match json_of(&call.body)? {
            Json::Array(events) => batch(events),
            _ => Err(Fault::bad_request("The batch is no JSON array.")),
        },
        other if other.starts_with("application/cloudevents") => Err(Fault::new(
            415,
            format!("Events come as {STRUCTURED}, as {BATCH} or in binary mode, not as {other}."),
        )),
        _ => Ok(vec![checked(binary(call)?, "")?]),
    }
}

fn batch(events: Vec<Json>) -> Result<Vec<Object>, Fault> {
    let numbered = events.into_iter().enumerate();
    let one = |(number, event)| match event {
        Json::Object(event) => checked(event, &format!("Event {number}: ")),
        _ => Err(Fault::bad_request(format!(
            "Event {number} is no JSON object."
        ))),
    };
    numbered.map(one).collect()
}

fn checked(event: Object, which: &str) -> Result<Object, Fault> {
    let wrong = |error| Fault::bad_request(format!("{which}This is no CloudEvent: {error}."));
    cloudevent::check(event).map_err(wrong)
}

fn json_of(body: &[u8]) -> Result<Json, Fault> {
    json::read(body).map_err(|error| Fault::bad_request(format!("The body is not JSON: {error}.")))
}

/// In binary mode the attributes are headers, and the data is the body.
fn binary(call: &Call) -> Result<Object, Fault> {
    if !call.headers.contains_key("ce-specversion") {
        let message = "The request is no CloudEvent: neither its Content-Type nor a header ce-specversion says so.";
        return Err(Fault::new(415, message));
    }
    let mut event = attributes(&call.headers)?;
    let kind = call.header("content-type").map(str::trim);
    if let Some(kind) = kind.filter(|kind| !kind.is_empty()) {
        event.insert("datacontenttype".to_owned(), Json::from(kind));
    }
    if !call.body.is_empty() {
        let (name, data) = data(kind.unwrap_or_default(), &call.body)?;
        event.insert(name.to_owned(), data);
    }
    Ok(event)
}

fn attributes(headers: &HeaderMap) -> Result<Object, Fault> {
    let mut event = Object::new();
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix("ce-") else {
            continue;
        };
        let wrong = |why: &str| {
            Fault::bad_request(format!(
                "This is no CloudEvent: the header ce-{name} {why}."
            ))
        };
        if matches!(name, "data" | "data_base64" | "datacontenttype") {
            return Err(wrong(
                "cannot be: data is the body, and Content-Type says what it is",
            ));
        }
        let text = cloudevent::from_header(value.as_bytes());
        let text = text.ok_or_else(|| wrong("is not percent-encoded UTF-8"))?;
        if event.insert(name.to_owned(), Json::from(text)).is_some() {
            return Err(wrong("is there twice"));
        }
    }
    Ok(event)
}

/// Data as the JSON format has it: JSON as a value, text as text, anything else in base64.
fn data(kind: &str, body: &[u8]) -> Result<(&'static str, Json), Fault> {
    if cloudevent::is_json(kind) {
        return Ok(("data", json_of(body)?));
    }
    let is_text = is_text(kind)
        .then(|| std::str::from_utf8(body).ok())
        .flatten();
    Ok(match is_text {
        Some(text) => ("data", Json::from(text)),
        None => ("data_base64", Json::from(BASE64_STANDARD.encode(body))),
    })
}

fn is_text(kind: &str) -> bool {
    let bare = kind.split(';').next().unwrap_or_default().trim();
    let bare = bare.to_ascii_lowercase();
    let known = [
        "application/xml",
        "application/yaml",
        "application/x-www-form-urlencoded",
    ];
    bare.starts_with("text/")
        || bare.ends_with("+xml")
        || bare.ends_with("+yaml")
        || known.contains(&bare.as_str())
}

#[cfg(test)]
mod tests;

//! `/webhooks`: events from outside.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::json;
use squall_identity::permission::Permission;
use squall_model::trace::TraceContext;
use squall_model::trigger::Trigger;
use squall_model::{Json, Object, Reference};
use squall_server::ingest::Happened;

use super::fault::Fault;
use super::traces::trace_tag;
use super::{reply, shape};
use crate::about::{Shape, about};
use crate::call::Call;
use crate::json::MOST_VALUES;
use crate::route::{Access, Answer, Routes, route};
use crate::wire::Wire;

/// The trigger type whose parameter `url` names a webhook.
const WEBHOOK: &str = "core.st2.webhook";

/// Headers that prove who the sender is; they never become part of an event.
const PROOFS: [&str; 4] = ["st2-api-key", "x-auth-token", "cookie", "authorization"];

pub(super) fn routes() -> Routes {
    route(Method::GET, "/webhooks", Permission::WebhookList, list)
        .says(about("Lists webhooks.").gives(Shape::List("Trigger")))
        .merge(
            route(
                Method::GET,
                "/webhooks/{*url}",
                Permission::WebhookView,
                get,
            )
            .says(about("Shows a webhook.").gives(Shape::One("Trigger"))),
        )
        .merge(
            route(
                Method::POST,
                "/webhooks/{*url}",
                Access::NeedsOrSigned(Permission::WebhookSend),
                post,
            )
            .says(
                about("Tells of an event.")
                    .takes_anything()
                    .answers(202, Shape::Anything),
            ),
        )
}

async fn list(wire: Wire, _call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let hooks = loaded
        .content
        .triggers
        .values()
        .filter(|trigger| trigger.trigger_type.as_str() == WEBHOOK);
    reply::ok(&hooks.map(|trigger| shape::trigger(trigger)).collect())
}

async fn get(wire: Wire, call: Call) -> Answer {
    let url = call.part("url").trim_matches('/');
    let hooks = wire.handle().triggers_with(WEBHOOK, "url", url);
    let hook = hooks.first().ok_or_else(|| Fault::not_found("Not Found"))?;
    reply::ok(&shape::trigger(hook))
}

/// 202 with the body echoed, once the event is durable.
async fn post(wire: Wire, call: Call) -> Answer {
    let url = call.part("url").trim_matches('/');
    let body = body(&call)?;
    let trace = TraceContext {
        id: None,
        tag: trace_tag(call.header("st2-trace-tag"))?,
        parent: call.traceparent(),
        state: call.tracestate(),
    };
    let origin = format!("webhook-{url}");
    let happened = if url == "st2" {
        let (trigger, payload) = named(&wire, &body)?;
        vec![Happened {
            trigger,
            payload,
            origin,
            trace,
        }]
    } else {
        let hooks = wire.handle().triggers_with(WEBHOOK, "url", url);
        if hooks.is_empty() {
            return Err(Fault::not_found(format!(
                "Webhook {url} not registered with st2"
            )));
        }
        let hook = wire.settings().webhooks.get(url);
        let signature = hook.map(|hook| hook.scheme.signature.header.as_str());
        let payload = payload(&call, &body, signature);
        let happened = |hook: &std::sync::Arc<Trigger>| Happened {
            trigger: hook.reference.clone(),
            payload: payload.clone(),
            origin: origin.clone(),
            trace: trace.clone(),
        };
        hooks.iter().map(happened).collect()
    };
    let once = call.once.as_slice();
    wire.handle().ingest_once(happened, once).await?;
    reply::json(StatusCode::ACCEPTED, &body)
}

/// `/webhooks/st2` sends any trigger: `{"trigger": ..., "payload": ...}`.
fn named(wire: &Wire, body: &Json) -> Result<(Reference, Json), Fault> {
    let Some(body) = body.as_object() else {
        return Err(Fault::bad_request(format!(
            "Webhook body needs to be an object, got: {}",
            shape::kind(body)
        )));
    };
    let name = body
        .get("trigger")
        .and_then(Json::as_str)
        .filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Fault::bad_request("Trigger not specified."))?;
    let loaded = wire.handle().loaded();
    let reference = name
        .parse::<Reference>()
        .ok()
        .filter(|reference| loaded.content.triggers.contains_key(reference));
    let missing = || {
        Fault::bad_request(format!(
            "Trigger type with reference \"{name}\" doesn't exist in the database"
        ))
    };
    let reference = reference.ok_or_else(missing)?;
    let payload = body
        .get("payload")
        .cloned()
        .filter(|payload| !payload.is_null());
    let payload = payload.unwrap_or_else(|| json!({}));
    wire.handle().check_payload(&reference, &payload)?;
    Ok((reference, payload))
}

/// What rules see of a webhook: `headers` with each word capitalised as in the original, `headers_lower`, `body`.
///
/// The header of a signature is left out: it may be the secret itself.
fn payload(call: &Call, body: &Json, signature: Option<&str>) -> Json {
    let mut headers = Object::new();
    let mut lower = Object::new();
    for (name, value) in &call.headers {
        let name = name.as_str();
        if PROOFS.contains(&name) || name == "st2-trace-tag" || Some(name) == signature {
            continue;
        }
        let value = Json::from(String::from_utf8_lossy(value.as_bytes()));
        headers.insert(titled(name), value.clone());
        lower.insert(name.to_owned(), value);
    }
    json!({"headers": headers, "headers_lower": lower, "body": body})
}

fn titled(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

/// JSON, or a form whose values become lists.
fn body(call: &Call) -> Result<Json, Fault> {
    let content_type = call.content_type();
    match content_type.as_deref() {
        None | Some("" | "application/json") => shape::json_body(call),
        Some("application/x-www-form-urlencoded" | "multipart/form-data") => {
            // What becomes a value of its own takes many times the memory of its text.
            if call.body.iter().filter(|byte| **byte == b'&').count() > MOST_VALUES {
                return Err(Fault::bad_request(format!(
                    "Failed to parse request body: more than {MOST_VALUES} values"
                )));
            }
            Ok(form(&call.body))
        }
        Some("text/plain") => Ok(Json::from(String::from_utf8_lossy(&call.body))),
        Some(other) => Err(Fault::bad_request(format!(
            "Failed to parse request body: Unsupported Content-Type: \"{other}\""
        ))),
    }
}

/// As Python's `parse_qs`: every value is a list, blank values are left out.
fn form(body: &[u8]) -> Json {
    let decode = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut order = Vec::new();
    for pair in String::from_utf8_lossy(body).split('&') {
        let Some((name, value)) = pair.split_once('=').filter(|(_, value)| !value.is_empty())
        else {
            continue;
        };
        let name = decode(name);
        if !fields.contains_key(&name) {
            order.push(name.clone());
        }
        fields.entry(name).or_default().push(decode(value));
    }
    let field = |name: String| {
        let values = fields.remove(&name).unwrap_or_default();
        (name, Json::from(values))
    };
    Json::Object(order.into_iter().map(field).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_capitalised_word_by_word() {
        assert_eq!(titled("x-github-event"), "X-Github-Event");
        assert_eq!(titled("content-type"), "Content-Type");
    }

    #[test]
    fn a_form_gives_lists() {
        assert_eq!(
            form(b"a=1&b=x+y&a=%202&empty=&flag"),
            json!({"a": ["1", " 2"], "b": ["x y"]})
        );
    }
}

//! Spans in the JSON form of OTLP.

use serde_json::json;
use squall_model::{Json, Timestamp};

use super::Span;

/// Kinds of spans by their numbers in OTLP.
const INTERNAL: u8 = 1;
const SERVER: u8 = 2;

/// The status of a span that failed.
const ERROR: u8 = 2;

/// One request to a receiver.
pub(super) fn request(node: &str, spans: &[Span]) -> Json {
    let resource = [
        ("service.name", "squall"),
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("service.instance.id", node),
    ];
    json!({"resourceSpans": [{
        "resource": {"attributes": resource.map(|(name, text)| attribute(name, text))},
        "scopeSpans": [{
            "scope": {"name": "squall"},
            "spans": spans.iter().map(span).collect::<Vec<_>>(),
        }],
    }]})
}

fn span(span: &Span) -> Json {
    let attributes = span.attributes.iter();
    let attributes: Vec<_> = attributes
        .map(|(name, text)| attribute(name, text))
        .collect();
    let mut shape = json!({
        "traceId": format!("{:032x}", span.trace),
        "spanId": format!("{:016x}", span.id),
        "name": span.name,
        "kind": if span.is_request { SERVER } else { INTERNAL },
        "startTimeUnixNano": nanoseconds(span.begun),
        "endTimeUnixNano": nanoseconds(span.ended),
        "attributes": attributes,
    });
    if let Some(members) = shape.as_object_mut() {
        let parent = span.parent.map(|parent| json!(format!("{parent:016x}")));
        members.extend(parent.map(|parent| ("parentSpanId".to_owned(), parent)));
        let state = span.state.as_ref().map(|state| json!(state.as_str()));
        members.extend(state.map(|state| ("traceState".to_owned(), state)));
        let failed = span
            .failed
            .map(|text| json!({"code": ERROR, "message": text}));
        members.extend(failed.map(|status| ("status".to_owned(), status)));
    }
    shape
}

fn attribute(name: &str, text: &str) -> Json {
    json!({"key": name, "value": {"stringValue": text}})
}

/// As a text: JSON's numbers do not hold so many digits.
fn nanoseconds(time: Timestamp) -> String {
    i128::from(time.micros()).saturating_mul(1000).to_string()
}

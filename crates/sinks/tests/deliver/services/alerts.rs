//! Services that take alerts and events.

use serde_json::{Value as Json, json};
use squall_model::http::Answer;

use super::{at_most, items, length, some_at_most, told};
use crate::service::Asked;

const MOST_OF_EVENT: usize = 512 * 1024;

pub(super) fn pagerduty(asked: &Asked) -> Answer {
    assert_eq!(asked.method, "POST");
    assert!(asked.body.len() <= MOST_OF_EVENT, "{}", asked.body.len());
    let body = asked.json();
    some_at_most(&body["routing_key"], 32);
    let payload = &body["payload"];
    some_at_most(&payload["summary"], 1024);
    for link in items(&body["links"]) {
        let href = link["href"].as_str().unwrap();
        assert!(href.starts_with("http"), "{link}");
        at_most(&link["text"], usize::MAX);
    }
    let details = &payload["custom_details"];
    assert!(details.is_null() || details.is_object(), "{details}");
    if asked.path() == "/v2/change/enqueue" {
        return told(
            202,
            &json!({"status": "success", "message": "Change event processed"}),
        );
    }
    assert_eq!(asked.path(), "/v2/enqueue");
    some_at_most(&payload["source"], usize::MAX);
    one_of(
        &payload["severity"],
        &["critical", "error", "warning", "info"],
    );
    one_of(
        &body["event_action"],
        &["trigger", "acknowledge", "resolve"],
    );
    some_at_most(&body["dedup_key"], 255);
    told(
        202,
        &json!({"status": "success", "message": "Event processed", "dedup_key": body["dedup_key"]}),
    )
}

pub(super) fn datadog(asked: &Asked) -> Answer {
    assert_eq!(
        (asked.method.as_str(), asked.path()),
        ("POST", "/api/v1/events")
    );
    assert_eq!(asked.header("dd-api-key"), Some("key"));
    let body = asked.json();
    some_at_most(&body["title"], 100);
    at_most(&body["text"], 4000);
    at_most(&body["aggregation_key"], 100);
    one_of(
        &body["alert_type"],
        &["error", "warning", "info", "success"],
    );
    assert!(body["date_happened"].is_i64(), "{}", body["date_happened"]);
    told(202, &json!({"status": "ok"}))
}

pub(super) fn opsgenie(asked: &Asked) -> Answer {
    assert_eq!(asked.method, "POST");
    assert_eq!(asked.header("authorization"), Some("GenieKey key"));
    let body = asked.json();
    if asked.path() != "/v2/alerts" {
        let alias = asked.path().strip_prefix("/v2/alerts/").unwrap();
        let alias = alias.strip_suffix("/close?identifierType=alias").unwrap();
        assert!(!alias.is_empty() && !alias.contains('/'), "{alias}");
        at_most(&body["source"], 100);
        return well();
    }
    some_at_most(&body["message"], 130);
    at_most(&body["description"], 15_000);
    at_most(&body["alias"], 512);
    at_most(&body["entity"], 512);
    at_most(&body["source"], 100);
    one_of(&body["priority"], &["P1", "P2", "P3", "P4", "P5"]);
    let tags = items(&body["tags"]);
    assert!(tags.len() <= 20, "{}", tags.len());
    tags.iter().for_each(|tag| at_most(tag, 50));
    assert!(items(&body["responders"]).len() <= 50);
    let weight = |(name, value): (&String, &Json)| {
        name.chars().count() + if value.is_null() { 0 } else { length(value) }
    };
    let details = body["details"].as_object().unwrap();
    assert!(details.iter().map(weight).sum::<usize>() <= 8000);
    well()
}

fn well() -> Answer {
    told(
        202,
        &json!({"result": "Request will be processed", "took": 0.1, "requestId": "1"}),
    )
}

pub(super) fn victorops(asked: &Asked) -> Answer {
    assert_eq!(asked.method, "POST");
    let body = asked.json();
    let kinds = ["CRITICAL", "WARNING", "ACKNOWLEDGEMENT", "INFO", "RECOVERY"];
    one_of(&body["message_type"], &kinds);
    some_at_most(&body["entity_id"], 512);
    at_most(&body["state_message"], 20_480);
    told(
        200,
        &json!({"result": "success", "entity_id": body["entity_id"]}),
    )
}

pub(super) fn incident_io(asked: &Asked) -> Answer {
    assert_eq!(
        (asked.method.as_str(), asked.path()),
        ("POST", "/v2/alert_events/http/01ABCDEFGHJKMNPQRSTVWXYZ01")
    );
    assert_eq!(asked.header("authorization"), Some("Bearer token"));
    assert!(asked.body.len() <= MOST_OF_EVENT, "{}", asked.body.len());
    let body = asked.json();
    some_at_most(&body["title"], usize::MAX);
    one_of(&body["status"], &["firing", "resolved"]);
    assert!(body["metadata"].is_object());
    told(
        202,
        &json!({"status": "accepted", "message": "Event accepted for processing", "deduplication_key": "k"}),
    )
}

fn one_of(value: &Json, known: &[&str]) {
    assert!(
        value.as_str().is_some_and(|text| known.contains(&text)),
        "{value}"
    );
}

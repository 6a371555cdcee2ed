//! What one Squall sends as CloudEvents, another takes in as it was: in every mode, and once.

use serde_json::{Value, json};

use crate::server::{Server, Settings};
use crate::wait;

fn event() -> Value {
    json!({
        "specversion": "1.0", "id": "a \"b\" 100% €", "source": "/shop?x=%20", "type": "com.example.order.created",
        "subject": "ünder\u{1F600}", "time": "2026-01-02T03:04:05.678+01:00", "tier": "gold",
        "datacontenttype": "application/json", "data": {"total": 7, "für": ["x", null]},
    })
}

#[test]
fn what_is_sent_comes_in_as_it_was() {
    let (sender, receiver) = (Settings::dev().start(), Settings::dev().start());
    let url = format!("http://{}/squall/v1/cloudevents", receiver.address());
    let send = |what: Value| {
        let mut parameters = what;
        parameters["url"] = json!(url);
        let wanted = json!({"action": "core.cloudevent", "parameters": parameters});
        let id = sender.post("/api/v1/executions", &wanted, 201)["id"].clone();
        let path = format!("/api/v1/executions/{}", id.as_str().unwrap());
        wait::until("the action to end", || {
            let shown = sender.get(&path);
            let has_ended = shown["end_timestamp"].is_string();
            has_ended.then_some(shown.clone()).ok_or(shown.to_string())
        })
    };
    let taken = |execution: &Value, expected: &Value| {
        assert_eq!(execution["status"], "succeeded", "{}", execution["result"]);
        let answer = &execution["result"]["body"]["events"];
        let ids = answer.as_array().unwrap().iter();
        let payloads: Vec<Value> = ids.map(|taken| payload(&receiver, taken)).collect();
        assert_eq!(&json!(payloads), expected, "{answer}");
    };

    taken(&send(json!({"event": event()})), &json!([event()]));
    let again = send(json!({"event": event(), "mode": "binary"}));
    assert_eq!(again["result"]["body"]["events"][0]["duplicate"], true);
    for (id, more) in [
        ("json", json!({})),
        (
            "text",
            json!({"datacontenttype": "text/plain; charset=utf-8", "data": "größer"}),
        ),
        (
            "bytes",
            json!({"datacontenttype": "image/png", "data": null, "data_base64": "AP8="}),
        ),
    ] {
        let mut other = event();
        other["id"] = json!(id);
        other
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        if other["data"].is_null() {
            other.as_object_mut().unwrap().remove("data");
        }
        taken(
            &send(json!({"event": other, "mode": "binary"})),
            &json!([other]),
        );
    }

    let batch = json!([{"data": {"n": 1}, "paid": true}, {"data": [2], "count": -2}]);
    let sent = send(
        json!({"mode": "batch", "events": batch, "type": "t", "source": "urn:x", "time": "2026-01-02T03:04:05Z"}),
    );
    let made = |number: usize, more: Value| {
        let id = format!("{}-{number}", sent["id"].as_str().unwrap());
        let mut event = json!({"specversion": "1.0", "id": id, "source": "urn:x", "type": "t", "time": "2026-01-02T03:04:05Z"});
        event
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        event
    };
    taken(
        &sent,
        &json!([made(0, batch[0].clone()), made(1, batch[1].clone())]),
    );

    let signed_in = send(json!({"type": "t", "token": "s3cr3t"}));
    assert_eq!(signed_in["status"], "succeeded", "{signed_in}");
    assert_eq!(signed_in["parameters"]["token"], "********");
    assert!(!signed_in.to_string().contains("s3cr3t"));
    let wrong = send(json!({"type": "t", "source": "no uri"}));
    assert_eq!(wrong["status"], "failed");
    let why =
        "cannot send this event: the attribute `source` must be a URI reference that is not empty";
    assert_eq!(wrong["result"]["error"], why);
}

/// What the trigger `core.cloudevent` says of an event that was taken.
fn payload(receiver: &Server, taken: &Value) -> Value {
    assert_eq!(taken["duplicate"], false, "{taken}");
    let path = format!(
        "/api/v1/triggerinstances/{}",
        taken["event"].as_str().unwrap()
    );
    receiver.get(&path)["payload"].clone()
}

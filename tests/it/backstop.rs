//! A backstop rule is asked about what no standard rule of its trigger matched, whatever kept them from it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::packs;
use crate::server::Server;
use crate::wait;

const PACK: &str =
    "{name: net, description: Catches the rest, version: 1.0.0, author: a, email: a@example.com}";

const CRITICAL: &str = "
name: critical
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: alerts}}
criteria: {trigger.body.level: {type: gt, pattern: 7}}
action: {ref: core.noop}
";

const OFF: &str = "
name: off
enabled: false
trigger: {type: core.st2.webhook, parameters: {url: alerts}}
criteria: {}
action: {ref: core.noop}
";

/// Of another trigger: what matches there is no business of the rule below.
const ELSEWHERE: &str = "
name: elsewhere
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: elsewhere}}
criteria: {}
action: {ref: core.noop}
";

const REST: &str = "
name: rest
enabled: true
type: {ref: backstop}
trigger: {type: core.st2.webhook, parameters: {url: alerts}}
criteria: {trigger.body.level: {type: exists, pattern: true}}
action: {ref: core.noop}
";

/// The rules that decided an event, each with how that went.
fn decided(squall: &Server, alert: &Value) -> BTreeSet<(String, String)> {
    let tag = format!("alert-{alert}");
    let request = crate::http::Request::post("/api/v1/webhooks/alerts", alert);
    assert_eq!(
        squall.send(&request.header("St2-Trace-Tag", &tag)).status,
        202
    );
    let event = wait::until("the event to be decided", || {
        let events = squall.get("/api/v1/triggerinstances?limit=1");
        match (&events[0]["payload"]["body"], &events[0]["status"]) {
            (body, status) if body == alert && status == "processed" => Ok(events[0].clone()),
            _ => Err(events.to_string()),
        }
    });
    let path = format!(
        "/api/v1/ruleenforcements?trigger_instance={}",
        event["id"].as_str().unwrap()
    );
    let decisions = squall.get(&path);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let told = decisions.as_array().unwrap().iter();
    told.map(|decision| (text(&decision["rule"]["ref"]), text(&decision["status"])))
        .collect()
}

#[test]
fn a_backstop_rule_catches_the_rest() {
    let folder = packs::folder(&[
        ("net/pack.yaml", PACK),
        ("net/rules/critical.yaml", CRITICAL),
        ("net/rules/off.yaml", OFF),
        ("net/rules/elsewhere.yaml", ELSEWHERE),
        ("net/rules/rest.yaml", REST),
    ]);
    let squall = Server::dev(folder.path());
    let of = |told: &[(&str, &str)]| -> BTreeSet<(String, String)> {
        told.iter()
            .map(|(rule, status)| (format!("net.{rule}"), (*status).to_owned()))
            .collect()
    };
    let told = decided(&squall, &json!({"level": 9}));
    assert_eq!(told, of(&[("critical", "succeeded")]));
    let told = decided(&squall, &json!({"level": 3}));
    assert_eq!(told, of(&[("rest", "succeeded")]));
    // A rule that cannot be evaluated has not matched.
    let told = decided(&squall, &json!({"level": "high"}));
    assert_eq!(told, of(&[("critical", "failed"), ("rest", "succeeded")]));
    let told = decided(&squall, &json!({"text": "no level"}));
    assert_eq!(told, of(&[("critical", "failed")]));
    let kinds = squall.get("/api/v1/ruletypes");
    let names: Vec<&Value> = kinds
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| &kind["name"])
        .collect();
    assert_eq!(names, ["standard", "backstop"]);
    assert_eq!(
        squall.get("/api/v1/rules/net.rest")["type"],
        json!({"ref": "backstop", "parameters": {}})
    );
}

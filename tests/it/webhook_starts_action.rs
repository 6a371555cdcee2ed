//! The first story: something happens, a rule decides, an action runs, history remembers.

use serde_json::{Value, json};

use crate::http::Request;
use crate::packs;
use crate::server::Server;
use crate::wait;

const PACK: (&str, &str) = (
    "greeter/pack.yaml",
    "{name: greeter, description: Greets whom a webhook names, version: 1.0.0, author: a, email: a@example.com}",
);

const RULE: (&str, &str) = (
    "greeter/rules/greet.yaml",
    r#"
name: greet
pack: greeter
enabled: true
trigger:
  type: core.st2.webhook
  parameters: {url: greet}
criteria:
  trigger.body.name: {type: startswith, pattern: A}
action:
  ref: core.local
  parameters: {cmd: "echo hello {{ trigger.body.name }}"}
"#,
);

#[test]
fn a_webhook_starts_an_action() {
    let packs = packs::folder(&[PACK, RULE]);
    let squall = Server::dev(packs.path());

    let answer = squall.post("/api/v1/webhooks/greet", &json!({"name": "Ann"}), 202);
    assert_eq!(answer, json!({"name": "Ann"}));
    squall.post("/api/v1/webhooks/greet", &json!({"name": "Bob"}), 202);

    let execution = wait::until("a finished execution", || {
        let executions = squall.get("/api/v1/executions?rule=greeter.greet");
        match executions[0]["status"].as_str() {
            Some("succeeded") => Ok(executions[0].clone()),
            _ => Err(executions.to_string()),
        }
    });
    assert_eq!(execution["action"]["ref"], "core.local");
    assert_eq!(execution["parameters"], json!({"cmd": "echo hello Ann"}));
    assert_eq!(execution["result"]["stdout"], "hello Ann");

    let newest = squall.send(&Request::get("/api/v1/triggerinstances?limit=1"));
    assert_eq!(newest.header("X-Total-Count"), Some("2"));

    // Both events are remembered; one was decided for, the other left no decision behind.
    let events = squall.get("/api/v1/triggerinstances");
    assert_eq!(events.as_array().unwrap().len(), 2, "{events}");
    let decisions = squall.get("/api/v1/ruleenforcements");
    assert_eq!(decisions.as_array().unwrap().len(), 1, "{decisions}");
    assert_eq!(decisions[0]["execution_id"], execution["id"]);
    assert_eq!(
        decisions[0]["trigger_instance_id"],
        execution["trigger_instance"]["id"]
    );
}

#[test]
fn who_listens_is_told_until_the_server_stops() {
    let packs = packs::folder(&[PACK, RULE]);
    let squall = Server::dev(packs.path());
    let listen = Request::get("/stream/v1/stream?events=st2.execution__update");
    let mut stream = listen.begin(squall.address()).unwrap();
    squall.post("/api/v1/webhooks/greet", &json!({"name": "Ann"}), 202);

    let mut statuses = Vec::new();
    while statuses.last().is_none_or(|status| status != "succeeded") {
        let (event, data) = stream.event().unwrap().unwrap();
        assert_eq!(event, "st2.execution__update");
        let execution: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(execution["action"]["ref"], "core.local", "{execution}");
        statuses.push(execution["status"].as_str().unwrap().to_owned());
    }
    assert_eq!(statuses, ["running", "succeeded"]);

    let (_settings, ended_well) = squall.stop();
    assert!(ended_well, "a server that is asked to stop ends with 0");
    assert_eq!(stream.event().unwrap(), None, "the stream ends, too");
}

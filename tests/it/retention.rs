//! What is old is forgotten, what is under way is not, and whoever remembers something forgotten shows it without error.

use serde_json::{Value, json};

use crate::http::Request;
use crate::packs;
use crate::server::{Server, Settings};
use crate::wait;

const PACK: (&str, &str) = (
    "old/pack.yaml",
    "{name: old, description: Answers webhooks, version: 1.0.0, author: a, email: a@example.com}",
);

const RULE: (&str, &str) = (
    "old/rules/answer.yaml",
    r#"
name: answer
pack: old
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: answer}}
action: {ref: core.local, parameters: {cmd: "echo {{ trigger.body.text }}"}}
"#,
);

fn total(squall: &Server, list: &str) -> u64 {
    let answer = squall.send(&Request::get(&format!("/api/v1/{list}?limit=1")));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let total = answer.header("X-Total-Count").unwrap().parse().unwrap();
    let items = answer.json().as_array().unwrap().len();
    assert_eq!(items, usize::from(total > 0), "{list}: {total} in all");
    total
}

fn forgotten(squall: &Server, kind: &str) -> u64 {
    let metrics = squall.send(&Request::get("/metrics")).text();
    let name = format!("squall_records_forgotten_total{{kind=\"{kind}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
    line.unwrap().parse().unwrap()
}

fn finished(squall: &Server) -> Value {
    wait::until("a finished execution", || {
        let executions = squall.get("/api/v1/executions?rule=old.answer");
        match executions[0]["status"].as_str() {
            Some("succeeded") => Ok(executions[0].clone()),
            _ => Err(executions.to_string()),
        }
    })
}

#[test]
fn what_is_old_goes_and_what_is_under_way_stays() {
    let packs = packs::folder(&[PACK, RULE]);
    let settings = ["EXECUTIONS", "OUTPUT", "DECISIONS", "EVENTS"]
        .into_iter()
        .fold(Settings::dev().packs(packs.path()), |settings, kind| {
            settings.variable(&format!("SQUALL_RETENTION_{kind}"), "10ms")
        });
    let squall = settings.variable("SQUALL_RETENTION_EVERY", "100ms").start();
    let slow = json!({"action": "core.local", "parameters": {"cmd": "echo begun; sleep 600", "timeout": 700}});
    let slow = squall.post("/api/v1/executions", &slow, 201);
    for number in 0..10 {
        squall.post("/api/v1/webhooks/answer", &json!({"text": number}), 202);
    }
    wait::until("everything finished to be forgotten", || {
        let lists = ["ruleenforcements", "triggerinstances", "executions"];
        let totals = lists.map(|list| total(&squall, list));
        let gone = ["decisions", "events", "executions"].map(|kind| forgotten(&squall, kind));
        let is_done = totals == [0, 0, 1] && gone == [10, 10, 10];
        is_done.then_some(()).ok_or(format!("{totals:?} {gone:?}"))
    });
    let path = format!("/api/v1/executions/{}", slow["id"].as_str().unwrap());
    assert_eq!(squall.get(&path)["status"], "running");
    let output = squall.send(&Request::get(&format!("{path}/output"))).text();
    assert!(output.contains("begun"), "{output}");
    assert!(squall.log().contains("forgot what was older"));
}

#[test]
fn what_outlives_its_event_is_shown_without_error() {
    let packs = packs::folder(&[PACK, RULE]);
    let squall = Settings::dev()
        .packs(packs.path())
        .variable("SQUALL_RETENTION_EVENTS", "10ms")
        .variable("SQUALL_RETENTION_OUTPUT", "10ms")
        .variable("SQUALL_RETENTION_EXECUTIONS", "forever")
        .variable("SQUALL_RETENTION_EVERY", "100ms")
        .start();
    squall.post("/api/v1/webhooks/answer", &json!({"text": "kept"}), 202);
    let execution = finished(&squall);
    wait::until("event and output to be forgotten", || {
        let left = (
            total(&squall, "triggerinstances"),
            forgotten(&squall, "output"),
        );
        (left == (0, 1)).then_some(()).ok_or(format!("{left:?}"))
    });
    let path = format!("/api/v1/executions/{}", execution["id"].as_str().unwrap());
    let shown = squall.get(&path);
    assert_eq!(shown["result"]["stdout"], "kept");
    assert_eq!(shown["trigger_instance"], Value::Null);
    assert_eq!(
        squall.send(&Request::get(&format!("{path}/output"))).text(),
        ""
    );
    let decision = &squall.get("/api/v1/ruleenforcements")[0];
    assert_eq!(decision["execution_id"], execution["id"]);
    let event = decision["trigger_instance_id"].as_str().unwrap();
    let views = squall.get("/api/v1/ruleenforcements/views");
    assert_eq!(views[0]["trigger_instance_id"], event);
    let gone = squall.send(&Request::get(&format!("/api/v1/triggerinstances/{event}")));
    assert_eq!(gone.status, 404, "{}", gone.text());
}

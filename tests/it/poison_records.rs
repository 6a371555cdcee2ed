//! Records that have been damaged on disk: the server starts, tells of them, and everything else proceeds.

use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::http::Request;
use crate::packs;
use crate::server::{Server, Settings};
use crate::wait;

const PACK: (&str, &str) = (
    "poison/pack.yaml",
    "{name: poison, description: Answers webhooks, version: 1.0.0, author: a, email: a@example.com}",
);

const RULE: (&str, &str) = (
    "poison/rules/answer.yaml",
    r#"
name: answer
pack: poison
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: answer}}
action: {ref: core.local, parameters: {cmd: "echo {{ trigger.body.text }}"}}
"#,
);

fn rule(name: &str) -> Value {
    json!({
        "name": name, "pack": "poison", "enabled": true,
        "trigger": {"type": "core.st2.webhook", "parameters": {"url": name}},
        "action": {"ref": "core.noop", "parameters": {}},
    })
}

fn answered(squall: &Server, text: &str) {
    squall.post("/api/v1/webhooks/answer", &json!({"text": text}), 202);
    wait::until("an answer", || {
        let executions = squall.get("/api/v1/executions?rule=poison.answer&status=succeeded");
        let executions = executions.as_array().unwrap().iter();
        let is_there = |one: &Value| one["result"]["stdout"] == text;
        let mut found = executions.filter(|one| is_there(one));
        found.next().map(drop).ok_or_else(|| "none".to_owned())
    });
}

/// Damages what a start reads, and what lists show.
fn poison(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF; \
             UPDATE execution SET detail = x'01ffff0300' WHERE seq = (SELECT min(seq) FROM execution \
               WHERE class IN (SELECT number FROM execution_class WHERE status = 'running')); \
             UPDATE execution SET version = 9223372036854775807 WHERE seq = (SELECT max(seq) FROM execution \
               WHERE class IN (SELECT number FROM execution_class WHERE status = 'running')); \
             UPDATE event SET status = 2, payload = x'02' WHERE seq = 1; \
             UPDATE event SET status = 2, payload = zeroblob(0) WHERE seq = 2; \
             UPDATE resource SET body = x'ff' WHERE reference = 'poison.broken'; \
             UPDATE resource SET kind = 'nonsense' WHERE reference = 'poison.strange'; \
             UPDATE key SET scope = 'galaxy' WHERE name = 'broken'; \
             UPDATE api_key SET metadata = x'5b'; \
             UPDATE event_class SET members = 9223372036854775807; \
             INSERT INTO template (number, kind, text) VALUES (-1, 'x', x'00');",
        )
        .unwrap();
    let deep = "[".repeat(200_000);
    let sql = "UPDATE event SET status = 2, payload = ? WHERE seq = 3";
    let changed = connection.execute(sql, [deep.as_bytes()]).unwrap();
    assert_eq!(changed, 1);
}

#[test]
fn poison_records_stop_neither_a_start_nor_the_others() {
    let packs = packs::folder(&[PACK, RULE]);
    let squall = Settings::dev().packs(packs.path()).start();
    for name in ["broken", "strange", "sound"] {
        squall.post("/api/v1/rules", &rule(name), 201);
        let path = format!("/api/v1/keys/{name}");
        let key = json!({"name": name, "value": "v"});
        assert_eq!(
            squall.send(&Request::new("PUT", &path).json(&key)).status,
            200
        );
    }
    squall.post("/api/v1/apikeys", &json!({"user": "ann"}), 201);
    for text in ["one", "two", "three", "four"] {
        answered(&squall, text);
    }
    let slow = json!({"action": "core.local", "parameters": {"cmd": "sleep 600", "timeout": 700}});
    // One will have a detail that cannot be read, the other a version that nothing can follow.
    let [slow, stuck] = [(), ()].map(|()| {
        let slow = squall.post("/api/v1/executions", &slow, 201);
        let slow = format!("/api/v1/executions/{}", slow["id"].as_str().unwrap());
        wait::until("it to run", || {
            let status = squall.get(&slow)["status"].clone();
            let is_running = status == "running";
            is_running.then_some(()).ok_or(status.to_string())
        });
        slow
    });
    let mut settings = squall.kill();
    poison(&settings.folder().join("data/squall.db"));

    // Again and again: nothing of this is a crash loop.
    for round in 0..3 {
        let squall = settings.start();
        answered(&squall, &format!("round {round}"));
        for (list, names) in [
            ("rules?pack=poison", ["answer", "sound"].as_slice()),
            ("keys", &["sound", "strange"]),
        ] {
            let listed = squall.get(&format!("/api/v1/{list}"));
            let listed = listed.as_array().unwrap().iter();
            let mut listed: Vec<&str> = listed.map(|item| item["name"].as_str().unwrap()).collect();
            listed.sort_unstable();
            assert_eq!(listed, names, "{list}");
        }
        for list in [
            "executions",
            "triggerinstances",
            "ruleenforcements",
            "apikeys",
            "executions/views/filters",
        ] {
            squall.get(&format!("/api/v1/{list}"));
        }
        let damaged = squall.send(&Request::get(&slow));
        assert_eq!(damaged.status, 500, "{}", damaged.text());
        assert_eq!(squall.get(&stuck)["status"], "running");
        let log = squall.log();
        assert!(log.contains("a damaged record is left out"), "{log}");
        assert!(log.contains("poison.broken"), "{log}");
        settings = squall.kill();
    }
}

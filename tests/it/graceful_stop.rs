//! A server that is asked to stop takes no new work, lets what runs come to its end, and says what it leaves.

use std::path::Path;

use serde_json::{Value, json};

use crate::http::Request;
use crate::packs;
use crate::server::{Server, Settings};
use crate::wait;

const PACK: (&str, &str) = (
    "greeter/pack.yaml",
    "{name: greeter, description: Greets, version: 1.0.0, author: a, email: a@example.com}",
);

const RULE: (&str, &str) = (
    "greeter/rules/greet.yaml",
    "
name: greet
pack: greeter
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: greet}}
action: {ref: core.noop}
",
);

/// Starts an action that has begun when the file `NAME.begun` is there, and that ends when `NAME.go` is.
fn start_action(squall: &Server, name: &str) -> String {
    let folder = squall.folder().display();
    let command = format!(
        "touch {folder}/{name}.begun; until [ -e {folder}/{name}.go ]; do sleep 0.05; done; echo done"
    );
    let wanted = json!({"action": "core.local", "parameters": {"cmd": command}});
    let execution = squall.post("/api/v1/executions", &wanted, 201);
    execution["id"].as_str().unwrap().to_owned()
}

fn until_begun(folder: &Path, name: &str) {
    let file = folder.join(format!("{name}.begun"));
    wait::until("the action to begin", || {
        file.exists()
            .then_some(())
            .ok_or_else(|| "not begun".to_owned())
    });
}

fn until_stopping(squall: &Server) {
    wait::until("the server to say that it stops", || {
        let ready = squall.send(&Request::get("/readyz"));
        match ready.status {
            503 => Ok(()),
            other => Err(format!("{other}: {}", ready.text())),
        }
    });
}

fn status(squall: &Server, id: &str) -> Value {
    squall.get(&format!("/api/v1/executions/{id}"))["status"].clone()
}

#[test]
fn what_runs_ends_and_what_is_new_is_refused() {
    let packs = packs::folder(&[PACK, RULE]);
    let squall = Settings::dev()
        .packs(packs.path())
        .variable("SQUALL_SERVER_STOP_WITHIN", "60s")
        .start();
    let id = start_action(&squall, "patient");
    until_begun(squall.folder(), "patient");

    squall.ask_to_stop();
    until_stopping(&squall);
    let event = Request::post("/api/v1/webhooks/greet", &json!({}));
    let refused = squall.send(&event);
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("Retry-After").is_some());
    let wanted = json!({"action": "core.noop"});
    assert_eq!(
        squall.post("/api/v1/executions", &wanted, 503)["faultstring"],
        "the server is stopping"
    );

    // Everybody else is answered: an action may need its token, and people look how it goes.
    assert_eq!(status(&squall, &id), "running");
    let key = json!({"name": "k", "value": "v"});
    let put = Request::new("PUT", "/api/v1/keys/k").json(&key);
    assert_eq!(squall.send(&put).status, 200);
    assert_eq!(squall.send(&Request::get("/healthz")).status, 200);

    fs_err::write(squall.folder().join("patient.go"), "").unwrap();
    let (settings, ended_well) = squall.ended_well();
    assert!(ended_well);

    let squall = settings.start();
    let execution = squall.get(&format!("/api/v1/executions/{id}"));
    assert_eq!(execution["status"], "succeeded");
    assert_eq!(execution["result"]["stdout"], "done");
    assert_eq!(squall.get("/api/v1/triggerinstances"), json!([]));
}

#[test]
fn what_does_not_end_in_time_is_killed_and_what_waits_waits_again() {
    let squall = Settings::dev()
        .variable("SQUALL_SERVER_STOP_WITHIN", "100ms")
        .variable("SQUALL_ACTIONS_AT_A_TIME", "1")
        .variable("SQUALL_LOG_FORMAT", "json")
        .start();
    let stubborn = start_action(&squall, "stubborn");
    until_begun(squall.folder(), "stubborn");
    let waiting = start_action(&squall, "waiting");
    fs_err::write(squall.folder().join("waiting.go"), "").unwrap();

    let (settings, ended_well) = squall.stop();
    assert!(ended_well);
    let log = settings.log();
    let report: Vec<Value> = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line: &Value| {
            line["message"]
                .as_str()
                .is_some_and(|text| text.starts_with("stopped"))
        })
        .collect();
    let [report] = report.as_slice() else {
        panic!("{log}")
    };
    assert_eq!(
        (&report["killed"], &report["waiting"]),
        (&json!(1), &json!(1)),
        "{report}"
    );
    assert_eq!(report["unsettled"], 0, "{report}");

    let squall = settings.start();
    assert_eq!(status(&squall, &stubborn), "abandoned");
    wait::until("what waited to be done", || {
        let status = status(&squall, &waiting);
        (status == "succeeded")
            .then_some(())
            .ok_or_else(|| status.to_string())
    });
}

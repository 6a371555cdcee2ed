//! An execution that is to wait waits, through a power cut, and begins when it is due; whoever does not want it any more
//! cancels it.

use serde_json::{Value, json};

use crate::http::Request;
use crate::packs::examples;
use crate::server::Server;
use crate::wait;

/// Long enough that the server is dead when it is due.
const DELAY: u64 = 2000;

#[test]
fn a_delayed_execution_survives_kill_nine_and_begins_when_it_is_due() {
    let server = Server::dev(&examples());
    let soon = ask(&server, DELAY);
    let never = ask(&server, 3_600_000);
    assert_eq!(soon["delay"], DELAY);
    assert_eq!(statuses(&soon), ["requested", "delayed"]);

    let server = server.kill().start();
    let done = ended(&server, &soon);
    let all = ["requested", "delayed", "scheduled", "running", "succeeded"];
    assert_eq!(statuses(&done), all);
    assert!(done["elapsed_seconds"].as_f64().unwrap() >= 2.0, "{done}");
    let waiting = server.get(&format!("/api/v1/executions/{}", id(&never)));
    assert_eq!(waiting["status"], "delayed");
    let metrics = server.send(&Request::get("/metrics")).text();
    assert!(
        metrics.contains("\nsquall_executions_delayed 1\n"),
        "{metrics}"
    );

    let path = format!("/api/v1/executions/{}", id(&never));
    let cancelled = server.send(&Request::new("DELETE", &path)).json();
    assert_eq!(statuses(&cancelled), ["requested", "delayed", "canceled"]);
    let expected = json!({"message": "Action canceled by user.", "user": "stanley"});
    assert_eq!(cancelled["result"], expected);
    let metrics = server.send(&Request::get("/metrics")).text();
    assert!(
        metrics.contains("\nsquall_executions_delayed 0\n"),
        "{metrics}"
    );
}

#[test]
fn many_that_are_due_at_once_all_begin() {
    let server = Server::dev(&examples());
    let asked: Vec<Value> = (0..100).map(|_| ask(&server, 500)).collect();
    for execution in &asked {
        assert_eq!(ended(&server, execution)["status"], "succeeded");
    }
}

#[test]
fn a_delay_is_a_number_of_milliseconds() {
    let server = Server::dev(&examples());
    let request = |delay: Value| json!({"action": "core.noop", "delay": delay});
    for wrong in [json!("5"), json!(1.5), json!(true), json!([])] {
        server.post("/api/v1/executions", &request(wrong), 400);
    }
    for none in [json!(0), json!(-5), json!(null)] {
        let execution = server.post("/api/v1/executions", &request(none), 201);
        assert_eq!(execution.get("delay"), None);
    }
}

fn ask(server: &Server, delay: u64) -> Value {
    let request = json!({"action": "core.noop", "delay": delay});
    server.post("/api/v1/executions", &request, 201)
}

fn id(execution: &Value) -> &str {
    execution["id"].as_str().unwrap()
}

fn ended(server: &Server, execution: &Value) -> Value {
    wait::until("the execution to end", || {
        let now = server.get(&format!("/api/v1/executions/{}", id(execution)));
        match now.get("end_timestamp") {
            Some(_) => Ok(now),
            None => Err(now["status"].to_string()),
        }
    })
}

fn statuses(execution: &Value) -> Vec<&str> {
    let log = execution["log"].as_array().unwrap();
    log.iter()
        .map(|entry| entry["status"].as_str().unwrap())
        .collect()
}

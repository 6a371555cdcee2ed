//! More is asked for than there is room for: it waits for its turn, and may be cancelled meanwhile.

use serde_json::{Value, json};

use crate::http::Request;
use crate::server::{Server, Settings};
use crate::wait;

/// More than the server keeps in memory whole.
const MANY: usize = 1_010;

#[test]
fn what_waits_is_carried_out_in_turn_and_may_be_cancelled() {
    let squall = Settings::serve_open()
        .with(&["--concurrent-actions", "1"])
        .start();
    let gate = squall.folder().join("gate");
    let traces = squall.folder().join("traces");
    make_pipe(&gate);
    let first = ask(&squall, &format!("cat {}", gate.display()));
    wait_for(&squall, &first, "running");

    let append = |word: &str| format!("echo {word} >> {}", traces.display());
    let cancelled = ask(&squall, &append("cancelled"));
    let waiting: Vec<String> = (0..3)
        .map(|turn| ask(&squall, &append(&turn.to_string())))
        .collect();
    for _ in 0..MANY {
        noop(&squall);
    }
    let last = noop(&squall);
    for id in waiting.iter().chain([&cancelled, &last]) {
        assert_eq!(execution(&squall, id)["status"], "scheduled");
    }
    let answer = squall.send(&Request::new(
        "DELETE",
        &format!("/api/v1/executions/{cancelled}"),
    ));
    assert_eq!(answer.status, 200, "{}", answer.text());

    fs_err::write(&gate, "open\n").unwrap();
    wait_for(&squall, &last, "succeeded");
    assert_eq!(execution(&squall, &first)["result"]["stdout"], "open");
    assert_eq!(execution(&squall, &cancelled)["status"], "canceled");
    assert_eq!(fs_err::read_to_string(traces).unwrap(), "0\n1\n2\n");
    let unfinished = squall.get("/api/v1/executions?status=scheduled");
    assert_eq!(unfinished, json!([]));
}

fn ask(squall: &Server, command: &str) -> String {
    let request = json!({"action": "core.local", "parameters": {"cmd": command}});
    id(&squall.post("/api/v1/executions", &request, 201))
}

fn noop(squall: &Server) -> String {
    id(&squall.post("/api/v1/executions", &json!({"action": "core.noop"}), 201))
}

fn id(execution: &Value) -> String {
    execution["id"].as_str().unwrap().to_owned()
}

fn execution(squall: &Server, id: &str) -> Value {
    squall.get(&format!("/api/v1/executions/{id}"))
}

fn wait_for(squall: &Server, id: &str, status: &str) {
    wait::until(status, || {
        let execution = execution(squall, id);
        if execution["status"] == status {
            Ok(())
        } else {
            Err(execution.to_string())
        }
    });
}

fn make_pipe(path: &std::path::Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

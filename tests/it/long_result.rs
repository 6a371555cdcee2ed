//! A result of 20 MB is shown where it is asked for, and holds up nobody else.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::Request;
use crate::packs;
use crate::server::Server;
use crate::wait;

const BYTES: u64 = 20_000_000;

const PACK: &[(&str, &str)] = &[
    (
        "long/pack.yaml",
        "{name: long, description: Says much, version: 1.0.0, author: a, email: a@example.com}",
    ),
    (
        "long/actions/say.yaml",
        "{name: say, runner_type: python-script, enabled: true, entry_point: say.py, parameters: {lines: {type: integer}}}",
    ),
    (
        "long/actions/say.py",
        "from st2common.runners.base_action import Action\n\n\nclass Say(Action):\n    def run(self, lines):\n        \
         return [{'line': number, 'text': 'x' * 80} for number in range(lines)]\n",
    ),
    (
        "long/rules/heard.yaml",
        "{name: heard, pack: long, enabled: true, trigger: {type: core.st2.webhook, parameters: {url: heard}}, \
         criteria: {}, action: {ref: core.noop}}",
    ),
];

/// A machine with nothing else to do needs 20 ms; this one plays other stories beside, with a debug build.
const AT_MOST: Duration = Duration::from_secs(2);

#[test]
fn webhooks_and_lists_do_not_wait_for_a_long_result() {
    let packs = packs::folder(PACK);
    let server = Server::dev(packs.path());
    let request = |lines: u64| json!({"action": "long.say", "parameters": {"lines": lines}});
    ended(
        &server,
        &server.post("/api/v1/executions", &request(1), 201),
    );

    let over = AtomicBool::new(false);
    let (execution, slowest) = thread::scope(|scope| {
        let webhooks = scope.spawn(|| slowest_webhook(&server, &over));
        let asked = server.post("/api/v1/executions", &request(BYTES / 100), 201);
        let execution = ended(&server, &asked);
        over.store(true, Ordering::Relaxed);
        (execution, webhooks.join().unwrap())
    });
    assert!(slowest < AT_MOST, "a webhook took {slowest:?}");
    let size = execution["result_size"].as_u64().unwrap();
    assert!(size > BYTES, "{size}");

    // Among others it is left out, and asked for alone it is there.
    let id = execution["id"].as_str().unwrap();
    let all = server.send(&Request::get("/api/v1/executions?action=long.say"));
    assert!(all.body.len() < 1_000_000, "{} bytes", all.body.len());
    let listed = all.json();
    let listed = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == id);
    assert_eq!(listed.unwrap()["result_size"], size);
    assert_eq!(listed.unwrap().get("result"), None);
    let path = format!("/api/v1/executions/{id}");
    let small = server.get(&format!("{path}?max_result_size=1000"));
    assert_eq!(
        (small.get("result"), &small["result_size"]),
        (None, &json!(size))
    );
    let result = server.get(&format!("{path}/result"));
    let lines = result["result"].as_array().unwrap().len();
    assert_eq!(u64::try_from(lines).unwrap(), BYTES / 100);
    let packed = server.send(&Request::get(&format!(
        "{path}/result?download=1&compress=1"
    )));
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let name = format!("attachment; filename=execution_{id}_result.json.gz");
    assert_eq!(packed.header("content-disposition"), Some(name.as_str()));
    assert!(packed.body.starts_with(&[0x1f, 0x8b]) && packed.body.len() < 4_000_000);
}

fn slowest_webhook(server: &Server, over: &AtomicBool) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "stories run in real time")]
    let now = Instant::now;
    let mut slowest = Duration::ZERO;
    while !over.load(Ordering::Relaxed) {
        let begun = now();
        server.post("/api/v1/webhooks/heard", &json!({}), 202);
        slowest = slowest.max(now().duration_since(begun));
    }
    slowest
}

fn ended(server: &Server, execution: &Value) -> Value {
    let path = format!(
        "/api/v1/executions/{}?exclude_attributes=result",
        execution["id"].as_str().unwrap()
    );
    wait::until("the execution to end", || {
        let now = server.get(&path);
        match now.get("end_timestamp") {
            Some(_) => Ok(now),
            None => Err(now["status"].to_string()),
        }
    })
}

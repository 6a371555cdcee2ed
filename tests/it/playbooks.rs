//! Playbooks on a running server: alerts and changes come in as Robusta takes them, and findings go out.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::http::Request;
use crate::server::{Server, Settings};
use crate::wait;

/// What an on-call team has: alerts are told with their labels, and crash loops as findings of their own.
const PLAYBOOKS: &str = r#"
globalConfig: {cluster_name: lab}
sinksConfig:
- file_sink: {name: everything, file_name: found.json}
- file_sink:
    name: shop only
    file_name: shop.json
    match: {namespace: shop}
customPlaybooks:
- triggers:
  - on_prometheus_alert: {alert_name: HighMemory}
  actions:
  - default_enricher: {}
- name: CrashLoops
  triggers:
  - on_pod_crash_loop: {restart_reason: CrashLoopBackOff}
  actions:
  - create_finding: {title: "$name crashes in $namespace", aggregation_key: Crash}
  - my_action: {}
"#;

fn with_playbooks(text: &str) -> Settings {
    Settings::dev().playbooks(text)
}

pub(crate) fn alert(name: &str, fingerprint: &str) -> Value {
    json!({
        "version": "4", "groupKey": "{}", "receiver": "squall", "status": "firing",
        "externalURL": "http://alertmanager",
        "alerts": [{
            "status": "firing",
            "labels": {"alertname": name, "severity": "critical", "namespace": "shop"},
            "annotations": {"summary": "Memory is high"},
            "startsAt": "2026-11-22T10:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus/graph?g0.expr=up", "fingerprint": fingerprint,
        }],
    })
}

fn crash_loop(namespace: &str) -> Value {
    let pod = |restarts: u32| {
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "web-1", "namespace": namespace},
            "spec": {"containers": [{"name": "web", "image": "web:1"}]},
            "status": {"containerStatuses": [{
                "name": "web", "image": "web:1", "imageID": "sha256:1",
                "restartCount": restarts, "ready": false,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            }]},
        })
    };
    json!({"data": {
        "operation": "update", "kind": "Pod", "apiVersion": "v1", "description": "",
        "obj": pod(5), "oldObj": pod(4),
    }})
}

/// The findings in a file of a file sink, once there are so many. One that a killed server did not know to be delivered is
/// delivered again, and counts once.
pub(crate) fn found(file: &Path, wanted: usize) -> Vec<Value> {
    wait::until("findings", || {
        let text = fs_err::read_to_string(file).unwrap_or_default();
        let all: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&text)
            .into_iter()
            .collect();
        let mut known = BTreeSet::new();
        let mut all = all.map_err(|error| format!("{error}: {text}"))?;
        all.retain(|one| known.insert(one["id"].to_string()));
        (all.len() >= wanted).then_some(all).ok_or(text)
    })
}

pub(crate) fn titles(found: &[Value]) -> Vec<&str> {
    let titles = found.iter().map(|one| one["title"].as_str());
    titles.map(Option::unwrap_or_default).collect()
}

pub(crate) fn runs(squall: &Server, wanted: usize) -> Vec<Value> {
    wait::until("runs to end", || {
        let path = "/api/v1/executions?action=robusta.run_playbooks";
        let all = squall.get(path);
        let all = all.as_array().unwrap();
        let is_over = |one: &&Value| one["end_timestamp"].is_string();
        match all.iter().filter(is_over).count() {
            over if over >= wanted => Ok(all.clone()),
            _ => Err(format!("{all:?}")),
        }
    })
}

#[test]
fn alerts_and_changes_become_findings_and_each_is_told_once() {
    let squall = with_playbooks(PLAYBOOKS.replace("  - my_action: {}\n", "").as_str()).start();
    let sent = alert("HighMemory", "f1");
    squall.post("/api/alerts", &sent, 200);
    // Alertmanager repeats itself; a crash loop goes on.
    squall.post("/api/alerts", &sent, 200);
    squall.post("/api/handle", &crash_loop("shop"), 200);
    squall.post("/api/handle", &crash_loop("shop"), 200);
    squall.post("/api/handle", &crash_loop("test"), 200);

    let folder = squall.folder().to_owned();
    let everything = found(&folder.join("found.json"), 3);
    let mut all = titles(&everything);
    all.sort_unstable();
    let expected = [
        "Memory is high",
        "web-1 crashes in shop",
        "web-1 crashes in test",
    ];
    assert_eq!(all, expected);
    let shop = found(&folder.join("shop.json"), 2);
    assert!(titles(&shop).iter().all(|title| !title.ends_with("test")));

    let runs = runs(&squall, 3);
    assert_eq!(runs.len(), 3, "{runs:?}");
    let of_test = runs.iter().find(|run| {
        run["result"]["findings"]
            .as_array()
            .is_some_and(|findings| {
                findings
                    .iter()
                    .any(|one| one["title"] == "web-1 crashes in test")
            })
    });
    let findings = of_test.unwrap()["result"]["findings"].as_array().unwrap();
    let left_out = findings
        .iter()
        .find(|one| one["sink"] == "shop only")
        .unwrap();
    assert_eq!(
        left_out["reason"],
        "the sink's `match` asks for another namespace"
    );

    // After a restart neither the alert nor the crash loop is news.
    let squall = squall.kill().start();
    squall.post("/api/alerts", &sent, 200);
    squall.post("/api/handle", &crash_loop("shop"), 200);
    squall.post("/api/alerts", &alert("HighMemory", "f2"), 200);
    let runs = self::runs(&squall, 4);
    assert_eq!(runs.len(), 4, "{runs:?}");
    assert_eq!(found(&folder.join("found.json"), 4).len(), 4);
}

#[test]
fn what_got_worse_is_not_put_in_force_and_says_so() {
    let squall = with_playbooks("customPlaybooks: []\n").start();
    let file = squall.folder().join("values.yaml");
    fs_err::write(&file, PLAYBOOKS).unwrap();
    let answer = squall.send(&Request::post("/api/playbooks/reload", &json!({})));
    assert_eq!(answer.status, 422);
    let text = answer.text();
    assert!(
        text.contains("my_action") && text.contains("values.yaml:"),
        "{text}"
    );
    fs_err::write(&file, PLAYBOOKS.replace("  - my_action: {}\n", "")).unwrap();
    squall.post("/api/playbooks/reload", &json!({}), 200);
    squall.post("/api/alerts", &alert("HighMemory", "f1"), 200);
    assert_eq!(found(&squall.folder().join("found.json"), 1).len(), 1);
}

#[test]
fn an_action_is_run_by_hand() {
    let squall = with_playbooks(PLAYBOOKS.replace("  - my_action: {}\n", "").as_str()).start();
    let wanted = json!({
        "action_name": "create_finding", "sync_response": true,
        "action_params": {"title": "By hand", "aggregation_key": "Hand"},
    });
    let answer = squall.send(&Request::post("/api/trigger", &wanted));
    assert_eq!(answer.status, 200);
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer["success"], true, "{answer}");
    assert_eq!(answer["findings"][0]["title"], "By hand", "{answer}");
    let unknown = json!({"action_name": "no_such_action"});
    let answer = squall.send(&Request::post("/api/trigger", &unknown));
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer["success"], false, "{answer}");
    assert_eq!(answer["error_code"], 4600, "{answer}");
}

const GREETING: &str = r#"
from robusta.api import *


class Greeting(ActionParams):
    text: str


@action
def greet(event: PodEvent, params: Greeting):
    pod = event.get_pod()
    if RateLimiter.mark_and_test("greet", pod.metadata.name, 3600):
        event.add_enrichment([MarkdownBlock(f"{params.text} {pod.metadata.name}")])
"#;

const GREETED: &str = r#"
sinksConfig:
- file_sink: {name: here, file_name: found.json}
customPlaybooks:
- triggers:
  - on_pod_update: {}
  actions:
  - create_finding: {title: "$name was updated", aggregation_key: Update}
  - greet: {text: "Hello,"}
  - customise_finding: {severity: LOW}
"#;

/// Actions in Python and in Rust take turns at the same findings.
#[test]
fn an_action_in_python_stands_between_two_in_rust() {
    let Some(settings) = with_playbooks(GREETED).python_of_playbooks() else {
        return;
    };
    let folder = settings.folder().join("repo");
    fs_err::create_dir(&folder).unwrap();
    fs_err::write(folder.join("greetings.py"), GREETING).unwrap();
    let squall = settings.with(&["--playbook-repo", "repo"]).start();
    squall.post("/api/handle", &crash_loop("shop"), 200);
    let run = runs(&squall, 1);
    let actions = run[0]["result"]["actions"].as_array().unwrap();
    assert!(
        actions.iter().all(|action| action["success"] == true),
        "{run:?}"
    );
    let file = squall.folder().join("found.json");
    let first = found(&file, 1);
    let block = &first[0]["enrichments"][0]["blocks"][0];
    assert_eq!(block["text"], "Hello, web-1", "{first:?}");
    // What was done after Python's turn.
    assert_eq!(first[0]["severity"], 2, "{first:?}");

    // What may be done only so often outlives the server.
    let squall = squall.kill().start();
    squall.post("/api/handle", &crash_loop("shop"), 200);
    let both = found(&file, 2);
    assert_eq!(both[1]["enrichments"], json!([]), "{both:?}");
}

const HELD_BACK: &str = r#"
from robusta.api import *


@action
def hold_back(event: PodEvent):
    event.stop_processing = (event.get_pod().metadata.labels or {}).get("hold") == "yes"
"#;

const AFTER_IT: &str = r#"
sinksConfig:
- file_sink: {name: here, file_name: found.json}
customPlaybooks:
- triggers:
  - on_pod_update: {}
  actions:
  - hold_back: {}
- triggers:
  - on_pod_crash_loop: {restart_reason: CrashLoopBackOff, rate_limit: 3600}
  actions:
  - create_finding: {title: "$namespace crashes", aggregation_key: Crash}
"#;

/// A playbook that an earlier one kept from running has not had its turn.
#[test]
fn what_was_skipped_may_be_done_the_next_time() {
    let Some(settings) = with_playbooks(AFTER_IT).python_of_playbooks() else {
        return;
    };
    let folder = settings.folder().join("repo");
    fs_err::create_dir(&folder).unwrap();
    fs_err::write(folder.join("held_back.py"), HELD_BACK).unwrap();
    let squall = settings.with(&["--playbook-repo", "repo"]).start();
    let held_back = |namespace: &str| {
        let mut crash = crash_loop(namespace);
        crash["data"]["obj"]["metadata"]["labels"] = json!({"hold": "yes"});
        crash
    };
    squall.post("/api/handle", &held_back("shop"), 200);
    squall.post("/api/handle", &held_back("test"), 200);
    for run in runs(&squall, 2) {
        assert_eq!(run["result"]["stopped"], true, "{run}");
    }
    let file = squall.folder().join("found.json");
    squall.post("/api/handle", &crash_loop("shop"), 200);
    assert_eq!(titles(&found(&file, 1)), ["shop crashes"]);
    let squall = squall.kill().start();
    squall.post("/api/handle", &crash_loop("test"), 200);
    assert_eq!(titles(&found(&file, 2)), ["shop crashes", "test crashes"]);
    // And now it has had it.
    squall.post("/api/handle", &crash_loop("test"), 200);
    assert_eq!(runs(&squall, 5).len(), 5);
    assert_eq!(found(&file, 2).len(), 2);
}

//! The actions of Robusta's page on playbook actions, each from `examples/playbooks`, loaded as a repository that a file of
//! playbooks names, fired by its trigger on a cluster, and seen to do what its author meant.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::scene::{LISTING, PATIENCE, Scene, blocks, pod};

/// The pod's log as it stands in a finding.
const LOG_IN_BASE64: &str = "Y2Fubm90IHJlYWNoIHRoZSBkYXRhYmFzZQo=";

fn examples() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/playbooks");
    fs_err::canonicalize(folder).unwrap()
}

fn scene(example: &str, watches: usize) -> Option<Scene> {
    let url = format!("file://{}", examples().display());
    let repositories = json!({"seed_playbooks": {"url": url}});
    Scene::of(&examples().join(example), &repositories, watches)
}

#[test]
fn my_action_tells_with_the_pods_logs() {
    let Some(scene) = scene("my_action.yaml", 1) else {
        return;
    };
    scene.update_pod();
    let finding = scene.finding();
    let blocks = blocks(&finding);
    let [text, file] = blocks.as_slice() else {
        panic!("{finding}")
    };
    assert_eq!(text["text"], "*Oh no!* An alert occurred on web-1");
    assert_eq!(file["filename"], "crashing-pod.log");
    assert_eq!(file["contents"], LOG_IN_BASE64);
    let commands = scene.commands.lock().unwrap().clone();
    assert_eq!(commands, [["/bin/sh", "-c", "ps aux"]]);
}

#[test]
fn pod_change_monitor_logs_the_pod_as_it_is_and_as_it_was() {
    let Some(scene) = scene("pod_change_monitor.yaml", 1) else {
        return;
    };
    scene.update_pod();
    scene.executions(1);
    scene.cluster.put(pod("web-2", "web:1")).unwrap();
    scene.executions(2);
    scene.cluster.remove("Pod", "shop", "web-2").unwrap();
    let executions = scene.executions(3);
    let said = |number: usize| logged(&scene.output(&executions[number]));
    assert_eq!(said(0), ["new web-1 web:2", "old web-1 web:1"]);
    assert_eq!(said(1), ["new web-2 web:1", "old nothing"]);
    assert_eq!(said(2), ["new web-2 web:1", "old nothing"]);
}

/// Which pods an output tells of, with their images.
fn logged(output: &str) -> Vec<String> {
    let lines = output.lines().filter_map(|line| {
        let (_, told) = line.split_once(" INFO     ")?;
        let (which, object) = told.split_once(" object: ")?;
        let after = |begin: &str| {
            let (_, rest) = object.split_once(begin)?;
            rest.split('\'').next()
        };
        Some(match object {
            "None" => format!("{which} nothing"),
            _ => format!("{which} {} {}", after(" name='")?, after(" image='")?),
        })
    });
    lines.collect()
}

#[test]
fn pod_bash_enricher_tells_what_the_command_said() {
    let Some(scene) = scene("pod_bash_enricher.yaml", 1) else {
        return;
    };
    scene.update_pod();
    let finding = scene.finding();
    let blocks = blocks(&finding);
    let texts: Vec<&str> = blocks
        .iter()
        .map(|block| block["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["Command results for *ls -al /:*", LISTING]);
    let commands = scene.commands.lock().unwrap().clone();
    assert_eq!(commands, [["/bin/sh", "-c", "ls -al /"]]);
}

fn alert(fingerprint: &str) -> Value {
    json!({
        "version": "4", "groupKey": "{}", "receiver": "squall", "status": "firing",
        "externalURL": "http://alertmanager",
        "alerts": [{
            "status": "firing",
            "labels": {"alertname": "ArgoAppOutOfSync", "severity": "warning"},
            "annotations": {},
            "startsAt": "2026-11-22T10:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "", "fingerprint": fingerprint,
        }],
    })
}

#[test]
fn argo_app_sync_syncs_once_in_its_period_whatever_restarts() {
    let Some(mut scene) = scene("argo_app_sync.yaml", 0) else {
        return;
    };
    scene.squall.post("/api/alerts", &alert("f1"), 200);
    let asked = scene.argo.recv_timeout(PATIENCE).unwrap();
    assert_eq!(asked.asked, "POST /api/v1/applications/shop/sync");
    assert_eq!(asked.header("authorization"), Some("bearer of-the-story"));
    let finding = scene.finding();
    assert_eq!(
        blocks(&finding)[0]["text"],
        "Argo CD app sync of *shop*: success"
    );
    scene.squall.post("/api/alerts", &alert("f2"), 200);
    scene.executions(2);
    scene.squall = scene.squall.kill().start();
    scene.squall.post("/api/alerts", &alert("f3"), 200);
    for execution in scene.executions(3).get(1..).unwrap() {
        assert_eq!(execution["result"]["findings"], json!([]), "{execution}");
    }
    assert!(scene.argo.try_recv().is_err(), "Argo CD is asked once");
}

fn event(name: &str, reason: &str) -> Value {
    json!({
        "apiVersion": "events.k8s.io/v1", "kind": "Event",
        "metadata": {"name": name, "namespace": "shop"},
        "reason": reason, "type": "Normal", "note": "of the story",
        "eventTime": "2026-11-22T10:00:00.000000Z", "action": "Binding",
        "reportingController": "default-scheduler", "reportingInstance": "one",
        "regarding": {"kind": "Pod", "name": "web-1", "namespace": "shop"},
    })
}

#[test]
fn my_first_action_stops_what_would_follow() {
    let Some(scene) = scene("my_first_action.yaml", 1) else {
        return;
    };
    scene.cluster.put(event("web-1.1", "Scheduled")).unwrap();
    scene.executions(1);
    scene.cluster.put(event("web-1.2", "Killing")).unwrap();
    let finding = scene.finding();
    assert_eq!(finding["title"], "web-1.2 happened");
    assert_eq!(finding["severity"], "LOW");
    let executions = scene.executions(2);
    let done = |execution: &Value| {
        let actions = execution["result"]["actions"].as_array().unwrap().clone();
        let names = actions
            .iter()
            .map(|action| action["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(done(&executions[0]), ["my_first_action"]);
    assert_eq!(
        done(&executions[1]),
        ["my_first_action", "create_finding", "customise_finding"]
    );
}

//! How a trial ends, and what people see of it.

use std::path::Path;

use super::*;
use crate::console::paper;

const PLAYBOOKS: &str = "
sinksConfig:
- file_sink: {name: all}
- file_sink: {name: shop, match: {namespace: shop}}
customPlaybooks:
- name: Told
  triggers: [on_prometheus_alert: {alert_name: Full}]
  actions: [create_finding: {title: $name is full, aggregation_key: k}]
- triggers: [on_prometheus_alert: {alert_name: Broken}]
  actions: [logs_enricher: {}, delete_pod: {}]
";

/// How it ended, and what was written.
fn tried(playbooks: &str, events: &[&str]) -> (Result<Ending, Failure>, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("values.yaml");
    fs_err::write(&file, playbooks).unwrap();
    let test = in_a_table(&file, events);
    let mut ended = None;
    let written = paper::written(|console| {
        ended = Some(test.run(console));
        Ok::<_, ()>(())
    });
    (ended.unwrap(), written)
}

fn in_a_table(file: &Path, events: &[&str]) -> Test {
    Test {
        files: vec![file.to_owned()],
        repositories: Vec::new(),
        events: events.iter().map(|&event| event.to_owned()).collect(),
        at: "2026-05-01T12:00:00Z".parse().ok(),
        given: Given::default(),
        network: false,
        batch: None,
        output: Format::Table,
    }
}

fn alert(name: &str) -> String {
    json!({"alert": {"labels": {"alertname": name, "namespace": "blog", "pod": "web-1"}}})
        .to_string()
}

#[test]
fn what_fires_and_what_sinks_are_told_is_shown() {
    let (ended, written) = tried(PLAYBOOKS, &[&alert("Full")]);
    assert_eq!(ended.unwrap(), Ending::Well);
    insta::assert_snapshot!(written);
}

#[test]
fn it_ends_well_only_if_something_fires_and_nothing_fails() {
    let ends = |names: &[&str]| {
        let alerts: Vec<String> = names.iter().map(|name| alert(name)).collect();
        let alerts: Vec<&str> = alerts.iter().map(String::as_str).collect();
        tried(PLAYBOOKS, &alerts).0.unwrap()
    };
    assert_eq!(ends(&["Full", "Other"]), Ending::Well);
    assert_eq!(ends(&["Other"]), Ending::Badly);
    assert_eq!(ends(&["Broken", "Full"]), Ending::Badly);
}

#[test]
fn what_cannot_be_tried_is_told() {
    let wrong = |playbooks: &str, event: &str| {
        let ended = tried(playbooks, &[event]).0;
        ended.unwrap_err().to_string()
    };
    let typo = PLAYBOOKS.replace("on_prometheus_alert", "on_prometheus_alrt");
    assert_eq!(
        wrong(&typo, &alert("Full")),
        "cannot try out playbooks with 2 errors in them"
    );
    assert_eq!(
        wrong(PLAYBOOKS, r#"{"schedule": 7}"#),
        "cannot make an event of --event: there is no playbook 7"
    );
}

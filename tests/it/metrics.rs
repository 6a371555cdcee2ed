//! What Prometheus sees: true figures, right by its own checks, and every one of them documented.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::http::Request;
use crate::machine;
use crate::packs;
use crate::server::Server;
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
criteria: {trigger.body.name: {type: startswith, pattern: A}}
action: {ref: core.noop}
",
);

const BROKEN: (&str, &str) = (
    "greeter/rules/broken.yaml",
    "
name: broken
pack: greeter
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: broken}}
action: {ref: core.local, parameters: {cmd: '{{ trigger.body.missing.more }}'}}
",
);

fn metrics(squall: &Server) -> String {
    let answer = squall.send(&Request::get("/metrics"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

/// The value of a sample, by its name and labels.
fn sample(metrics: &str, name: &str) -> Option<f64> {
    let mut values = metrics
        .lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
    values.next()
}

fn families(metrics: &str) -> BTreeSet<String> {
    let names = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    names.map(str::to_owned).collect()
}

fn page() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operating.md");
    fs_err::read_to_string(file).unwrap()
}

/// The alert rules that the page shows.
fn rules(page: &str) -> &str {
    let (_, rules) = page.split_once("```yaml\ngroups:").unwrap();
    let (rules, _) = rules.split_once("```").unwrap();
    rules
}

#[test]
fn figures_are_true() {
    let packs = packs::folder(&[PACK, RULE, BROKEN]);
    let squall = Server::dev(packs.path());
    for name in ["Ann", "Bob", "Amy"] {
        squall.post("/api/v1/webhooks/greet", &json!({"name": name}), 202);
    }
    squall.post("/api/v1/webhooks/broken", &json!({}), 202);
    squall.send(&Request::get("/api/v1/rules/none.such"));

    let expected = [
        ("squall_events_accepted_total", 4.0),
        ("squall_events_refused_total", 0.0),
        ("squall_events_decided_total", 4.0),
        ("squall_event_ingest_duration_seconds_count", 4.0),
        ("squall_event_decision_lag_seconds_count", 4.0),
        ("squall_event_decision_lag_seconds_bucket{le=\"+Inf\"}", 4.0),
        ("squall_event_oldest_undecided_age_seconds", 0.0),
        ("squall_events_waiting", 0.0),
        ("squall_events_waiting_limit", 10_000.0),
        ("squall_executions_ended_total{status=\"succeeded\"}", 2.0),
        ("squall_executions_ended_total{status=\"failed\"}", 1.0),
        (
            "squall_attempt_duration_seconds_count{runner=\"noop\"}",
            2.0,
        ),
        ("squall_executions_running", 0.0),
        ("squall_http_requests_total{code=\"202\"}", 4.0),
        ("squall_http_requests_total{code=\"404\"}", 1.0),
        ("squall_store_ready", 1.0),
        ("squall_store_commit_failures_total", 0.0),
        ("squall_content_problems{severity=\"error\"}", 0.0),
    ];
    wait::until("the figures", || {
        let metrics = metrics(&squall);
        let wrong = expected
            .iter()
            .find(|(name, value)| sample(&metrics, name) != Some(*value));
        match wrong {
            None => Ok(()),
            Some((name, value)) => Err(format!("{name} is not {value}: {metrics}")),
        }
    });
    let metrics = metrics(&squall);
    for above_zero in [
        "squall_rules",
        "squall_store_size_bytes",
        "squall_store_commit_duration_seconds_count",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "process_open_fds",
    ] {
        assert!(sample(&metrics, above_zero).unwrap() > 0.0, "{above_zero}");
    }
}

#[test]
fn every_metric_is_documented_and_alerts_use_what_there_is() {
    let packs = packs::folder(&[]);
    let squall = Server::dev(packs.path());
    squall.send(&Request::get("/healthz"));
    let known = families(&metrics(&squall));
    let page = page();
    let documented: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(known, documented);

    let is_of_name = |c: char| c.is_ascii_lowercase() || c == '_';
    for word in rules(&page).split(|c: char| !is_of_name(c)) {
        if word.starts_with("squall_") || word.starts_with("process_") {
            let family = word.strip_suffix("_bucket").unwrap_or(word);
            assert!(known.contains(family), "an alert uses {word}");
        }
    }
}

#[test]
fn prometheus_finds_nothing_wrong_with_it() {
    let Some(promtool) = machine::program("promtool") else {
        machine::skipped(
            "Prometheus checks metrics and alerts",
            "promtool is not installed",
        );
        return;
    };
    let packs = packs::folder(&[PACK, RULE]);
    let squall = Server::dev(packs.path());
    squall.post("/api/v1/webhooks/greet", &json!({"name": "Ann"}), 202);
    let check = |arguments: &[&str], text: &str| {
        let mut child = Command::new(&promtool)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        said
    };
    assert_eq!(check(&["check", "metrics"], &metrics(&squall)), "");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("squall.yml");
    fs_err::write(&file, format!("groups:{}", rules(&page()))).unwrap();
    check(&["check", "rules", file.to_str().unwrap()], "");
}

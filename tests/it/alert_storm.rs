//! A power cut in an alert storm: what was answered is decided, acted upon and told, and what is told twice says so.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::Request;
use crate::random::Random;
use crate::receiver::{self, Got};
use crate::server::{Server, Settings};
use crate::wait;

const ROUNDS: u64 = 6;
const SENDERS: u64 = 4;

/// In each round the server dies after up to this many alerts that were answered.
const MOST_IN_A_ROUND: u64 = 25;

const PYTHON: &str = r#"
from robusta.api import *


@action
def told_by_python(event: PrometheusKubernetesAlert):
    number = event.get_alert_label("number")
    event.add_finding(Finding(title=f"python {number}", aggregation_key="Storm"))
"#;

const PLAYBOOKS: &str = r#"
globalConfig: {cluster_name: lab}
sinksConfig:
- webhook_sink: {name: team, url: "{{ env.TEAM }}", format: json}
customPlaybooks:
- name: Native
  triggers:
  - on_prometheus_alert: {alert_name: Storm}
  actions:
  - create_finding: {title: "native $labels.number", aggregation_key: Storm}
- name: Python
  triggers:
  - on_prometheus_alert: {}
  actions:
  - told_by_python: {}
"#;

#[test]
fn what_was_answered_is_told_however_often_the_server_dies() {
    let Some(settings) = Settings::dev().python_of_playbooks() else {
        return;
    };
    let mut random = Random::any();
    println!("seed {}", random.0);
    let (team, address) = Team::listening();
    let storm = Storm::default();
    let repository = settings.folder().join("repository");
    fs_err::create_dir(&repository).unwrap();
    fs_err::write(repository.join("storm.py"), PYTHON).unwrap();
    let mut settings = settings
        .playbooks(PLAYBOOKS)
        .with(&["--playbook-repo", "repository"])
        .variable("TEAM", &format!("http://{address}/findings"));
    for round in 0..ROUNDS {
        let enough = 1 + random.below(MOST_IN_A_ROUND);
        settings = storm.blow_until_killed(settings.start(), enough, || {
            // Every other time it dies while the team is being told, so that it cannot know whether they were.
            if round % 2 == 1 {
                team.wait_until_told_in_vain();
            }
        });
    }
    let squall = settings.start();
    let answered = storm.answered.into_inner().unwrap();
    wait_until_settled(&squall);
    assert_each_is_one_event_decided_and_done(&squall, &answered);
    wait::until("every finding", || team.has_heard_of(&answered));
    team.assert_what_is_repeated_says_so();
}

const SLOW: &str = r#"
import requests
from robusta.api import *


class Where(ActionParams):
    url: str


@action
def slow(event: PrometheusKubernetesAlert, params: Where):
    print("begun")
    requests.post(params.url, json={})
    event.add_finding(Finding(title="done", aggregation_key="Slow"))
"#;

const SLOWLY: &str = r#"
sinksConfig:
- file_sink: {name: here, file_name: found.json}
customPlaybooks:
- triggers:
  - on_prometheus_alert: {}
  actions:
  - slow: {url: "{{ env.TEAM }}"}
"#;

#[test]
fn what_was_cut_off_is_done_again_and_what_it_said_before_is_kept() {
    let Some(settings) = Settings::dev().python_of_playbooks() else {
        return;
    };
    // Nobody answers the first time.
    let (asked, was_asked) = mpsc::channel();
    let is_first = AtomicBool::new(true);
    let address = receiver::listen(move |_| {
        asked.send(()).unwrap();
        let is_first = is_first.swap(false, Ordering::Relaxed);
        (!is_first).then(|| ("200 OK", json!({})))
    });
    let repository = settings.folder().join("repository");
    fs_err::create_dir(&repository).unwrap();
    fs_err::write(repository.join("slow.py"), SLOW).unwrap();
    let settings = settings
        .playbooks(SLOWLY)
        .with(&["--playbook-repo", "repository"])
        .variable("TEAM", &format!("http://{address}/"));
    let squall = settings.start();
    squall.post("/api/alerts", &alert(1), 200);
    let said = |squall: &Server, wanted: &str| {
        wait::until("what the action says", || {
            let executions = squall.get("/api/v1/executions");
            let Some(execution) = list(&executions).first() else {
                return Err("no execution".to_owned());
            };
            let path = format!("/api/v1/executions/{}/output", text(execution, "id"));
            let said = squall.send(&Request::get(&path)).text();
            let is_right = said == wanted;
            is_right.then(|| execution.clone()).ok_or(said)
        })
    };
    said(&squall, "begun\n");
    was_asked.recv_timeout(Duration::from_secs(60)).unwrap();
    let squall = squall.kill().start();
    let execution = said(&squall, "begun\nbegun\n");
    let end = wait::until("its end", || {
        let execution = squall.get(&format!("/api/v1/executions/{}", text(&execution, "id")));
        let is_over = execution["end_timestamp"].is_string();
        is_over
            .then(|| execution.clone())
            .ok_or(execution.to_string())
    });
    assert_eq!(end["status"], "succeeded", "{end}");
    assert_eq!(end["result"]["findings"][0]["title"], "done", "{end}");
}

/// Senders of alerts, who send an alert again until it is answered, as Alertmanager does.
#[derive(Default)]
struct Storm {
    last: AtomicU64,
    unanswered: Mutex<Vec<u64>>,
    answered: Mutex<BTreeSet<u64>>,
}

impl Storm {
    /// Sends from several threads, and kills the server in the midst of it: once `enough` more were answered and `moment`
    /// has come.
    fn blow_until_killed(&self, squall: Server, enough: u64, moment: impl FnOnce()) -> Settings {
        let (address, over) = (squall.address(), AtomicBool::new(false));
        let before = self.count();
        thread::scope(|scope| {
            for _ in 0..SENDERS {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        self.send_one(address);
                    }
                });
            }
            while self.count() < before + enough {
                thread::sleep(Duration::from_micros(100));
            }
            moment();
            let settings = squall.kill();
            over.store(true, Ordering::Relaxed);
            settings
        })
    }

    fn send_one(&self, to: SocketAddr) {
        let again = self.unanswered.lock().unwrap().pop();
        let number = again.unwrap_or_else(|| 1 + self.last.fetch_add(1, Ordering::Relaxed));
        let answer = Request::post("/api/alerts", &alert(number)).send(to);
        if answer.is_ok_and(|answer| answer.status == 200) {
            self.answered.lock().unwrap().insert(number);
        } else {
            self.unanswered.lock().unwrap().push(number);
        }
    }

    fn count(&self) -> u64 {
        u64::try_from(self.answered.lock().unwrap().len()).unwrap()
    }
}

fn alert(number: u64) -> Value {
    json!({
        "version": "4", "groupKey": "{}", "receiver": "squall", "status": "firing",
        "externalURL": "http://alertmanager",
        "alerts": [{
            "status": "firing",
            "labels": {"alertname": "Storm", "severity": "critical", "number": number.to_string()},
            "annotations": {},
            "startsAt": "2026-11-22T10:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "", "fingerprint": format!("f{number}"),
        }],
    })
}

/// Who is told: they remember each time they were.
#[derive(Default)]
struct Team {
    told: Mutex<Told>,
    changed: Condvar,
}

#[derive(Default)]
struct Told {
    /// Title and key of each finding, as often as it was told.
    findings: Vec<(String, String)>,
    /// Whether the next is heard and not answered.
    in_vain: bool,
}

impl Team {
    fn listening() -> (Arc<Self>, SocketAddr) {
        let team = Arc::new(Self::default());
        let heard = Arc::clone(&team);
        let address = receiver::listen(move |got| heard.hear(&got));
        (team, address)
    }

    fn hear(&self, got: &Got) -> Option<(&'static str, Value)> {
        assert_eq!(got.asked, "POST /findings");
        let title = got.json()["title"].as_str().unwrap().to_owned();
        let key = got.header("idempotency-key").unwrap_or_default().to_owned();
        let mut told = self.told.lock().unwrap();
        told.findings.push((title, key));
        if std::mem::take(&mut told.in_vain) {
            self.changed.notify_all();
            return None;
        }
        Some(("200 OK", json!({})))
    }

    /// Waits for a finding that is told and not answered.
    fn wait_until_told_in_vain(&self) {
        let mut told = self.told.lock().unwrap();
        told.in_vain = true;
        while told.in_vain {
            let patience = Duration::from_secs(60);
            let (waited, timeout) = self.changed.wait_timeout(told, patience).unwrap();
            assert!(!timeout.timed_out(), "nobody tells the team anything");
            told = waited;
        }
    }

    fn has_heard_of(&self, numbers: &BTreeSet<u64>) -> Result<(), String> {
        let told = self.told.lock().unwrap();
        let titles: BTreeSet<&str> = told.findings.iter().map(|(title, _)| &**title).collect();
        let wanted = numbers
            .iter()
            .flat_map(|number| [format!("native {number}"), format!("python {number}")]);
        let missing: Vec<String> = wanted.filter(|one| !titles.contains(&**one)).collect();
        match missing.len() {
            0 => Ok(()),
            some => Err(format!("{some} are missing, such as {}", missing[0])),
        }
    }

    /// Each finding has a key of its own, and the same however often it is told.
    fn assert_what_is_repeated_says_so(&self) {
        let told = self.told.lock().unwrap();
        let (mut keys, mut titles) = (BTreeMap::new(), BTreeMap::new());
        for (title, key) in &told.findings {
            assert!(!key.is_empty(), "{title} has no key");
            let known = keys.entry(title).or_insert(key);
            assert_eq!(*known, key, "{title} is told under two keys");
            let known = titles.entry(key).or_insert(title);
            assert_eq!(*known, title, "two findings have the key {key}");
        }
        let repeated = told.findings.len() - keys.len();
        println!("{} findings, {repeated} told again", keys.len());
        let in_vain = usize::try_from(ROUNDS / 2).unwrap();
        assert!(repeated >= in_vain, "what was told in vain is told again");
    }
}

fn wait_until_settled(squall: &Server) {
    wait::until("everything to be decided and done", || {
        let events = squall.get("/api/v1/triggerinstances?limit=-1");
        let pending = list(&events)
            .iter()
            .filter(|event| event["status"] != "processed");
        let pending = pending.count();
        let executions = squall.get("/api/v1/executions?limit=-1");
        let executions = list(&executions).iter();
        let open = executions.filter(|one| !one["end_timestamp"].is_string());
        match (pending, open.count()) {
            (0, 0) => Ok(()),
            (pending, open) => Err(format!("{pending} undecided events, {open} executions")),
        }
    });
}

/// Every alert that was answered is one event, however often it was sent; each event has a decision of each playbook,
/// and both have one execution between them, which has ended well.
fn assert_each_is_one_event_decided_and_done(squall: &Server, answered: &BTreeSet<u64>) {
    let events = squall.get("/api/v1/triggerinstances?limit=-1");
    let decisions = squall.get("/api/v1/ruleenforcements?limit=-1");
    let executions = squall.get("/api/v1/executions?limit=-1");
    let statuses: BTreeMap<&str, &str> = list(&executions)
        .iter()
        .map(|execution| (text(execution, "id"), text(execution, "status")))
        .collect();
    let mut decided: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for decision in list(&decisions) {
        let of_event = decided
            .entry(text(decision, "trigger_instance_id"))
            .or_default();
        let rule = text(&decision["rule"], "ref");
        let before = of_event.insert(rule, text(decision, "execution_id"));
        assert_eq!(before, None, "{rule} is decided twice for one event");
    }
    let mut found = BTreeSet::new();
    let mut used = BTreeSet::new();
    for event in list(&events) {
        let number = text(&event["payload"]["alert"]["labels"], "number");
        assert!(found.insert(number.parse().unwrap()), "{number} twice");
        let decisions = decided.remove(text(event, "id")).unwrap_or_default();
        let rules: Vec<&str> = decisions.keys().copied().collect();
        assert_eq!(rules, ["robusta.Native", "robusta.Python"], "{number}");
        let executions: BTreeSet<&str> = decisions.into_values().collect();
        assert_eq!(executions.len(), 1, "{number}: {executions:?}");
        for execution in executions {
            assert!(used.insert(execution), "{execution} is of two events");
            assert_eq!(statuses[execution], "succeeded", "{number}: {execution}");
        }
    }
    let lost: Vec<&u64> = answered.difference(&found).collect();
    assert!(lost.is_empty(), "answered and lost: {lost:?}");
    assert!(decided.is_empty(), "decisions of no event: {decided:?}");
    assert_eq!(used.len(), statuses.len(), "executions of no event");
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("no `{key}` in {value}"))
}

//! A power cut at any moment loses nothing that was acknowledged, decides nothing twice and leaves nobody running.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::Request;
use crate::machine;
use crate::packs;
use crate::random::Random;
use crate::server::{Server, Settings};
use crate::wait;

const ROUNDS: u64 = 20;
const SENDERS: u64 = 4;

/// In each round the server dies after up to this many acknowledged events.
const MOST_IN_A_ROUND: u64 = 60;

/// Every so many events, one starts two actions that would outlive the story.
const SLOW_EVERY: u64 = 25;

const PACK: (&str, &str) = (
    "storm/pack.yaml",
    "{name: storm, description: Many events, version: 1.0.0, author: a, email: a@example.com}",
);

const QUICK: (&str, &str) = (
    "storm/rules/quick.yaml",
    r#"
name: quick
pack: storm
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: storm}}
criteria: {}
action: {ref: core.noop}
"#,
);

const SLOW: (&str, &str) = (
    "storm/rules/slow.yaml",
    r#"
name: slow
pack: storm
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: storm}}
criteria:
  trigger.body.slow: {type: equals, pattern: true}
action: {ref: core.local, parameters: {cmd: "sleep {{ trigger.body.marker }}", timeout: 6000}}
"#,
);

const SLOW_PYTHON: (&str, &str) = (
    "storm/rules/slow_python.yaml",
    r#"
name: slow_python
pack: storm
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: storm}}
criteria:
  trigger.body.slow: {type: equals, pattern: true}
action: {ref: core.pause, parameters: {max_pause: 5000, timeout: 6000}}
"#,
);

#[test]
fn kill_nine_loses_nothing_and_repeats_nothing() {
    let packs = packs::folder(&[PACK, QUICK, SLOW, SLOW_PYTHON]);
    let mut random = Random::any();
    println!("seed {}", random.0);
    let storm = Storm::new(&random);
    let mut settings = Settings::dev().packs(packs.path());
    for _ in 0..ROUNDS {
        let enough = 1 + random.below(MOST_IN_A_ROUND);
        settings = storm.blow_until_killed(settings.start(), enough);
        wait_until_nobody_runs(&[&storm.marker, settings.folder().to_str().unwrap()]);
    }
    let squall = settings.start();
    wait_until_settled(&squall);
    let acknowledged = storm.acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() >= usize::try_from(ROUNDS).unwrap());
    assert_all_is_told_once(&squall, &acknowledged);
}

/// Senders of events that remember which of them were acknowledged.
struct Storm {
    next: AtomicU64,
    acknowledged: Mutex<BTreeSet<u64>>,
    /// Seconds that the slow action sleeps, as no other process does.
    marker: String,
}

impl Storm {
    fn new(random: &Random) -> Self {
        Self {
            next: AtomicU64::new(1),
            acknowledged: Mutex::new(BTreeSet::new()),
            marker: format!("5000.{:06}", random.0 % 1_000_000),
        }
    }

    /// Sends from several threads, and kills the server in the midst of it once `enough` more were acknowledged.
    fn blow_until_killed(&self, squall: Server, enough: u64) -> Settings {
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
            let settings = squall.kill();
            over.store(true, Ordering::Relaxed);
            settings
        })
    }

    fn send_one(&self, address: SocketAddr) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let slow = number.is_multiple_of(SLOW_EVERY);
        let event = json!({"number": number, "slow": slow, "marker": self.marker});
        let answer = Request::post("/api/v1/webhooks/storm", &event).send(address);
        if answer.is_ok_and(|answer| answer.status == 202) {
            self.acknowledged.lock().unwrap().insert(number);
        }
    }

    fn count(&self) -> u64 {
        u64::try_from(self.acknowledged.lock().unwrap().len()).unwrap()
    }
}

/// Commands are known by what stands in them, Python's processes by the folder that they were started from.
fn wait_until_nobody_runs(markers: &[&str]) {
    wait::until("what the dead server ran to die with it", || {
        let orphans: usize = markers
            .iter()
            .map(|marker| machine::processes(marker))
            .sum();
        match orphans {
            0 => Ok(()),
            count => Err(format!("{count} orphans")),
        }
    });
}

/// What the last server decided anew at its start may run for longer than anybody wants to wait: it is cancelled.
fn wait_until_settled(squall: &Server) {
    wait::until("every execution to end", || {
        let running = squall.get("/api/v1/executions?status=running&limit=-1");
        for execution in list(&running) {
            if text(&execution["rule"], "ref") != "storm.quick" {
                let path = format!("/api/v1/executions/{}", text(execution, "id"));
                squall.send(&Request::new("DELETE", &path));
            }
        }
        let unfinished = ["requested", "scheduled", "running", "delayed", "canceling"]
            .map(|status| squall.get(&format!("/api/v1/executions?status={status}&limit=5")))
            .into_iter()
            .filter(|executions| *executions != json!([]));
        let unfinished: Vec<String> = unfinished.map(|some| some.to_string()).collect();
        let pending = squall.get("/api/v1/triggerinstances?limit=-1");
        let pending = list(&pending)
            .iter()
            .filter(|event| event["status"] != "processed")
            .count();
        if unfinished.is_empty() && pending == 0 {
            Ok(())
        } else {
            Err(format!("{pending} undecided events, {unfinished:?}"))
        }
    });
}

/// Every acknowledged event is there, and each event that is there has exactly the decisions it calls for, each with an
/// execution of its own that has ended.
fn assert_all_is_told_once(squall: &Server, acknowledged: &BTreeSet<u64>) {
    let events = squall.get("/api/v1/triggerinstances?limit=-1");
    let decisions = squall.get("/api/v1/ruleenforcements?limit=-1");
    let executions = squall.get("/api/v1/executions?limit=-1");
    let statuses: BTreeMap<&str, &str> = list(&executions)
        .iter()
        .map(|execution| (text(execution, "id"), text(execution, "status")))
        .collect();
    let mut decided: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut used = BTreeSet::new();
    for decision in list(&decisions) {
        let rule = text(&decision["rule"], "ref");
        decided
            .entry(text(decision, "trigger_instance_id"))
            .or_default()
            .push(rule);
        let execution = text(decision, "execution_id");
        assert!(
            used.insert(execution),
            "one execution for two decisions: {decision}"
        );
        let status = statuses[execution];
        let expected: &[&str] = if rule == "storm.quick" {
            &["succeeded", "abandoned"]
        } else {
            &["abandoned", "canceled"]
        };
        assert!(
            expected.contains(&status),
            "{execution} of {rule} is {status}"
        );
    }
    let mut found = BTreeSet::new();
    for event in list(&events) {
        let body = &event["payload"]["body"];
        let number = body["number"].as_u64().unwrap();
        assert!(found.insert(number), "event {number} is there twice");
        let mut rules = decided.remove(text(event, "id")).unwrap_or_default();
        rules.sort_unstable();
        let slow = body["slow"] == true;
        let expected: &[&str] = if slow {
            &["storm.quick", "storm.slow", "storm.slow_python"]
        } else {
            &["storm.quick"]
        };
        assert_eq!(rules, expected, "event {number}");
    }
    let lost: Vec<&u64> = acknowledged.difference(&found).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert!(
        decided.is_empty(),
        "decisions without an event: {decided:?}"
    );
    assert_eq!(used.len(), statuses.len(), "executions without a decision");
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("no `{key}` in {value}"))
}

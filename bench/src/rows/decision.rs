//! What the rules say about one event, in this process: nothing is received, recorded or started.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use squall_engine::facts::{Facts, Keys};
use squall_engine::rule::RuleSet;
use squall_model::event::{Event, EventStatus};
use squall_model::rule::Rule;
use squall_model::trace::TraceContext;
use squall_model::{Id, Json, Object, Reference};

use super::{Bench, Row};
use crate::failure::{Failure, Result};
use crate::figure::{Aim, Figure};
use crate::{alert, clock};

pub(super) const ROW: Row = Row {
    name: "decision",
    about: "one event against the rules of one trigger, few matching, in process",
    measure,
};

/// The trigger that all rules listen to.
const TRIGGER: &str = "core.bench";

/// How many different events are decided in turn.
const EVENTS: u64 = 16;

/// How many rules match each event: by the alert's whole name, by its beginning, by more than the name.
const MATCHING: usize = 3;

/// Microseconds to aim at, for each number of rules.
const AIMS: [f64; 3] = [5.0, 10.0, 15.0];

fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (count, aim) in bench.scale.rules.into_iter().zip(AIMS) {
        let figure = figure(bench, count, 0)?;
        figures.push(figure.aiming(Aim::AtMost(aim)));
    }
    let [.., most] = bench.scale.rules;
    figures.push(figure(bench, most, 100)?);
    Ok(figures)
}

/// One number of rules, one in `searching` of which uses an operator that no index helps (0 for none).
fn figure(bench: &Bench, count: usize, searching: usize) -> Result<Figure> {
    let rules = rules(count, searching)?;
    let set = RuleSet::new(rules.into_iter().map(Arc::new));
    let events = events(count);
    let keys = Keys::default();
    let facts = Facts {
        now: clock::now(),
        keys: &keys,
        crypto: None,
        system_user: "stanley",
    };
    let decide = |event: &Event| {
        set.decide(event, &facts)
            .map_or(0, |verdicts| verdicts.len())
    };
    let expected = if count == 1 { 1 } else { MATCHING };
    for event in &events {
        let found = decide(event);
        if found != expected {
            return Err(Failure::Matched { expected, found });
        }
    }
    let runs = (0..=bench.scale.runs).map(|_| micros_each(bench.scale.decide_for, &events, decide));
    // The first run warms up.
    let name = match searching {
        0 => format!("one event against {count} rules of one trigger, {expected} matching"),
        _ => format!("the same, with `contains` in 1 of {searching} rules"),
    };
    Figure::of(name, "µs", runs.skip(1).collect())
}

/// Decides the events in turn for a while: processor time of each, since nothing here waits for anything.
fn micros_each(for_time: Duration, events: &[Event], decide: impl Fn(&Event) -> usize) -> f64 {
    let used_before = clock::own_cpu();
    let used = || clock::own_cpu().saturating_sub(used_before);
    let mut decided = 0.0;
    while used() < for_time {
        for event in events {
            black_box(decide(black_box(event)));
            decided += 1.0;
        }
    }
    used().as_secs_f64() * 1_000_000.0 / decided
}

/// Different alerts, each of which [`MATCHING`] rules match; with a single rule all are the one it matches.
fn events(rules: usize) -> Vec<Event> {
    let families = u64::try_from(rules / MATCHING).unwrap_or(1).max(1);
    (0..EVENTS)
        .map(|number| {
            let family = number * families / EVENTS;
            let body = alert::payload(&alertname(family), number);
            Event {
                id: Id::of(&format!("event:{number}")),
                trigger: reference(TRIGGER),
                payload: json!({"headers": {"Content-Type": "application/json"}, "body": body}),
                occurred_at: clock::now(),
                status: EventStatus::Pending,
                trace: TraceContext::default(),
            }
        })
        .collect()
}

fn alertname(family: u64) -> String {
    format!("PodMemory{family:05}High")
}

/// Rules in families of three that want the same alert, so that few match any event however many there are.
fn rules(count: usize, searching: usize) -> Result<Vec<Rule>> {
    (0..count)
        .map(|number| {
            let family = u64::try_from(number / MATCHING).unwrap_or(0);
            let name = alertname(family);
            let key = "trigger.body.alerts[0].labels.alertname";
            let criteria = if searching > 0 && number % searching == 1 {
                // Still the family's own: only the way to ask differs.
                json!({(key): {"type": "contains", "pattern": name}})
            } else {
                match number % MATCHING {
                    0 => json!({(key): {"type": "eq", "pattern": name}}),
                    1 => json!({(key): {"type": "startswith", "pattern": name.trim_end_matches("High")}}),
                    _ => json!({
                        "trigger.body.status": {"type": "eq", "pattern": "firing"},
                        (key): {"type": "eq", "pattern": name},
                        "trigger.body.alerts[0].labels.severity": {"type": "eq", "pattern": "warning"},
                    }),
                }
            };
            rule(number, &criteria)
        })
        .collect()
}

fn rule(number: usize, criteria: &Json) -> Result<Rule> {
    let name = format!("bench.rule_{number}");
    serde_json::from_value(json!({
        "id": Id::of(&format!("rule:{name}")),
        "ref": name,
        "enabled": true,
        "trigger": {"type": TRIGGER, "ref": TRIGGER, "parameters": Object::new()},
        "criteria": criteria,
        "action": {"ref": "core.noop"},
    }))
    .map_err(Failure::Rules)
}

#[expect(clippy::expect_used, reason = "called with constants only")]
fn reference(text: &str) -> Reference {
    text.parse().expect("a pack and a name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rules_match_however_many_there_are() {
        let keys = Keys::default();
        let facts = Facts {
            now: clock::now(),
            keys: &keys,
            crypto: None,
            system_user: "stanley",
        };
        for (count, searching, expected) in [(1, 0, 1), (99, 0, 3), (300, 0, 3), (300, 100, 3)] {
            let set = RuleSet::new(rules(count, searching).unwrap().into_iter().map(Arc::new));
            for event in events(count) {
                let verdicts = set.decide(&event, &facts).unwrap();
                assert!(verdicts.iter().all(|verdict| verdict.failure.is_none()));
                assert_eq!(verdicts.len(), expected, "{count} rules");
            }
        }
    }
}

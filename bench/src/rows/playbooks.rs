//! What Robusta's playbooks say about one update of a pod, in this process: nothing is received, recorded or started.

use std::hint::black_box;
use std::time::Duration;

use serde_json::json;
use squall_engine::playbook::{Facts, Happened, PlaybookSet, RateLimits, Services};
use squall_model::Json;
use squall_model::change::{Change, Operation};
use squall_model::playbook::{Playbook, PlaybookTrigger, Playbooks};

use super::{Bench, Row};
use crate::clock;
use crate::failure::{Failure, Result};
use crate::figure::{Aim, Figure};
use crate::pod::pod;

pub(super) const ROW: Row = Row {
    name: "playbooks",
    about: "one update of a pod against playbooks, in process",
    measure,
};

/// How many playbooks are asked, none of which fires.
const PLAYBOOKS: usize = 1_000;

/// How many different pods are updated in turn.
const PODS: usize = 16;

/// Microseconds to aim at.
const AIM: f64 = 50.0;

fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let many = (0..PLAYBOOKS).map(|number| trigger(number, ASKING.len()));
    let by_names = (0..PLAYBOOKS).map(|number| trigger(number, 2));
    Ok(vec![
        figure(
            bench,
            "one pod update against 1,000 playbooks of pods, by prefix and label, none firing",
            &by_names.collect::<Vec<_>>(),
        )?
        .aiming(Aim::AtMost(AIM)),
        figure(
            bench,
            "the same with scopes, change filters, crash loops, kills and other kinds among them",
            &many.collect::<Vec<_>>(),
        )?
        .aiming(Aim::AtMost(AIM)),
        figure(
            bench,
            "one pod update against the triggers of Robusta's own playbooks, none firing",
            &defaults(),
        )?,
    ])
}

fn figure(bench: &Bench, name: &str, triggers: &[(String, Json)]) -> Result<Figure> {
    let set = PlaybookSet::compile(&playbooks(triggers))
        .map_err(|problems| Failure::Playbooks(problems.len()))?;
    let updates: Vec<_> = (0..PODS).map(update).collect();
    let (limits, services) = (RateLimits::default(), Services::default());
    let facts = Facts {
        now: clock::now(),
        started_at: clock::now(),
        limits: &limits,
        services: &services,
        provider: None,
    };
    let decide = |change: &Change| set.decide(Happened::Change(change), &facts).fired.len();
    for change in &updates {
        let found = decide(change);
        if found != 0 {
            return Err(Failure::Matched { expected: 0, found });
        }
    }
    let runs =
        (0..=bench.scale.runs).map(|_| micros_each(bench.scale.decide_for, &updates, decide));
    // The first run warms up.
    Figure::of(name, "µs", runs.skip(1).collect())
}

/// Decides the updates in turn for a while: processor time of each, since nothing here waits for anything.
fn micros_each(for_time: Duration, updates: &[Change], decide: impl Fn(&Change) -> usize) -> f64 {
    let used_before = clock::own_cpu();
    let used = || clock::own_cpu().saturating_sub(used_before);
    let mut decided = 0.0;
    while used() < for_time {
        for change in updates {
            black_box(decide(black_box(change)));
            decided += 1.0;
        }
    }
    used().as_secs_f64() * 1_000_000.0 / decided
}

/// Makes a trigger, each number another.
type Way = fn(usize) -> (&'static str, Json);

/// The ways in which playbooks ask, the plainest first.
const ASKING: [Way; 9] = [
    |number| {
        (
            "on_pod_update",
            json!({"name_prefix": format!("api-{number}-")}),
        )
    },
    |number| {
        (
            "on_pod_update",
            json!({"labels_selector": format!("app=api-{number}")}),
        )
    },
    |number| {
        (
            "on_pod_all_changes",
            json!({"namespace_prefix": format!("team-{number}-")}),
        )
    },
    |number| {
        (
            "on_pod_update",
            json!({"scope": {"include": [{"namespace": [format!("team-{number}"), "other-.*"]}]}}),
        )
    },
    |number| {
        (
            "on_pod_update",
            json!({"scope": {"include": [{"labels": format!("app=api-{number}.*,tier=(front|back)")}]}}),
        )
    },
    |number| {
        (
            "on_pod_update",
            json!({"change_filters": {"include": [format!("containers[{number}].image")], "ignore": ["status"]}}),
        )
    },
    |number| ("on_pod_crash_loop", json!({"restart_count": number})),
    |number| ("on_pod_oom_killed", json!({"rate_limit": number})),
    |number| {
        (
            "on_deployment_update",
            json!({"name_prefix": format!("api-{number}-")}),
        )
    },
];

fn trigger(number: usize, ways: usize) -> (String, Json) {
    let asking = ASKING.get(number % ways).map(|way| way(number));
    let (name, parameters) = asking.unwrap_or_default();
    (name.to_owned(), parameters)
}

/// The triggers on changes that Robusta's chart brings.
fn defaults() -> Vec<(String, Json)> {
    [
        ("on_pod_crash_loop", json!({"restart_reason": "CrashLoopBackOff"})),
        ("on_image_pull_backoff", json!({})),
        ("on_pod_evicted", json!({})),
        ("on_job_failure", json!({"scope": {"include": [{"labels": "app=krr.robusta.dev"}]}})),
        ("on_pod_oom_killed", json!({"rate_limit": 3600})),
        ("on_kubernetes_warning_event", json!({})),
        ("on_kubernetes_resource_operation", json!({"resources": ["deployment", "daemonset", "statefulset", "ingress"]})),
        ("on_kubernetes_resource_operation", json!({"resources": ["pod", "deployment", "replicaset", "daemonset", "statefulset", "job"]})),
    ]
    .map(|(name, parameters)| (name.to_owned(), parameters))
    .into()
}

fn playbooks(triggers: &[(String, Json)]) -> Playbooks {
    let playbook = |(name, parameters): &(String, Json)| Playbook {
        triggers: vec![PlaybookTrigger {
            name: name.clone(),
            parameters: parameters.as_object().cloned().unwrap_or_default(),
            ..PlaybookTrigger::default()
        }],
        ..Playbook::default()
    };
    Playbooks {
        playbooks: triggers.iter().map(playbook).collect(),
        ..Playbooks::default()
    }
}

/// An update of a pod, as a kubelet makes it: a container has become ready.
fn update(number: usize) -> Change {
    Change {
        operation: Operation::Update,
        kind: "Pod".to_owned(),
        api_version: "v1".to_owned(),
        description: String::new(),
        obj: pod(number, true, number + 2),
        old_obj: Some(pod(number, false, number + 1)),
    }
}

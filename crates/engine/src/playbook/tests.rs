//! What playbooks decide, seen from outside.

use serde_json::json;
use squall_model::change::{Change, Operation};
use squall_model::playbook::{Playbook, PlaybookTrigger, Playbooks};
use squall_model::{Json, Timestamp};

use super::*;

/// Playbooks of one trigger each.
fn playbooks(triggers: &Json) -> Playbooks {
    let triggers = triggers.as_array().unwrap().iter();
    let playbook = |written: &Json| {
        let triggers = written.as_object().unwrap().iter();
        let trigger = |(name, parameters): (&String, &Json)| PlaybookTrigger {
            name: name.clone(),
            parameters: parameters.as_object().unwrap().clone(),
            ..PlaybookTrigger::default()
        };
        Playbook {
            triggers: triggers.map(trigger).collect(),
            ..Playbook::default()
        }
    };
    Playbooks {
        playbooks: triggers.map(playbook).collect(),
        ..Playbooks::default()
    }
}

fn change(kind: &str, api_version: &str, obj: Json) -> Change {
    Change {
        operation: Operation::Update,
        kind: kind.to_owned(),
        api_version: api_version.to_owned(),
        description: String::new(),
        old_obj: Some(obj.clone()),
        obj,
    }
}

fn crashing(name: &str, restarts: i64) -> Change {
    let container = json!({"name": "web", "restartCount": restarts, "state": {"waiting": {"reason": "CrashLoopBackOff"}}});
    let pod = json!({
        "metadata": {"name": name, "namespace": "shop", "ownerReferences": [{"name": "web"}]},
        "status": {"containerStatuses": [container]},
    });
    change("Pod", "v1", pod)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

/// The numbers of the playbooks that fire; their marks are remembered.
fn fired(set: &PlaybookSet, change: &Change, limits: &mut RateLimits, now: i64) -> Vec<usize> {
    let verdict = set.decide(
        Happened::Change(change),
        &Facts {
            now: at(now),
            started_at: at(0),
            limits,
            services: &Services::default(),
            provider: None,
        },
    );
    assert_eq!(verdict.faults, []);
    let marks = verdict.fired.iter().filter_map(|fired| fired.mark.clone());
    marks.for_each(|mark| limits.mark(mark));
    verdict.fired.iter().map(|fired| fired.playbook).collect()
}

#[test]
fn a_crash_loop_fires_once_for_the_owner_until_its_time_is_over() {
    let written = playbooks(&json!([
        {"on_pod_crash_loop": {"restart_reason": "CrashLoop"}},
        {"on_pod_crash_loop": {"rate_limit": 60, "restart_count": "3"}},
        {"on_pod_crash_loop": {"restart_reason": "Error"}},
    ]));
    let set = PlaybookSet::compile(&written).unwrap();
    let mut limits = RateLimits::default();
    assert_eq!(fired(&set, &crashing("web-1", 2), &mut limits, 100), [0]);
    assert_eq!(fired(&set, &crashing("web-2", 3), &mut limits, 101), [1]);
    assert_eq!(fired(&set, &crashing("web-1", 4), &mut limits, 161), [0; 0]);
    assert_eq!(fired(&set, &crashing("web-1", 4), &mut limits, 162), [1]);
    assert_eq!(
        fired(&set, &crashing("web-1", 4), &mut limits, 14_501),
        [0, 1]
    );
}

#[test]
fn the_first_trigger_counts_and_stop_ends_it() {
    let mut written = playbooks(&json!([
        {"on_pod_delete": {}, "on_pod_update": {}, "on_pod_all_changes": {}},
        {"on_kubernetes_any_resource_update": {"name_prefix": "web"}},
        {"on_pod_update": {}},
    ]));
    written.playbooks[1].stop = true;
    let set = PlaybookSet::compile(&written).unwrap();
    let (limits, services) = (RateLimits::default(), Services::default());
    let facts = Facts {
        now: at(1),
        started_at: at(0),
        limits: &limits,
        services: &services,
        provider: None,
    };
    let pod = crashing("web", 0);
    let verdict = set.decide(Happened::Change(&pod), &facts);
    let places = verdict.fired.iter().map(|one| (one.playbook, one.trigger));
    assert_eq!(places.collect::<Vec<_>>(), [(0, 1), (1, 0)]);
    let answers = set.explain(Happened::Change(&pod), &facts);
    let why = answers.iter().map(|answer| answer.why_not.clone());
    assert_eq!(
        why.collect::<Vec<_>>(),
        [
            Some(Why::OtherOperation),
            None,
            Some(Why::DecidedBefore),
            None,
            Some(Why::Stopped(1)),
        ]
    );
}

#[test]
fn kinds_beyond_robustas_are_meant_where_they_are_named() {
    let written = playbooks(&json!([
        {"on_kubernetes_any_resource_update": {}},
        {"on_kubernetes_resource_operation": {"change_filters": null}},
        {"on_kubernetes_resource_operation": {"resources": ["argoproj.io/Rollout"], "change_filters": {"include": ["spec.replicas"]}}},
        {"on_kubernetes_resource_operation": {"resources": ["rollout"], "operations": ["DELETE"]}},
        {"on_service_update": {}},
    ]));
    let set = PlaybookSet::compile(&written).unwrap();
    let mut limits = RateLimits::default();
    let mut rollout = change(
        "Rollout",
        "argoproj.io/v1alpha1",
        json!({"spec": {"replicas": 2}}),
    );
    rollout.old_obj = Some(json!({"spec": {"replicas": 1}}));
    assert_eq!(fired(&set, &rollout, &mut limits, 1), [2]);
    rollout.operation = Operation::Delete;
    assert_eq!(fired(&set, &rollout, &mut limits, 1), [2, 3]);
    let knative = change("Service", "serving.knative.dev/v1", json!({}));
    assert_eq!(fired(&set, &knative, &mut limits, 1), [0; 0]);
    let core = change("Service", "v1", json!({}));
    assert_eq!(fired(&set, &core, &mut limits, 1), [0, 1, 4]);
    let scaler = change("HorizontalPodAutoscaler", "autoscaling/v2", json!({}));
    assert_eq!(fired(&set, &scaler, &mut limits, 1), [0, 1]);
}

#[test]
fn a_fault_in_one_trigger_leaves_the_others_alone() {
    let written = playbooks(&json!([
        {"on_pod_update": {"scope": {"include": [{"name": "("}]}}},
        {"on_pod_crash_loop": {}},
        {"on_pod_update": {"scope": {"include": [{"labels": ["app"]}, {"name": ["web.*"]}]}}},
        {"on_pod_update": {}},
    ]));
    let set = PlaybookSet::compile(&written).unwrap();
    let warnings: Vec<_> = set.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "warning: on_pod_update.scope: `(` is no regular expression: error: missing ), unterminated subpattern at position 0",
            "warning: on_pod_update.scope: `app` is no `label=pattern`",
        ]
    );
    let pod = change(
        "Pod",
        "v1",
        json!({"metadata": {"name": "web", "labels": {}}}),
    );
    let (limits, services) = (RateLimits::default(), Services::default());
    let facts = Facts {
        now: at(1),
        started_at: at(0),
        limits: &limits,
        services: &services,
        provider: None,
    };
    let verdict = set.decide(Happened::Change(&pod), &facts);
    let faults = verdict
        .faults
        .iter()
        .map(|fault| (fault.playbook, fault.reason.as_str()));
    assert_eq!(
        faults.map(|(number, _)| number).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    assert_eq!(verdict.faults[1].reason, "the pod has no status");
    assert_eq!(
        verdict
            .fired
            .iter()
            .map(|one| one.playbook)
            .collect::<Vec<_>>(),
        [3]
    );
    assert!(set.could_fire(&pod, &facts));
}

#[test]
fn an_id_is_that_of_what_is_written_in_whatever_order() {
    let of = |parameters: Json| {
        let written = playbooks(&json!([{"on_pod_update": parameters}]));
        playbook_id(&written.playbooks[0])
    };
    let scope =
        json!({"name_prefix": "a", "scope": {"include": [{"name": "b", "namespace": "c"}]}});
    let other =
        json!({"scope": {"include": [{"namespace": "c", "name": "b"}]}, "name_prefix": "a"});
    assert_eq!(of(scope), of(other));
    assert_ne!(of(json!({})), of(json!({"name_prefix": "a"})));
}

#[test]
fn each_kind_is_watched_once_and_compared_where_a_trigger_compares() {
    let written = playbooks(&json!([
        {"on_pod_update": {}, "on_pod_create": {"change_filters": {}}},
        {"on_job_failure": {}},
        {"on_pod_crash_loop": {}},
        {"on_kubernetes_resource_operation": {"resources": ["argoproj.io/Rollout"], "change_filters": null}},
        {"on_prometheus_alert": {}},
    ]));
    let watched = PlaybookSet::compile(&written).unwrap().watched();
    let watched = watched
        .iter()
        .map(|one| (one.group.as_deref(), one.kind.as_str(), one.is_compared));
    assert_eq!(
        watched.collect::<Vec<_>>(),
        [
            (None, "job", true),
            (None, "pod", true),
            (Some("argoproj.io"), "rollout", false)
        ]
    );
}

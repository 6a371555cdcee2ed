//! Playbooks against the actions there are.

use insta::assert_snapshot;
use serde_json::json;
use squall_model::playbook::actions::KnownAction;
use squall_model::playbook::classes::EventClass;

use super::*;

/// An action of a repository that takes a class, with these properties of its parameters.
fn known(name: &str, event: &str, params: &Json) -> KnownAction {
    let class = EventClass::parse(event).unwrap();
    let events = EventClass::all().filter(|one| one.is(class));
    KnownAction {
        name: name.to_owned(),
        module: Some("ours.actions".to_owned()),
        file: Some("ours/actions.py".to_owned()),
        line: Some(3),
        event: event.to_owned(),
        events: events.map(|one| one.as_str().to_owned()).collect(),
        params: params.as_object().cloned(),
        doc: None,
        by_hand: None,
    }
}

/// What is told of playbooks with these actions.
fn checked(text: &str, known: &[KnownAction]) -> String {
    told(&check_actions(&sound(text), known))
}

#[test]
fn what_an_action_takes_must_be_what_each_trigger_gives() {
    let known = [
        known("my_action", "PodEvent", &Json::Null),
        known("job_action", "JobChangeEvent", &Json::Null),
        known("any", "ExecutionBaseEvent", &Json::Null),
        known("resource", "KubernetesResourceEvent", &Json::Null),
        known("on_change", "KubernetesAnyChangeEvent", &Json::Null),
    ];
    assert_snapshot!(checked("
customPlaybooks:
- triggers: [on_deployment_update: {}, on_pod_create: {}]
  actions: [my_action: {}, any: {}, resource: {}, on_change: {}]
- triggers: [on_kubernetes_any_resource_update: {}]
  actions: [resource: {}]
- triggers: [on_prometheus_alert: {}]
  actions: [my_action: {}, job_action: {}, resource: {}]
", &known), @"
    error: values.yaml:4: customPlaybooks[0].actions[0].my_action: `my_action` takes a PodEvent; `on_deployment_update` gives a DeploymentChangeEvent (it fits on_pod_create, on_pod_update, on_pod_delete, on_pod_all_changes, on_pod_crash_loop, on_image_pull_backoff, on_pod_oom_killed, on_container_oom_killed, on_pod_evicted, on_prometheus_alert)
    error: values.yaml:6: customPlaybooks[1].actions[0].resource: `resource` takes a KubernetesResourceEvent; `on_kubernetes_any_resource_update` gives a KubernetesAnyChangeEvent (it fits on_pod_create, on_pod_update, on_pod_delete, on_pod_all_changes, on_replicaset_create, on_replicaset_update, on_replicaset_delete, on_replicaset_all_changes, on_daemonset_create, on_daemonset_update, on_daemonset_delete, on_daemonset_all_changes and 79 more)
    error: values.yaml:8: customPlaybooks[2].actions[1].job_action: `job_action` takes a JobChangeEvent; `on_prometheus_alert` gives a PrometheusKubernetesAlert (it fits on_job_create, on_job_update, on_job_delete, on_job_all_changes, on_job_failure)
    ");
}

#[test]
fn actions_that_are_not_there() {
    let known = [known("logs_enricher", "PodEvent", &Json::Null)];
    assert_snapshot!(checked("
customPlaybooks:
- triggers: [on_pod_create: {}]
  actions: [logs_enrichr: {}, popeye_scan: {}, my_own: {}]
", &known), @"
    error: values.yaml:4: customPlaybooks[0].actions[0].logs_enrichr: unknown action `logs_enrichr` (did you mean `logs_enricher`?)
    error: values.yaml:4: customPlaybooks[0].actions[1].popeye_scan: unknown action `popeye_scan` (it comes with Robusta, and not with Squall yet: put a function of this name into a playbook repository, or leave it out)
    error: values.yaml:4: customPlaybooks[0].actions[2].my_own: unknown action `my_own` (give the repository with its code below `playbookRepos`, or with --repo)
    ");
}

#[test]
fn parameters_are_held_against_their_schema() {
    let params = json!({
        "title": "P",
        "type": "object",
        "properties": {
            "cmd": {"title": "Cmd", "type": "string"},
            "count": {"default": 3, "type": "integer"},
            "ratio": {"type": "number"},
            "quiet": {"type": "boolean"},
            "names": {"type": "array", "items": {"type": "string"}},
            "labels": {"type": "object", "additionalProperties": {"type": "integer"}},
            "style": {"allOf": [{"$ref": "#/definitions/Style"}]},
            "either": {"anyOf": [{"type": "integer"}, {"type": "boolean"}]},
            "pattern": {"$ref": "#/definitions/Pattern"},
            "patterns": {"type": "array", "items": {"$ref": "#/definitions/Pattern"}},
            "grafana_url": {"type": "string"}
        },
        "required": ["cmd", "grafana_url", "token"],
        "definitions": {
            "Style": {"enum": ["SAME", "NAMED"], "type": "string"},
            "Pattern": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "regex": {"type": "string"}},
                "required": ["regex"]
            }
        }
    });
    let known = [known("my_action", "PodEvent", &params)];
    assert_snapshot!(checked("
globalConfig: {grafana_url: 'http://grafana'}
customPlaybooks:
- triggers: [on_pod_create: {}]
  actions:
  - my_action:
      cmd: [ls]
      count: five
      ratio: '1.5'
      quiet: 'off'
      names: web
      labels: {a: x}
      style: same
      either: [a]
      pattern: {name: n}
      patterns: [{regex: 5}, {regex: [a]}]
      cnt: 5
  - my_action: {cmd: 5, token: t, count: '7', quiet: 1, names: [1], style: NAMED, either: yes, ratio: null}
", &known), @"
    error: values.yaml:6: customPlaybooks[0].actions[0].my_action.token: is missing (`my_action` needs it; the global config may give it too)
    warning: values.yaml:7: customPlaybooks[0].actions[0].my_action.cmd: must be text, but is a list
    warning: values.yaml:8: customPlaybooks[0].actions[0].my_action.count: must be a whole number, but is text
    warning: values.yaml:11: customPlaybooks[0].actions[0].my_action.names: must be a list, but is text (write [web])
    warning: values.yaml:12: customPlaybooks[0].actions[0].my_action.labels.a: must be a whole number, but is text
    warning: values.yaml:13: customPlaybooks[0].actions[0].my_action.style: `same` is not among what may stand here (did you mean `SAME`?)
    warning: values.yaml:14: customPlaybooks[0].actions[0].my_action.either: is none of the things that may stand here
    warning: values.yaml:15: customPlaybooks[0].actions[0].my_action.pattern.regex: is missing
    warning: values.yaml:16: customPlaybooks[0].actions[0].my_action.patterns[1].regex: must be text, but is a list
    warning: values.yaml:17: customPlaybooks[0].actions[0].my_action.cnt: is not a known parameter and has no effect (`my_action` takes cmd, count, ratio, quiet, names, labels, style, either, pattern, patterns, grafana_url)
    warning: values.yaml:18: customPlaybooks[0].actions[1].my_action.token: is not a known parameter and has no effect (`my_action` takes cmd, count, ratio, quiet, names, labels, style, either, pattern, patterns, grafana_url)
    ");
}

#[test]
fn classes_may_refuse_what_they_do_not_know() {
    let closed = json!({"properties": {"cmd": {"type": "string"}}, "additionalProperties": false});
    let known = [
        known("closed", "PodEvent", &closed),
        known("bare", "PodEvent", &Json::Null),
    ];
    assert_snapshot!(checked("
customPlaybooks:
- triggers: [on_pod_create: {}]
  actions: [closed: {comand: ls, other: x}, bare: {cmd: ls}]
", &known), @"
    error: values.yaml:4: customPlaybooks[0].actions[0].closed.comand: is not a known parameter (`closed` takes cmd)
    error: values.yaml:4: customPlaybooks[0].actions[0].closed.other: is not a known parameter (`closed` takes cmd)
    warning: values.yaml:4: customPlaybooks[0].actions[1].bare.cmd: has no effect: `bare` takes no parameters
    ");
}

#[test]
fn actions_of_squall_take_no_more_than_they_say() {
    let params = json!({"properties": {"cmd": {"type": "string"}}});
    let native = KnownAction {
        module: None,
        ..known("native", "PodEvent", &params)
    };
    assert_snapshot!(checked("
customPlaybooks:
- triggers: [on_pod_create: {}]
  actions: [native: {cmd: [ls]}]
", &[native]), @"error: values.yaml:4: customPlaybooks[0].actions[0].native.cmd: must be text, but is a list");
}

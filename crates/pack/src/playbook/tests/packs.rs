//! Triggers and actions of packs in playbooks.

use std::sync::Arc;

use insta::assert_snapshot;
use serde_json::json;
use squall_model::Reference;
use squall_model::content::Content;
use squall_model::runner::Kinds;

use super::*;

/// `core` with a webhook and two actions; `labs` with nothing.
fn content() -> Content {
    let mut content = Content::default();
    let id = "000000000000000000000001";
    let webhook = json!({
        "id": id, "ref": "core.st2.webhook",
        "parameters_schema": {
            "properties": {"url": {"type": "string", "required": true}}, "additionalProperties": false,
        },
    });
    let webhook = Arc::new(serde_json::from_value(webhook).unwrap());
    let name: Reference = "core.st2.webhook".parse().unwrap();
    content.trigger_types.insert(name, webhook);
    for name in ["core.local", "core.noop"] {
        let parameters = match name {
            "core.local" => json!({
                "cmd": {"type": "string", "required": true}, "cwd": {"type": "string"},
                "shell": {"type": "string", "required": true, "default": "bash"},
            }),
            _ => json!({}),
        };
        let action = json!({
            "id": id, "ref": name, "runner_type": "noop", "enabled": true, "entry_point": "",
            "parameters": parameters,
        });
        let action = Arc::new(serde_json::from_value(action).unwrap());
        content.actions.insert(name.parse().unwrap(), action);
    }
    content
}

fn kinds() -> Kinds {
    let noop = json!({
        "id": "000000000000000000000002", "name": "noop", "description": "", "enabled": true, "package": "",
        "parameters": {}, "available": true,
    });
    Kinds {
        runners: vec![serde_json::from_value(noop).unwrap()],
        ..Kinds::default()
    }
}

/// What is told of playbooks where these packs are all there are, or some of them.
fn check(are_all: bool, text: &str) -> String {
    let read = read(text);
    let (content, kinds) = (content(), kinds());
    let packs = PacksAtHand {
        content: &content,
        kinds: &kinds,
        are_all,
    };
    let mut problems = read.problems;
    problems.extend(check_actions(&read.playbooks, &[]));
    problems.extend(check_packs(&read.playbooks, &packs));
    told(&problems)
}

const SOUND: &str = "
customPlaybooks:
- triggers:
  - core.st2.webhook: {url: hooks/x}
  - robusta.on_pod_update: {name_prefix: web}
  actions:
  - core.local: {cmd: \"echo {{ trigger.body.x }}\"}
  - core.noop:
";

#[test]
fn triggers_and_actions_of_packs_are_taken_as_they_are_written() {
    assert_eq!(check(true, SOUND), "");
    let playbooks = sound(SOUND).playbooks;
    let [webhook, update] = playbooks[0].triggers.as_slice() else {
        panic!("{playbooks:?}")
    };
    assert_eq!(webhook.name, "core.st2.webhook");
    let trigger = webhook.of_a_pack().unwrap();
    assert_eq!(trigger.parameters["url"], "hooks/x");
    assert_ne!(trigger.reference, trigger.trigger_type);
    // What rules call a trigger of playbooks is that trigger.
    assert_eq!(update.name, "on_pod_update");
    assert_eq!(
        playbooks[0].actions[0].parameters["cmd"],
        "echo {{ trigger.body.x }}"
    );
    assert!(names_packs(&playbooks[0]));
}

#[test]
fn what_packs_do_not_have_is_told_with_what_they_have() {
    let text = "
customPlaybooks:
- triggers:
  - core.st2.webhok: {url: x}
  actions:
  - core.locl: {cmd: date}
- triggers:
  - core.st2.webhook: {ur: x}
  actions:
  - core.local: {cdw: /}
  - coer.local: {cmd: date}
  - robusta.run_playbooks: {}
- triggers:
  - core.st2.webhook:
    url: x
  actions: [core.noop: {}]
- triggers:
  - robusta.kubernetes_change: {}
  actions: [core.noop: {}]
";
    assert_snapshot!(check(true, text), @"
    error: values.yaml:15:5: customPlaybooks[2].triggers[0]: `url` stands beside `core.st2.webhook`, not in it (indent it below `core.st2.webhook`, or begin another trigger with a dash)
    error: values.yaml:18:5: customPlaybooks[3].triggers[0]: `robusta.kubernetes_change` is no trigger of playbooks (write on_kubernetes_any_resource_all_changes, on_prometheus_alert, on_schedule or another of docs/playbook-triggers.md)
    error: values.yaml:4: customPlaybooks[0].triggers[0].core.st2.webhok: there is no trigger type `core.st2.webhok` (did you mean `core.st2.webhook`?)
    error: values.yaml:6: customPlaybooks[0].actions[0].core.locl: there is no action `core.locl` (did you mean `core.local`?)
    error: values.yaml:8: customPlaybooks[1].triggers[0].core.st2.webhook: `core.st2.webhook` has no parameter `ur` (did you mean `url`?)
    error: values.yaml:8: customPlaybooks[1].triggers[0].core.st2.webhook: `core.st2.webhook` needs the parameter `url`
    error: values.yaml:10: customPlaybooks[1].actions[0].core.local.cdw: `core.local` has no parameter `cdw` (did you mean `cwd`?)
    error: values.yaml:10: customPlaybooks[1].actions[0].core.local.cmd: is missing (`core.local` needs it)
    error: values.yaml:11: customPlaybooks[1].actions[1].coer.local: there is no pack `coer` (did you mean `core`?)
    error: values.yaml:12: customPlaybooks[1].actions[2].robusta.run_playbooks: `robusta.run_playbooks` runs playbooks, and is no action of theirs
    ");
}

#[test]
fn what_is_of_packs_elsewhere_is_noted_where_not_all_are_at_hand() {
    let text = "
customPlaybooks:
- triggers:
  - labs.deployed: {}
  actions:
  - labs.notify: {who: ann}
  - core.locl: {}
";
    assert_snapshot!(check(false, text), @"
    warning: values.yaml:4: customPlaybooks[0].triggers[0].labs.deployed: `labs.deployed` is not checked: the pack is not at hand (give its folder with --pack)
    warning: values.yaml:6: customPlaybooks[0].actions[0].labs.notify: `labs.notify` is not checked: the pack is not at hand (give its folder with --pack)
    error: values.yaml:7: customPlaybooks[0].actions[1].core.locl: there is no action `core.locl` (did you mean `core.local`?)
    ");
}

#[test]
fn an_action_that_takes_an_object_does_not_fit_an_event_of_a_pack() {
    let known = json!({
        "name": "logs_enricher", "event": "PodEvent", "events": ["PodEvent", "PodChangeEvent"],
    });
    let text = "
customPlaybooks:
- triggers:
  - core.st2.webhook: {url: x}
  actions:
  - logs_enricher: {}
";
    let known = serde_json::from_value(known).unwrap();
    assert_snapshot!(told(&check_actions(&sound(text), &[known])), @"error: values.yaml:6: customPlaybooks[0].actions[0].logs_enricher: `logs_enricher` takes a PodEvent; `core.st2.webhook` gives an ExecutionBaseEvent (it fits on_pod_create, on_pod_update, on_pod_delete, on_pod_all_changes, on_pod_crash_loop, on_image_pull_backoff, on_pod_oom_killed, on_container_oom_killed, on_pod_evicted)");
}

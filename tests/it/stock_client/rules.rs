//! Rules are made, shown, switched off and on, and deleted.

use std::path::PathBuf;

use insta::assert_snapshot;
use serde_json::json;

use super::pair;
use crate::server::Server;
use crate::wait;

/// A rule's file, as a user writes it.
fn file(squall: &Server) -> PathBuf {
    let rule = "
name: greet
pack: default
description: Greets Ann
enabled: true
trigger:
  type: core.st2.webhook
  parameters:
    url: greet
criteria:
  trigger.body.name:
    type: equals
    pattern: Ann
action:
  ref: core.local
  parameters:
    cmd: echo hello {{ trigger.body.name }}
";
    let file = squall.folder().join("greet.yaml");
    fs_err::write(&file, rule).unwrap();
    file
}

#[test]
#[expect(clippy::too_many_lines, reason = "what a user sees is long")]
fn a_rule_lives_from_create_to_delete() {
    let Some((squall, st2)) = pair("the stock client makes rules") else {
        return;
    };
    let file = file(&squall);
    let file = file.to_str().unwrap();
    assert_snapshot!(st2.shows(&["rule", "list"]), @"
    +------------------------------------------+----------+----------------------------------------------------+---------+
    | ref                                      | pack     | description                                        | enabled |
    +------------------------------------------+----------+----------------------------------------------------+---------+
    | examples.sample_rule_with_actiontrigger  | examples | Tells when a command that core.local ran has       | False   |
    |                                          |          | failed.                                            |         |
    | examples.sample_rule_with_injected_event | examples | Prints the value of examples.sample_trigger, if it | True    |
    |                                          |          | has one of the wanted values.                      |         |
    | examples.sample_rule_with_timer          | examples | Prints the time every thirty seconds.              | False   |
    | examples.sample_rule_with_webhook        | examples | Prints what is posted to the webhook `sample` by   | True    |
    |                                          |          | somebody who calls himself st2.                    |         |
    | labs_sre.generate_pprof_with_webhook     | labs_sre | Saves the heap profile of a pod that comes near    | True    |
    |                                          |          | its memory limit                                   |         |
    +------------------------------------------+----------+----------------------------------------------------+---------+
    ");
    assert_snapshot!(st2.shows(&["rule", "create", file]), @r#"
    +---------------+---------------------------------------------------------+
    | Property      | Value                                                   |
    +---------------+---------------------------------------------------------+
    | id            | <id>                                                    |
    | name          | greet                                                   |
    | pack          | default                                                 |
    | description   | Greets Ann                                              |
    | action        | {                                                       |
    |               |     "ref": "core.local",                                |
    |               |     "parameters": {                                     |
    |               |         "cmd": "echo hello {{ trigger.body.name }}"     |
    |               |     }                                                   |
    |               | }                                                       |
    | context       | {                                                       |
    |               |     "user": "stanley"                                   |
    |               | }                                                       |
    | criteria      | {                                                       |
    |               |     "trigger.body.name": {                              |
    |               |         "type": "equals",                               |
    |               |         "pattern": "Ann"                                |
    |               |     }                                                   |
    |               | }                                                       |
    | enabled       | True                                                    |
    | metadata_file |                                                         |
    | ref           | default.greet                                           |
    | tags          |                                                         |
    | trigger       | {                                                       |
    |               |     "type": "core.st2.webhook",                         |
    |               |     "ref": "core.<uuid>                              ", |
    |               |     "parameters": {                                     |
    |               |         "url": "greet"                                  |
    |               |     }                                                   |
    |               | }                                                       |
    | type          | {                                                       |
    |               |     "ref": "standard",                                  |
    |               |     "parameters": {}                                    |
    |               | }                                                       |
    | uid           | rule:default:greet                                      |
    +---------------+---------------------------------------------------------+
    "#);
    assert_snapshot!(st2.shows(&["rule", "get", "default.greet"]), @r#"
    +---------------+---------------------------------------------------------+
    | Property      | Value                                                   |
    +---------------+---------------------------------------------------------+
    | id            | <id>                                                    |
    | uid           | rule:default:greet                                      |
    | ref           | default.greet                                           |
    | pack          | default                                                 |
    | name          | greet                                                   |
    | description   | Greets Ann                                              |
    | enabled       | True                                                    |
    | action        | {                                                       |
    |               |     "ref": "core.local",                                |
    |               |     "parameters": {                                     |
    |               |         "cmd": "echo hello {{ trigger.body.name }}"     |
    |               |     }                                                   |
    |               | }                                                       |
    | context       | {                                                       |
    |               |     "user": "stanley"                                   |
    |               | }                                                       |
    | criteria      | {                                                       |
    |               |     "trigger.body.name": {                              |
    |               |         "type": "equals",                               |
    |               |         "pattern": "Ann"                                |
    |               |     }                                                   |
    |               | }                                                       |
    | metadata_file |                                                         |
    | tags          |                                                         |
    | trigger       | {                                                       |
    |               |     "type": "core.st2.webhook",                         |
    |               |     "ref": "core.<uuid>                              ", |
    |               |     "parameters": {                                     |
    |               |         "url": "greet"                                  |
    |               |     }                                                   |
    |               | }                                                       |
    | type          | {                                                       |
    |               |     "ref": "standard",                                  |
    |               |     "parameters": {}                                    |
    |               | }                                                       |
    +---------------+---------------------------------------------------------+
    "#);
    assert_snapshot!(st2.shows(&["webhook", "list"]), @"
    +--------+------------------+-------------+
    | url    | type             | description |
    +--------+------------------+-------------+
    | greet  | core.st2.webhook |             |
    | pprof  | core.st2.webhook |             |
    | sample | core.st2.webhook |             |
    +--------+------------------+-------------+
    ");
    assert_snapshot!(st2.refuses(&["rule", "create", file]), @r#"
    ERROR: 409 Client Error: Conflict
    MESSAGE: "default.greet" exists already. for url: http://<address>/api/v1/rules
    "#);

    assert_snapshot!(st2.shows(&["rule", "disable", "default.greet"]), @r#"
    +---------------+---------------------------------------------------------+
    | Property      | Value                                                   |
    +---------------+---------------------------------------------------------+
    | id            | <id>                                                    |
    | name          | greet                                                   |
    | pack          | default                                                 |
    | description   | Greets Ann                                              |
    | action        | {                                                       |
    |               |     "ref": "core.local",                                |
    |               |     "parameters": {                                     |
    |               |         "cmd": "echo hello {{ trigger.body.name }}"     |
    |               |     }                                                   |
    |               | }                                                       |
    | context       | {                                                       |
    |               |     "user": "stanley"                                   |
    |               | }                                                       |
    | criteria      | {                                                       |
    |               |     "trigger.body.name": {                              |
    |               |         "type": "equals",                               |
    |               |         "pattern": "Ann"                                |
    |               |     }                                                   |
    |               | }                                                       |
    | enabled       | False                                                   |
    | metadata_file |                                                         |
    | ref           | default.greet                                           |
    | tags          |                                                         |
    | trigger       | {                                                       |
    |               |     "type": "core.st2.webhook",                         |
    |               |     "ref": "core.<uuid>                              ", |
    |               |     "parameters": {                                     |
    |               |         "url": "greet"                                  |
    |               |     }                                                   |
    |               | }                                                       |
    | type          | {                                                       |
    |               |     "ref": "standard",                                  |
    |               |     "parameters": {}                                    |
    |               | }                                                       |
    | uid           | rule:default:greet                                      |
    +---------------+---------------------------------------------------------+
    "#);
    squall.post("/api/v1/webhooks/greet", &json!({"name": "Ann"}), 202);
    assert_snapshot!(st2.shows(&["rule", "enable", "default.greet"]), @r#"
    +---------------+---------------------------------------------------------+
    | Property      | Value                                                   |
    +---------------+---------------------------------------------------------+
    | id            | <id>                                                    |
    | name          | greet                                                   |
    | pack          | default                                                 |
    | description   | Greets Ann                                              |
    | action        | {                                                       |
    |               |     "ref": "core.local",                                |
    |               |     "parameters": {                                     |
    |               |         "cmd": "echo hello {{ trigger.body.name }}"     |
    |               |     }                                                   |
    |               | }                                                       |
    | context       | {                                                       |
    |               |     "user": "stanley"                                   |
    |               | }                                                       |
    | criteria      | {                                                       |
    |               |     "trigger.body.name": {                              |
    |               |         "type": "equals",                               |
    |               |         "pattern": "Ann"                                |
    |               |     }                                                   |
    |               | }                                                       |
    | enabled       | True                                                    |
    | metadata_file |                                                         |
    | ref           | default.greet                                           |
    | tags          |                                                         |
    | trigger       | {                                                       |
    |               |     "type": "core.st2.webhook",                         |
    |               |     "ref": "core.<uuid>                              ", |
    |               |     "parameters": {                                     |
    |               |         "url": "greet"                                  |
    |               |     }                                                   |
    |               | }                                                       |
    | type          | {                                                       |
    |               |     "ref": "standard",                                  |
    |               |     "parameters": {}                                    |
    |               | }                                                       |
    | uid           | rule:default:greet                                      |
    +---------------+---------------------------------------------------------+
    "#);
    squall.post("/api/v1/webhooks/greet", &json!({"name": "Ann"}), 202);
    wait::until("both events to be decided", || {
        let events = squall.get("/api/v1/triggerinstances?status=processed");
        match events.as_array().unwrap().len() {
            2 => Ok(()),
            _ => Err(events.to_string()),
        }
    });
    let decisions = squall.get("/api/v1/ruleenforcements");
    assert_eq!(decisions.as_array().unwrap().len(), 1, "{decisions}");

    assert_snapshot!(st2.shows(&["rule", "delete", "default.greet"]), @r#"Resource with id "default.greet" has been successfully deleted."#);
    squall.post("/api/v1/webhooks/greet", &json!({"name": "Ann"}), 404);
    assert_snapshot!(st2.refuses(&["rule", "get", "default.greet"]), @r#"
    Rule "default.greet" is not found.

    ERROR: Resource default.greet not found.
    "#);
}

/// What was made over the API is there after a restart.
#[test]
fn a_rule_outlives_the_server() {
    let story = "the stock client finds its rule after a restart";
    let Some((squall, st2)) = pair(story) else {
        return;
    };
    let file = file(&squall);
    st2.shows(&["rule", "create", file.to_str().unwrap()]);
    let before = st2.json(&["rule", "get", "default.greet"]);
    let squall = squall.kill().start();
    let st2 = st2.moved_to(&squall);
    assert_eq!(st2.json(&["rule", "get", "default.greet"]), before);
    squall.post("/api/v1/webhooks/greet", &json!({"name": "Ann"}), 202);
}

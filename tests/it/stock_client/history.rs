//! What has happened is remembered: events, and what was decided about each.

use insta::assert_snapshot;
use serde_json::json;

use super::pair;
use crate::server::Server;
use crate::wait;

#[test]
fn triggers_are_listed() {
    let Some((_squall, st2)) = pair("the stock client lists triggers") else {
        return;
    };
    assert_snapshot!(st2.shows(&["trigger", "list", "--pack", "core"]), @"
    +--------------------------------------+------+--------------------------------------------------------+
    | ref                                  | pack | description                                            |
    +--------------------------------------+------+--------------------------------------------------------+
    | core.cloudevent                      | core | A CloudEvent came in at /squall/v1/cloudevents.        |
    | core.st2.CronTimer                   | core | A moment of a calendar has come, again and again.      |
    | core.st2.DateTimer                   | core | A moment has come, once.                               |
    | core.st2.IntervalTimer               | core | Some time has passed, again and again.                 |
    | core.st2.action.file_written         | core | A file of an action was written over the API.          |
    | core.st2.generic.actiontrigger       | core | An execution of an action has ended.                   |
    | core.st2.generic.inquiry             | core | A question waits for an answer.                        |
    | core.st2.generic.notifytrigger       | core | Somebody is to be told of an execution that has ended. |
    | core.st2.key_value_pair.create       | core | A key was made in the datastore.                       |
    | core.st2.key_value_pair.delete       | core | A key in the datastore was deleted.                    |
    | core.st2.key_value_pair.update       | core | A key in the datastore was set again.                  |
    | core.st2.key_value_pair.value_change | core | The value of a key in the datastore has changed.       |
    | core.st2.sensor.process_exit         | core | A sensor has ended.                                    |
    | core.st2.sensor.process_spawn        | core | A sensor was started.                                  |
    | core.st2.webhook                     | core | Something was posted to /webhooks/<url>.               |
    +--------------------------------------+------+--------------------------------------------------------+
    ");
    assert_snapshot!(st2.shows(&["trigger", "get", "examples.sample_trigger"]), @r#"
    +-------------------+-------------------------------------------------------------+
    | Property          | Value                                                       |
    +-------------------+-------------------------------------------------------------+
    | id                | <id>                                                        |
    | ref               | examples.sample_trigger                                     |
    | pack              | examples                                                    |
    | name              | sample_trigger                                              |
    | description       | An event to try things with; core.inject_trigger makes one. |
    | parameters_schema |                                                             |
    | payload_schema    | {                                                           |
    |                   |     "type": "object",                                       |
    |                   |     "properties": {                                         |
    |                   |         "value": {                                          |
    |                   |             "description": "Any text.",                     |
    |                   |             "type": "string",                               |
    |                   |             "required": true                                |
    |                   |         },                                                  |
    |                   |         "executed_at": {                                    |
    |                   |             "description": "When it happened.",             |
    |                   |             "type": "string",                               |
    |                   |             "format": "date-time"                           |
    |                   |         }                                                   |
    |                   |     }                                                       |
    |                   | }                                                           |
    | metadata_file     | triggers/sample_trigger.yaml                                |
    | tags              |                                                             |
    | uid               | trigger_type:examples:sample_trigger                        |
    +-------------------+-------------------------------------------------------------+
    "#);
}

#[test]
fn an_event_and_its_decision_are_shown_and_the_event_is_sent_again() {
    let Some((squall, st2)) = pair("the stock client shows events and decisions") else {
        return;
    };
    let event = json!({"trigger": "examples.sample_trigger", "payload": {"value": "green"}});
    squall.post("/api/v1/webhooks/st2", &event, 202);
    wait_for_decisions(&squall, 1);

    assert_snapshot!(st2.shows(&["trigger-instance", "list"]), @"
    +--------------------------+-------------------------+-------------------------------+-----------+
    | id                       | trigger                 | occurrence_time               | status    |
    +--------------------------+-------------------------+-------------------------------+-----------+
    | <id>                     | examples.sample_trigger | <time>                        | processed |
    +--------------------------+-------------------------+-------------------------------+-----------+
    ");
    let events = st2.json(&["trigger-instance", "list"]);
    let event = events[0]["id"].as_str().unwrap();
    assert_snapshot!(st2.shows(&["trigger-instance", "get", event]), @r#"
    +-----------------+-----------------------------+
    | Property        | Value                       |
    +-----------------+-----------------------------+
    | id              | <id>                        |
    | trigger         | examples.sample_trigger     |
    | occurrence_time | <time>                      |
    | payload         | {                           |
    |                 |     "value": "green"        |
    |                 | }                           |
    | status          | processed                   |
    +-----------------+-----------------------------+
    "#);
    assert_snapshot!(st2.shows(&["rule-enforcement", "list"]), @"
    +--------------------------+------------------------------------+--------------------------+--------------------------+-----------------------------+
    | id                       | rule.ref                           | trigger_instance_id      | execution_id             | enforced_at                 |
    +--------------------------+------------------------------------+--------------------------+--------------------------+-----------------------------+
    | <id>                     | examples.sample_rule_with_injected | <id>                     | <id>                     | <time>                      |
    |                          | _event                             |                          |                          |                             |
    +--------------------------+------------------------------------+--------------------------+--------------------------+-----------------------------+
    ");
    let decisions = st2.json(&["rule-enforcement", "list"]);
    let decision = decisions[0]["id"].as_str().unwrap();
    assert_snapshot!(st2.shows(&["rule-enforcement", "get", decision]), @"
    +---------------------+------------------------------------------+
    | Property            | Value                                    |
    +---------------------+------------------------------------------+
    | id                  | <id>                                     |
    | rule.ref            | examples.sample_rule_with_injected_event |
    | trigger_instance_id | <id>                                     |
    | execution_id        | <id>                                     |
    | failure_reason      |                                          |
    | enforced_at         | <time>                                   |
    +---------------------+------------------------------------------+
    ");

    assert_snapshot!(st2.shows(&["trigger-instance", "re-emit", event]), @"Trigger instance <id>                     succesfully re-sent.");
    wait_for_decisions(&squall, 2);
    assert_snapshot!(st2.shows(&[
        "trigger-instance",
        "list",
        "--trigger",
        "examples.sample_trigger"
    ]), @"
    +--------------------------+-------------------------+-------------------------------+-----------+
    | id                       | trigger                 | occurrence_time               | status    |
    +--------------------------+-------------------------+-------------------------------+-----------+
    | <id>                     | examples.sample_trigger | <time>                        | processed |
    | <id>                     | examples.sample_trigger | <time>                        | processed |
    +--------------------------+-------------------------+-------------------------------+-----------+
    ");
}

fn wait_for_decisions(squall: &Server, wanted: usize) {
    wait::until("the decisions", || {
        let decisions = squall.get("/api/v1/ruleenforcements");
        match decisions.as_array().unwrap().len() {
            count if count == wanted => Ok(()),
            _ => Err(decisions.to_string()),
        }
    });
}

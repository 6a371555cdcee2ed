//! What belongs together is found again: by a tag, an event, a rule, an execution.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::pair;
use crate::http::Request;
use crate::server::Server;
use crate::wait;

#[test]
fn a_trace_tells_what_an_event_has_led_to() {
    let Some((squall, st2)) = pair("the stock client shows traces") else {
        return;
    };
    let event = json!({"trigger": "examples.sample_trigger", "payload": {"value": "green"}});
    let request =
        Request::post("/api/v1/webhooks/st2", &event).header("St2-Trace-Tag", "release-7");
    assert_eq!(squall.send(&request).status, 202);
    let decision = decision(&squall);
    assert_snapshot!(st2.shows(&["trace", "list", "-c", "release-7"]), @"
    id: <id>
    trace_tag: release-7
    start_timestamp: <time>
    +--------------------------+------------------+------------------------------------------+-----------------------------+
    | id                       | type             | ref                                      | updated_at                  |
    +--------------------------+------------------+------------------------------------------+-----------------------------+
    | <id>                     | trigger-instance | examples.sample_trigger                  | <time>                      |
    | <id>                     | rule             | examples.sample_rule_with_injected_event | <time>                      |
    | <id>                     | execution        | core.echo                                | <time>                      |
    +--------------------------+------------------+------------------------------------------+-----------------------------+
    ");
    let trace = st2.json(&["trace", "list", "-c", "release-7"]);
    let id = trace["id"].as_str().unwrap();
    let caused_by = |kind: &str| trace[kind][0]["caused_by"].clone();
    let (event, rule) = (&decision["trigger_instance_id"], &decision["rule"]["id"]);
    assert_eq!(caused_by("trigger_instances"), json!({}));
    assert_eq!(
        caused_by("rules"),
        json!({"type": "trigger_instance", "id": event})
    );
    let both = format!("{}:{}", rule.as_str().unwrap(), event.as_str().unwrap());
    assert_eq!(
        caused_by("action_executions"),
        json!({"type": "rule", "id": both})
    );

    assert_snapshot!(st2.shows(&["trace", "get", id]), @"
    id: <id>
    trace_tag: release-7
    start_timestamp: <time>
    +--------------------------+------------------+------------------------------------------+-----------------------------+
    | id                       | type             | ref                                      | updated_at                  |
    +--------------------------+------------------+------------------------------------------+-----------------------------+
    | <id>                     | trigger-instance | examples.sample_trigger                  | <time>                      |
    | <id>                     | rule             | examples.sample_rule_with_injected_event | <time>                      |
    | <id>                     | execution        | core.echo                                | <time>                      |
    +--------------------------+------------------+------------------------------------------+-----------------------------+
    ");
    let execution = decision["execution_id"].as_str().unwrap();
    assert_snapshot!(st2.shows(&["trace", "get", id, "-r", rule.as_str().unwrap()]), @"
    id: <id>
    trace_tag: release-7
    start_timestamp: <time>
    +--------------------------+------------------+------------------------------------------+-----------------------------+
    | id                       | type             | ref                                      | updated_at                  |
    +--------------------------+------------------+------------------------------------------+-----------------------------+
    | <id>                     | trigger-instance | examples.sample_trigger                  | <time>                      |
    | <id>                     | rule             | examples.sample_rule_with_injected_event | <time>                      |
    +--------------------------+------------------+------------------------------------------+-----------------------------+
    ");
    assert_snapshot!(st2.shows(&["trace", "get", id, "-e", execution, "--show-executions"]), @"
    id: <id>
    trace_tag: release-7
    start_timestamp: <time>
    +--------------------------+-----------+-----------+-----------------------------+
    | id                       | type      | ref       | updated_at                  |
    +--------------------------+-----------+-----------+-----------------------------+
    | <id>                     | execution | core.echo | <time>                      |
    +--------------------------+-----------+-----------+-----------------------------+
    ");
    let filters = [
        ["-e", execution],
        ["-r", rule.as_str().unwrap()],
        ["-g", event.as_str().unwrap()],
    ];
    for [filter, value] in filters {
        let found = st2.json(&["trace", "list", filter, value]);
        assert_eq!(found["id"], trace["id"], "{filter}: {found}");
        let none = st2.shows(&["trace", "list", filter, "5f1d7a1e9c2b4a0012345678"]);
        assert_eq!(none, "No matching items found", "{filter}");
    }
}

#[test]
fn executions_begin_traces_and_join_them() {
    let Some((_squall, st2)) = pair("the stock client traces executions") else {
        return;
    };
    st2.shows(&["run", "core.noop", "--trace-tag", "nightly"]);
    let found = st2.json(&["trace", "list", "-c", "nightly"]);
    let id = found["id"].as_str().unwrap();
    assert_snapshot!(st2.shows(&["run", "core.noop", "--trace-id", id]), @"
    id: <id>
    action.ref: core.noop
    context.user: stanley
    parameters: None
    status: succeeded
    start_timestamp: <time>
    end_timestamp: <time>
    result:
      failed: false
      return_code: 0
      succeeded: true
    ");
    let first = found["action_executions"][0]["object_id"].as_str().unwrap();
    st2.shows(&["execution", "re-run", first]);
    assert_snapshot!(st2.shows(&["trace", "get", id]), @"
    id: <id>
    trace_tag: nightly
    start_timestamp: <time>
    +--------------------------+-----------+-----------+-----------------------------+
    | id                       | type      | ref       | updated_at                  |
    +--------------------------+-----------+-----------+-----------------------------+
    | <id>                     | execution | core.noop | <time>                      |
    | <id>                     | execution | core.noop | <time>                      |
    | <id>                     | execution | core.noop | <time>                      |
    +--------------------------+-----------+-----------+-----------------------------+
    ");
    assert_snapshot!(st2.refuses(&["run", "core.noop", "--trace-id", "5f1d7a1e9c2b4a0012345678"]), @r#"
    ERROR: 400 Client Error: Bad Request
    MESSAGE: Unable to find Trace with id="<id>                    " for url: http://<address>/api/v1/executions
    "#);
    assert_snapshot!(st2.shows(&["run", "core.noop"]), @"
    id: <id>
    action.ref: core.noop
    context.user: stanley
    parameters: None
    status: succeeded
    start_timestamp: <time>
    end_timestamp: <time>
    result:
      failed: false
      return_code: 0
      succeeded: true
    ");
    assert_snapshot!(st2.shows(&["trace", "list"]), @"
    +--------------------------+--------------------------------+------------------------------------+-------------------------------+
    | id                       | uid                            | trace_tag                          | start_timestamp               |
    +--------------------------+--------------------------------+------------------------------------+-------------------------------+
    | <id>                     | trace:<id>                     | execution-<id>                     | <time>                        |
    | <id>                     | trace:<id>                     | nightly                            | <time>                        |
    +--------------------------+--------------------------------+------------------------------------+-------------------------------+
    ");
    let tags: Vec<Value> = st2
        .json(&["trace", "list", "-s", "asc"])
        .as_array()
        .unwrap()
        .iter()
        .map(|trace| trace["trace_tag"].clone())
        .collect();
    assert_eq!(tags[0], "nightly");
}

fn decision(squall: &Server) -> Value {
    wait::until("the decision", || {
        let decisions = squall.get("/api/v1/ruleenforcements");
        match decisions.as_array().unwrap().as_slice() {
            [decision] => Ok(decision.clone()),
            _ => Err(decisions.to_string()),
        }
    })
}

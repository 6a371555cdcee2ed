//! Executions are listed, shown, followed and cancelled.

use insta::assert_snapshot;

use super::pair;
use crate::machine;
use crate::wait;

#[test]
fn executions_are_listed_shown_and_followed() {
    let Some((_squall, st2)) = pair("the stock client shows executions") else {
        return;
    };
    st2.shows(&["run", "core.local", "cmd=echo first; echo second"]);
    st2.shows(&["run", "core.noop"]);
    assert_snapshot!(st2.shows(&["execution", "list"]), @"
    +--------------------------+------------+--------------+------------------------+-------------------------------+-------------------------------+
    | id                       | action.ref | context.user | status                 | start_timestamp               | end_timestamp                 |
    +--------------------------+------------+--------------+------------------------+-------------------------------+-------------------------------+
    | <id>                     | core.local | stanley      | succeeded (_s elapsed) | <time>                        | <time>                        |
    | <id>                     | core.noop  | stanley      | succeeded (_s elapsed) | <time>                        | <time>                        |
    +--------------------------+------------+--------------+------------------------+-------------------------------+-------------------------------+
    ");
    assert_snapshot!(st2.shows(&[
        "execution",
        "list",
        "--action",
        "core.noop",
        "-a",
        "action.ref",
        "status"
    ]), @"
    +------------+-----------+
    | action.ref | status    |
    +------------+-----------+
    | core.noop  | succeeded |
    +------------+-----------+
    ");
    let newest = st2.json(&["execution", "list", "--action", "core.local"]);
    let id = newest[0]["id"].as_str().unwrap();
    assert_snapshot!(st2.shows(&["execution", "get", id]), @"
    id: <id>
    action.ref: core.local
    context.user: stanley
    parameters:
      cmd: echo first; echo second
    status: succeeded (_s elapsed)
    start_timestamp: <time>
    end_timestamp: <time>
    log:
      - status: requested
        timestamp: '<time>                     '
      - status: scheduled
        timestamp: '<time>                     '
      - status: running
        timestamp: '<time>                     '
      - status: succeeded
        timestamp: '<time>                     '
    result:
      failed: false
      return_code: 0
      stderr: ''
      stdout: 'first
        second'
      succeeded: true
    ");
    assert_snapshot!(st2.shows(&["execution", "get", id, "-k", "stdout"]), @"
    first
    second
    ");
    assert_snapshot!(st2.shows(&["execution", "tail", id]), @"
    first
    second

    Execution <id>                     has completed (status=succeeded).
    ");
    assert_snapshot!(st2.shows(&["execution", "cancel", id]), @"Action cannot be canceled. State = succeeded.");
    assert_snapshot!(st2.refuses(&["execution", "get", "5f1d7a1e9c2b4a0012345678"]), @r#"
    Action Execution "<id>                    " is not found.

    ERROR: Resource <id>                     not found.
    "#);
}

/// What is printed while the action runs arrives while it runs: the client is told of the first line before it is let
/// go on to the second.
#[test]
fn output_is_followed_while_it_comes() {
    let Some((squall, st2)) = pair("the stock client follows an action") else {
        return;
    };
    let gate = squall.folder().join("gate");
    let command = format!(
        "cmd=echo first; while [ ! -e {} ]; do sleep 0.1; done; echo second",
        gate.display()
    );
    st2.shows(&["run", "core.local", &command, "-a"]);
    let started = st2.json(&["execution", "list"]);
    let id = started[0]["id"].as_str().unwrap();
    let shown = st2.shows_while_it_runs(&["execution", "tail", id], "first", || {
        fs_err::write(&gate, "").unwrap();
    });
    assert_snapshot!(shown, @"
    first
    second

    Execution <id>                     has completed (status=succeeded).
    ");
}

#[test]
fn a_running_action_is_cancelled_and_its_process_is_gone() {
    let Some((_squall, st2)) = pair("the stock client cancels an action") else {
        return;
    };
    assert_snapshot!(st2.shows(&["run", "core.local", "cmd=sleep 4100.25", "-a"]), @"
    To get the results, execute:
     st2 execution get <id>

    To view output in real-time, execute:
     st2 execution tail <id>
    ");
    wait::until("the process to start", || {
        match machine::processes("4100.25") {
            0 => Err("no process".to_owned()),
            _ => Ok(()),
        }
    });
    let running = st2.json(&["execution", "list", "--status", "running"]);
    let id = running[0]["id"].as_str().unwrap();
    assert_snapshot!(st2.shows(&["execution", "cancel", id]), @"action execution with id <id>                     canceled.");
    wait::until("the process to be gone", || {
        match machine::processes("4100.25") {
            0 => Ok(()),
            count => Err(format!("{count} processes")),
        }
    });
    wait::until("the execution to be cancelled", || {
        match st2.json(&["execution", "get", id])["status"].as_str() {
            Some("canceled") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    assert_snapshot!(st2.shows(&["execution", "get", id]), @"
    id: <id>
    action.ref: core.local
    context.user: stanley
    parameters:
      cmd: sleep 4100.25
    status: canceled (_s elapsed)
    start_timestamp: <time>
    end_timestamp: <time>
    log:
      - status: requested
        timestamp: '<time>                     '
      - status: scheduled
        timestamp: '<time>                     '
      - status: running
        timestamp: '<time>                     '
      - status: canceling
        timestamp: '<time>                     '
      - status: canceled
        timestamp: '<time>                     '
    result:
      message: Action canceled by user.
      user: stanley
    ");
}

#[test]
fn what_was_done_is_done_again() {
    let Some((_squall, st2)) = pair("the stock client runs an action again") else {
        return;
    };
    st2.shows(&["run", "core.local", "cmd=echo one"]);
    let done = st2.json(&["execution", "list"]);
    let id = done[0]["id"].as_str().unwrap();
    assert_snapshot!(st2.shows(&["execution", "re-run", id]), @"
    id: <id>
    action.ref: core.local
    context.user: stanley
    parameters:
      cmd: echo one
    status: succeeded
    start_timestamp: <time>
    end_timestamp: <time>
    result:
      failed: false
      return_code: 0
      stderr: ''
      stdout: one
      succeeded: true
    ");
    assert_snapshot!(st2.shows(&["execution", "re-run", id, "cmd=echo two", "-k", "stdout"]), @"two");
    assert_snapshot!(st2.refuses(&["execution", "re-run", id, "--tasks", "one"]), @"
    ERROR: 400 Client Error: Bad Request
    MESSAGE: Task option is only supported for Orquesta workflows. for url: http://<address>/api/v1/executions/<id>                    /re_run
    ");
    assert_snapshot!(st2.refuses(&["execution", "re-run", "5f1d7a1e9c2b4a0012345678"]), @r#"ERROR: Action execution with id "<id>                    " cannot be found."#);
    assert_snapshot!(st2.shows(&["execution", "get", id, "-x"]), @"
    id: <id>
    action.ref: core.local
    context.user: stanley
    parameters:
      cmd: echo one
    status: succeeded (_s elapsed)
    start_timestamp: <time>
    end_timestamp: <time>
    log:
      - status: requested
        timestamp: '<time>                     '
      - status: scheduled
        timestamp: '<time>                     '
      - status: running
        timestamp: '<time>                     '
      - status: succeeded
        timestamp: '<time>                     '
    result: None
    ");
    assert_snapshot!(st2.shows(&["execution", "get", id, "--key", "stdout"]), @"one");
    assert_snapshot!(st2.shows(&["execution", "get", "last", "-k", "return_code"]), @"0");
}

#[test]
fn what_is_delayed_is_not_waited_for() {
    let Some((_squall, st2)) = pair("the stock client delays an action") else {
        return;
    };
    assert_snapshot!(st2.shows(&["run", "core.noop", "--delay", "3600000"]), @"

    id: <id>
    action.ref: core.noop
    context.user: stanley
    parameters: None
    status: delayed
    start_timestamp: <time>
    end_timestamp:
    result: None
    ");
    let delayed = st2.json(&["execution", "list", "--status", "delayed"]);
    let id = delayed[0]["id"].as_str().unwrap();
    assert_snapshot!(st2.shows(&["execution", "get", id, "--attr", "status", "delay"]), @"
    status: delayed
    delay: 3600000
    ");
    assert_snapshot!(st2.shows(&["execution", "cancel", id]), @"action execution with id <id>                     canceled.");
    assert_snapshot!(st2.shows(&["execution", "get", id, "--attr", "status", "result"]), @"
    status: canceled (_s elapsed)
    result:
      message: Action canceled by user.
      user: stanley
    ");
}

#[test]
fn only_workflows_are_paused() {
    let Some((_squall, st2)) = pair("the stock client pauses an action") else {
        return;
    };
    st2.shows(&["run", "core.noop", "--delay", "3600000"]);
    let id = &st2.json(&["execution", "list"])[0]["id"];
    let id = id.as_str().unwrap();
    assert_snapshot!(st2.refuses(&["execution", "pause", id]), @r#"
    ERROR: 400 Client Error: Bad Request
    MESSAGE: Failed updating execution. Unable to pause liveaction "<id>                    " because it is not supported by the "noop" runner. for url: http://<address>/api/v1/executions/<id>
    "#);
    assert_snapshot!(st2.refuses(&["execution", "resume", id]), @r#"
    ERROR: 400 Client Error: Bad Request
    MESSAGE: Failed updating execution. Unable to resume liveaction "<id>                    " because it is not supported by the "noop" runner. for url: http://<address>/api/v1/executions/<id>
    "#);
}

/// `--user` would let anybody be anybody (CVE-2026-85513).
#[test]
fn nobody_runs_an_action_as_somebody_else() {
    let Some((_squall, st2)) = pair("the stock client asks to be another user") else {
        return;
    };
    assert_snapshot!(st2.refuses(&["run", "core.noop", "--user", "root"]), @r#"
    ERROR: 403 Client Error: Forbidden
    MESSAGE: "user" cannot be chosen: an execution runs for who has signed in, "stanley". for url: http://<address>/api/v1/executions
    "#);
    assert_snapshot!(st2.shows(&["run", "core.noop", "--user", "stanley"]), @"
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
}

//! Actions are made, changed, switched off and on, copied and deleted, with the files they run.

use insta::assert_snapshot;
use serde_json::json;

use super::pair;
use crate::http::Request;
use crate::server::Server;

/// A file with this text in the server's folder.
fn file(squall: &Server, name: &str, text: &str) -> String {
    let file = squall.folder().join(name);
    fs_err::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

const HELLO: &str = "
name: hello
pack: default
description: Says hello.
runner_type: local-shell-cmd
entry_point: ''
parameters:
  who: {type: string, default: world}
  cmd: {default: 'echo hello {{ who }}', immutable: true}
";

#[test]
#[expect(clippy::too_many_lines, reason = "what a user sees is long")]
fn an_action_lives_from_create_to_delete() {
    let Some((squall, st2)) = pair("the stock client makes actions") else {
        return;
    };
    let hello = file(&squall, "hello.yaml", HELLO);
    assert_snapshot!(st2.shows(&["action", "create", &hello]), @r#"
    +---------------+--------------------------------------------+
    | Property      | Value                                      |
    +---------------+--------------------------------------------+
    | id            | <id>                                       |
    | name          | hello                                      |
    | pack          | default                                    |
    | description   | Says hello.                                |
    | enabled       | True                                       |
    | entry_point   |                                            |
    | metadata_file |                                            |
    | notify        |                                            |
    | output_schema |                                            |
    | parameters    | {                                          |
    |               |     "who": {                               |
    |               |         "type": "string",                  |
    |               |         "default": "world"                 |
    |               |     },                                     |
    |               |     "cmd": {                               |
    |               |         "default": "echo hello {{ who }}", |
    |               |         "immutable": true                  |
    |               |     }                                      |
    |               | }                                          |
    | ref           | default.hello                              |
    | runner_type   | local-shell-cmd                            |
    | tags          |                                            |
    | uid           | action:default:hello                       |
    +---------------+--------------------------------------------+
    "#);
    assert_snapshot!(st2.refuses(&["action", "create", &hello]), @r#"
    ERROR: 409 Client Error: Conflict
    MESSAGE: "default.hello" exists already. for url: http://<address>/api/v1/actions
    "#);
    assert_snapshot!(st2.shows(&["run", "default.hello", "who=ann"]), @"
    id: <id>
    action.ref: default.hello
    context.user: stanley
    parameters:
      who: ann
    status: succeeded
    start_timestamp: <time>
    end_timestamp: <time>
    result:
      failed: false
      return_code: 0
      stderr: ''
      stdout: hello ann
      succeeded: true
    ");
    let other = file(
        &squall,
        "other.yaml",
        &HELLO.replace("Says hello.", "Greets."),
    );
    assert_snapshot!(st2.shows(&["action", "update", "default.hello", &other]), @r#"
    +---------------+--------------------------------------------+
    | Property      | Value                                      |
    +---------------+--------------------------------------------+
    | id            | <id>                                       |
    | name          | hello                                      |
    | pack          | default                                    |
    | description   | Greets.                                    |
    | enabled       | True                                       |
    | entry_point   |                                            |
    | metadata_file |                                            |
    | notify        |                                            |
    | output_schema |                                            |
    | parameters    | {                                          |
    |               |     "who": {                               |
    |               |         "type": "string",                  |
    |               |         "default": "world"                 |
    |               |     },                                     |
    |               |     "cmd": {                               |
    |               |         "default": "echo hello {{ who }}", |
    |               |         "immutable": true                  |
    |               |     }                                      |
    |               | }                                          |
    | ref           | default.hello                              |
    | runner_type   | local-shell-cmd                            |
    | tags          |                                            |
    | uid           | action:default:hello                       |
    +---------------+--------------------------------------------+
    "#);
    assert_snapshot!(st2.shows(&["action", "disable", "default.hello"]), @r#"
    +---------------+--------------------------------------------+
    | Property      | Value                                      |
    +---------------+--------------------------------------------+
    | id            | <id>                                       |
    | name          | hello                                      |
    | pack          | default                                    |
    | description   | Greets.                                    |
    | enabled       | False                                      |
    | entry_point   |                                            |
    | metadata_file |                                            |
    | notify        |                                            |
    | output_schema |                                            |
    | parameters    | {                                          |
    |               |     "who": {                               |
    |               |         "type": "string",                  |
    |               |         "default": "world"                 |
    |               |     },                                     |
    |               |     "cmd": {                               |
    |               |         "default": "echo hello {{ who }}", |
    |               |         "immutable": true                  |
    |               |     }                                      |
    |               | }                                          |
    | ref           | default.hello                              |
    | runner_type   | local-shell-cmd                            |
    | tags          |                                            |
    | uid           | action:default:hello                       |
    +---------------+--------------------------------------------+
    "#);
    assert_snapshot!(st2.refuses(&["run", "default.hello"]), @r#"
    ERROR: 400 Client Error: Bad Request
    MESSAGE: Unable to execute. Action "default.hello" is disabled. for url: http://<address>/api/v1/executions
    "#);
    assert_snapshot!(st2.shows(&["action", "enable", "default.hello"]), @r#"
    +---------------+--------------------------------------------+
    | Property      | Value                                      |
    +---------------+--------------------------------------------+
    | id            | <id>                                       |
    | name          | hello                                      |
    | pack          | default                                    |
    | description   | Greets.                                    |
    | enabled       | True                                       |
    | entry_point   |                                            |
    | metadata_file |                                            |
    | notify        |                                            |
    | output_schema |                                            |
    | parameters    | {                                          |
    |               |     "who": {                               |
    |               |         "type": "string",                  |
    |               |         "default": "world"                 |
    |               |     },                                     |
    |               |     "cmd": {                               |
    |               |         "default": "echo hello {{ who }}", |
    |               |         "immutable": true                  |
    |               |     }                                      |
    |               | }                                          |
    | ref           | default.hello                              |
    | runner_type   | local-shell-cmd                            |
    | tags          |                                            |
    | uid           | action:default:hello                       |
    +---------------+--------------------------------------------+
    "#);
    assert_snapshot!(st2.refuses(&["action", "disable", "core.local"]), @"
    ERROR: 400 Client Error: Bad Request
    MESSAGE: Resources belonging to system level packs can't be manipulated for url: http://<address>/api/v1/actions/<id>
    ");
    assert_snapshot!(st2.shows(&["action", "delete", "default.hello"]), @r#"Resource with id "default.hello" has been successfully deleted."#);
    assert_snapshot!(st2.refuses(&["action", "get", "default.hello"]), @r#"
    Action "default.hello" is not found.

    ERROR: Resource default.hello not found.
    "#);
}

#[test]
fn an_action_is_copied_with_the_file_it_runs() {
    let Some((squall, st2)) = pair("the stock client copies actions") else {
        return;
    };
    let copy = [
        "action",
        "clone",
        "examples.env_reader",
        "default",
        "reader",
    ];
    assert_snapshot!(st2.shows(&copy), @"
    +---------------+--------------------------------------------------------------+
    | Property      | Value                                                        |
    +---------------+--------------------------------------------------------------+
    | id            | <id>                                                         |
    | name          | reader                                                       |
    | pack          | default                                                      |
    | description   | Prints what every action finds in its environment, but for   |
    |               | its token.                                                   |
    | enabled       | True                                                         |
    | entry_point   | reader.sh                                                    |
    | metadata_file | actions/reader.yaml                                          |
    | notify        |                                                              |
    | output_schema |                                                              |
    | parameters    |                                                              |
    | ref           | default.reader                                               |
    | runner_type   | local-shell-script                                           |
    | tags          |                                                              |
    | uid           | action:default:reader                                        |
    +---------------+--------------------------------------------------------------+
    ");
    let actions = squall.folder().join("data/packs/default/actions");
    let text = fs_err::read_to_string(actions.join("reader.yaml")).unwrap();
    assert_snapshot!(text, @"
    description: Prints what every action finds in its environment, but for its token.
    enabled: true
    entry_point: reader.sh
    name: reader
    runner_type: local-shell-script
    ");
    assert!(actions.join("reader.sh").is_file());
    assert_snapshot!(st2.shows(&["run", "default.reader"]), @"
    id: <id>
    action.ref: default.reader
    context.user: stanley
    parameters: None
    status: succeeded
    start_timestamp: <time>
    end_timestamp: <time>
    result:
      failed: false
      return_code: 0
      stderr: ''
      stdout: 'ST2_ACTION_API_URL=http://<address>/api/v1
        ST2_ACTION_DEBUG=False
        ST2_ACTION_EXECUTION_ID=<id>
        ST2_ACTION_PACK_NAME=default'
      succeeded: true
    ");
    // Once more replaces it, and a server that is started again still has it.
    st2.shows(&[&copy[..], &["--force"]].concat());
    let (settings, _) = squall.stop();
    let squall = settings.start();
    let st2 = st2.moved_to(&squall);
    st2.shows(&["action", "get", "default.reader"]);
    // The client tells what is wrong, and ends well all the same.
    assert_snapshot!(st2.shows(&["action", "clone", "core.local", "core", "mine"]), @"
    ERROR: 400 Client Error: Bad Request
    MESSAGE: Resources belonging to system level packs can't be manipulated for url: http://<address>/api/v1/actions/core.local/clone
    ");
    assert_snapshot!(st2.shows(&["action", "clone", "core.local", "nowhere", "mine"]), @"
    ERROR: 400 Client Error: Bad Request
    MESSAGE: Destination pack 'nowhere' doesn't exist for url: http://<address>/api/v1/actions/core.local/clone
    ");
    assert_snapshot!(st2.shows(&["action", "clone", "core.local", "default", "../../x"]), @r#"
    ERROR: 400 Client Error: Bad Request
    MESSAGE: "../../x" cannot be the name of an action: it becomes the name of its files for url: http://<address>/api/v1/actions/core.local/clone
    "#);
    st2.shows(&["action", "delete", "default.reader", "--remove-files"]);
    assert!(!actions.join("reader.yaml").exists() && !actions.join("reader.sh").exists());
}

/// The action, its script, and the event that tells of the script, over REST as programs do it.
#[test]
fn an_action_brings_its_files() {
    let squall = crate::server::Settings::dev().start();
    let action = json!({
        "name": "tell", "pack": "default", "runner_type": "local-shell-script", "entry_point": "deep/tell.sh",
        "data_files": [{"file_path": "deep/tell.sh", "content": "#!/bin/sh\necho told\n"}],
    });
    squall.post("/api/v1/actions", &action, 201);
    let run = json!({"action": "default.tell"});
    let id = squall.post("/api/v1/executions", &run, 201)["id"].clone();
    let path = format!("/api/v1/executions/{}", id.as_str().unwrap());
    crate::wait::until("what the script prints", || {
        let execution = squall.get(&path);
        let told = execution["result"]["stdout"] == "told";
        told.then_some(()).ok_or_else(|| execution.to_string())
    });
    let text = squall.send(&Request::get(
        "/api/v1/actions/views/entry_point/default.tell",
    ));
    assert_eq!(text.text(), "#!/bin/sh\necho told\n");
    let told = squall.get("/api/v1/triggerinstances?trigger=core.st2.action.file_written");
    assert_eq!(told[0]["payload"]["ref"], "default.tell");
    let files = squall.get("/api/v1/packs/default")["files"].clone();
    assert!(
        files
            .as_array()
            .unwrap()
            .contains(&json!("actions/deep/tell.sh")),
        "{files}"
    );
    for out in ["../pack.yaml", "/etc/x", "a/../../x", "", ".", "a\u{0}b"] {
        let mut action = action.clone();
        action["name"] = json!("out");
        action["data_files"][0]["file_path"] = json!(out);
        let refused = squall.post("/api/v1/actions", &action, 400);
        let why = refused["faultstring"].as_str().unwrap();
        assert!(why.starts_with("Invalid file path"), "{out}: {why}");
    }
}

//! Where people sign in: nothing goes without a token or an API key.

use insta::assert_snapshot;
use serde_json::json;

use super::{pair, program};
use crate::http::Request;
use crate::packs::examples;
use crate::server::Settings;
use crate::stock::Client;

/// Ann, whose password is `correct horse`.
const PASSWORDS: &str = "ann:$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e\n";

#[test]
fn ann_signs_in() {
    let Some(program) = program("the stock client signs in") else {
        return;
    };
    let squall = Settings::serve(PASSWORDS).packs(&examples()).start();
    let st2 = Client::of(program, &squall);
    assert_snapshot!(st2.refuses(&["action", "list"]), @"
    ERROR: 401 Client Error: Unauthorized
    MESSAGE: Unauthorized - One of Token or API key required. for url: http://<address>/api/v1/actions?include_attributes=ref%2Cpack%2Cdescription
    ");
    assert_snapshot!(st2.refuses(&["login", "ann", "--password", "wrong"]), @"
    ERROR: Failed to log in as ann: 401 Client Error: Unauthorized
    MESSAGE: Invalid or missing credentials for url: http://<address>/auth/v1/tokens
    ");
    assert_snapshot!(st2.shows(&["login", "ann", "--password", "correct horse"]), @r#"
    Logged in as ann

    Note: You didn't use --write-password option so the password hasn't been stored in the client config and you will need to login again in 24 hours when the auth token expires.
    As an alternative, you can run st2 login command with the "--write-password" flag, but keep it mind this will cause it to store the password in plain-text in the client config file (~/.st2/config).
    "#);
    assert_snapshot!(st2.shows(&["whoami"]), @r#"
    Currently logged in as "ann".

    Authentication method: authentication token
    Authentication token expire time: <time>

    RBAC:
     - Enabled: False
     - Roles:
    "#);
    assert_snapshot!(st2.shows(&["run", "core.local", "cmd=echo hi"]), @"
    id: <id>
    action.ref: core.local
    context.user: ann
    parameters:
      cmd: echo hi
    status: succeeded
    start_timestamp: <time>
    end_timestamp: <time>
    result:
      failed: false
      return_code: 0
      stderr: ''
      stdout: hi
      succeeded: true
    ");
}

#[test]
fn an_api_key_opens_what_its_owner_may() {
    let Some(program) = program("the stock client makes an API key") else {
        return;
    };
    let squall = Settings::serve(PASSWORDS).packs(&examples()).start();
    let ann = Client::of(program.clone(), &squall);
    ann.shows(&["login", "ann", "--password", "correct horse"]);
    let key = ann.run(&["apikey", "create", "-k"]).text;
    let key = key.trim();
    let program = Client::of(program, &squall).with("ST2_API_KEY", key);
    assert_snapshot!(program.shows(&["whoami"]), @r#"
    Currently logged in as "ann".

    Authentication method: API key

    RBAC:
     - Enabled: False
     - Roles:
    "#);
    assert_snapshot!(program.shows(&["run", "core.noop"]), @"
    id: <id>
    action.ref: core.noop
    context.user: ann
    parameters: None
    status: succeeded
    start_timestamp: <time>
    end_timestamp: <time>
    result:
      failed: false
      return_code: 0
      succeeded: true
    ");

    let alert = json!({"alerts": []});
    let post = |path: &str| squall.send(&Request::post(path, &alert)).status;
    assert_eq!(post("/api/v1/webhooks/pprof"), 401);
    assert_eq!(post("/api/v1/webhooks/pprof?st2-api-key=nothing"), 401);
    assert_eq!(
        post(&format!("/api/v1/webhooks/pprof?st2-api-key={key}")),
        202
    );
}

#[test]
fn api_keys_are_made_and_listed() {
    let Some((_squall, st2)) = pair("the stock client lists API keys") else {
        return;
    };
    assert_snapshot!(st2.shows(&["apikey", "create", "-m", r#"{"used_by": "ci"}"#]), @r#"
    +------------+--------------------------------------------------------------+
    | Property   | Value                                                        |
    +------------+--------------------------------------------------------------+
    | id         | <id>                                                         |
    | created_at | <time>                                                       |
    | enabled    | True                                                         |
    | key        | <secret>                                                     |
    |            | <secret>                                                     |
    | metadata   | {                                                            |
    |            |     "used_by": "ci"                                          |
    |            | }                                                            |
    | uid        | api_key:********                                             |
    | user       | stanley                                                      |
    +------------+--------------------------------------------------------------+
    "#);
    assert_snapshot!(st2.shows(&["apikey", "list"]), @"
    +--------------------------+---------+-------------------+
    | id                       | user    | metadata          |
    +--------------------------+---------+-------------------+
    | <id>                     | stanley | {'used_by': 'ci'} |
    +--------------------------+---------+-------------------+
    ");
    let keys = st2.json(&["apikey", "list"]);
    let key = keys[0]["id"].as_str().unwrap();
    assert_snapshot!(st2.shows(&["apikey", "get", key]), @r#"
    +------------+-----------------------------+
    | Property   | Value                       |
    +------------+-----------------------------+
    | id         | <id>                        |
    | user       | stanley                     |
    | metadata   | {                           |
    |            |     "used_by": "ci"         |
    |            | }                           |
    | created_at | <time>                      |
    | enabled    | True                        |
    | key_hash   | ********                    |
    | uid        | api_key:********            |
    +------------+-----------------------------+
    "#);
    assert_snapshot!(st2.shows(&["apikey", "disable", key]), @r#"
    +------------+-----------------------------+
    | Property   | Value                       |
    +------------+-----------------------------+
    | id         | <id>                        |
    | created_at | <time>                      |
    | enabled    | False                       |
    | key_hash   | ********                    |
    | metadata   | {                           |
    |            |     "used_by": "ci"         |
    |            | }                           |
    | uid        | api_key:********            |
    | user       | stanley                     |
    +------------+-----------------------------+
    "#);
    assert_snapshot!(st2.shows(&["apikey", "delete", key]), @r#"Resource with id "<id>                    " has been successfully deleted."#);
    assert_snapshot!(st2.shows(&["apikey", "list"]), @"No matching items found");
}

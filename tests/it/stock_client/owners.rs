//! A user's keys are that user's: nobody else reads, lists, sets or deletes them, and no expression gives them away.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::program;
use crate::command;
use crate::http::Request;
use crate::server::{Server, Settings};
use crate::stock::Client;

/// Ann and Bob, whose password is `correct horse`.
const PASSWORDS: &str = "\
ann:$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e
bob:$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e
";

/// A server that keeps secrets, and the two.
fn ann_and_bob() -> Option<(Server, Client, Client)> {
    let program = program("the stock client keeps two users apart")?;
    let settings = Settings::serve(PASSWORDS);
    let file = settings.folder().join("crypto.json");
    let key = file.to_str().unwrap();
    let made = command::squall(&["key", "make-crypto-key", key], settings.folder());
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let key = key.to_owned();
    let squall = settings.with(&["--crypto-key", &key]).start();
    let ann = Client::of(program.clone(), &squall);
    let bob = Client::of(program, &squall);
    for (user, st2) in [("ann", &ann), ("bob", &bob)] {
        st2.shows(&["login", user, "--password", "correct horse"]);
    }
    Some((squall, ann, bob))
}

#[test]
fn users_do_not_see_each_others_keys() {
    let Some((_squall, ann, bob)) = ann_and_bob() else {
        return;
    };
    bob.shows(&["key", "set", "mood", "bobs-mood", "--scope", "user"]);
    bob.shows(&[
        "key",
        "set",
        "pin",
        "bobs-pin",
        "--scope",
        "user",
        "--encrypt",
    ]);
    ann.shows(&["key", "set", "mood", "anns-mood", "--scope", "user"]);
    assert_snapshot!(ann.shows(&["key", "list", "--scope", "all", "--decrypt", "-a", "name", "value", "user"]), @"
    +------+-----------+------+
    | name | value     | user |
    +------+-----------+------+
    | mood | anns-mood | ann  |
    +------+-----------+------+
    ");
    assert_eq!(
        ann.json(&["key", "get", "mood", "--scope", "user"])["value"],
        "anns-mood"
    );
    assert_eq!(
        bob.json(&["key", "get", "mood", "--scope", "user"])["value"],
        "bobs-mood"
    );
    assert_snapshot!(ann.refuses(&["key", "get", "pin", "--scope", "user", "--decrypt"]), @r#"
    Key Value Pair "pin" is not found.

    ERROR: Resource pin not found.
    "#);
    assert_snapshot!(ann.refuses(&["key", "list", "--user", "bob"]), @r#"
    ERROR: 403 Client Error: Forbidden
    MESSAGE: "user" attribute can only be provided by admins when RBAC is enabled for url: http://<address>/api/v1/keys/?decrypt=false&scope=all&user=bob&limit=50
    "#);
    assert_snapshot!(ann.refuses(&["key", "set", "mood", "hers", "--scope", "user", "--user", "bob"]), @r#"
    ERROR: 403 Client Error: Forbidden
    MESSAGE: "user" attribute can only be provided by admins when RBAC is enabled for url: http://<address>/api/v1/keys/mood
    "#);
    assert_snapshot!(ann.refuses(&["key", "delete", "mood", "--scope", "user", "--user", "bob"]), @r#"
    ERROR: 403 Client Error: Forbidden
    MESSAGE: "user" attribute can only be provided by admins when RBAC is enabled for url: http://<address>/api/v1/keys/mood?scope=user&user=bob
    "#);
    assert_eq!(
        bob.json(&["key", "get", "mood", "--scope", "user"])["value"],
        "bobs-mood"
    );
}

#[test]
fn an_expression_reads_only_the_keys_of_who_asked() {
    let Some((squall, ann, bob)) = ann_and_bob() else {
        return;
    };
    bob.shows(&["key", "set", "mood", "bobs-mood", "--scope", "user"]);
    bob.shows(&[
        "key",
        "set",
        "pin",
        "bobs-pin",
        "--scope",
        "user",
        "--encrypt",
    ]);
    let token = ann.run(&["auth", "ann", "-p", "correct horse", "-t"]).text;
    let token = token.trim();
    let templates = [
        "<{{ st2kv.user.mood }}>",
        "<{{ st2kv.user.pin }}>",
        "<{{ st2kv.user['bob:mood'] }}>",
        "<{{ st2kv.user['../bob:mood'] }}>",
        "<{{ st2kv.system['bob:mood'] }}>",
        "<{{ st2kv.system['st2kv.user:bob:mood'] }}>",
    ];
    for template in templates {
        for claim in ["user", "api_user", "requester"] {
            let wanted = json!({
                "action": "core.echo", "parameters": {"message": template},
                "context": {claim: "bob"},
            });
            let request = Request::post("/api/v1/executions", &wanted)
                .header("X-Auth-Token", token)
                .header("st2-context", &json!({claim: "bob"}).to_string());
            let made = squall.send(&request);
            assert_eq!(made.status, 201, "{}", made.text());
            let made: Value = made.json();
            assert_eq!(made["parameters"]["message"], "<>", "{template} as {claim}");
            assert_eq!(made["context"]["user"], "ann");
        }
    }
    assert_snapshot!(ann.refuses(&["run", "core.echo", "message={{ st2kv.user.pin | decrypt_kv }}"]), @r#"
    ERROR: 400 Client Error: Bad Request
    MESSAGE: Failed to render parameter "message": Referenced datastore item "st2kv.user.pin" doesn't exist or it contains an empty string for url: http://<address>/api/v1/executions
    "#);
    assert_snapshot!(bob.shows(&["run", "core.echo", "message={{ st2kv.user.mood }}"]), @"
    id: <id>
    action.ref: core.echo
    context.user: bob
    parameters:
      message: bobs-mood
    status: succeeded
    start_timestamp: <time>
    end_timestamp: <time>
    result:
      failed: false
      return_code: 0
      stderr: ''
      stdout: bobs-mood
      succeeded: true
    ");
}

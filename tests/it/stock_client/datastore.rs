//! The datastore: keys are set, read, listed and deleted, secrets stay sealed.

use fs_err as fs;
use insta::assert_snapshot;

use super::pair;
use crate::wait;

#[test]
#[expect(clippy::too_many_lines, reason = "what a user sees is long")]
fn keys_are_set_read_and_deleted() {
    let Some((_squall, st2)) = pair("the stock client keeps keys") else {
        return;
    };
    assert_snapshot!(st2.shows(&["key", "list"]), @"No matching items found");
    assert_snapshot!(st2.shows(&["key", "set", "colour", "blue"]), @"
    +------------------+--------------+
    | Property         | Value        |
    +------------------+--------------+
    | name             | colour       |
    | value            | blue         |
    | scope            | st2kv.system |
    | expire_timestamp |              |
    +------------------+--------------+
    ");
    assert_snapshot!(st2.shows(&["key", "set", "mood", "calm", "--scope", "user"]), @"
    +------------------+------------+
    | Property         | Value      |
    +------------------+------------+
    | name             | mood       |
    | value            | calm       |
    | scope            | st2kv.user |
    | expire_timestamp |            |
    +------------------+------------+
    ");
    assert_snapshot!(st2.shows(&["key", "set", "lock", "held", "--ttl", "3600"]), @"
    +------------------+-----------------------------+
    | Property         | Value                       |
    +------------------+-----------------------------+
    | name             | lock                        |
    | value            | held                        |
    | scope            | st2kv.system                |
    | expire_timestamp | <time>                      |
    +------------------+-----------------------------+
    ");
    assert_snapshot!(st2.shows(&["key", "set", "password", "hush", "--encrypt"]), @"
    +------------------+--------------------------------------------------------------+
    | Property         | Value                                                        |
    +------------------+--------------------------------------------------------------+
    | name             | password                                                     |
    | value            | <secret>                                                     |
    |                  | <secret>                                                     |
    | scope            | st2kv.system                                                 |
    | expire_timestamp |                                                              |
    +------------------+--------------------------------------------------------------+
    ");
    assert_snapshot!(st2.shows(&["key", "list", "--scope", "all", "-a", "name", "secret", "scope", "user"]), @"
    +----------+--------+--------------+---------+
    | name     | secret | scope        | user    |
    +----------+--------+--------------+---------+
    | colour   | False  | st2kv.system |         |
    | lock     | False  | st2kv.system |         |
    | password | True   | st2kv.system |         |
    | mood     | False  | st2kv.user   | stanley |
    +----------+--------+--------------+---------+
    ");
    assert_snapshot!(st2.shows(&["key", "get", "colour"]), @"
    +------------------+--------------+
    | Property         | Value        |
    +------------------+--------------+
    | name             | colour       |
    | value            | blue         |
    | secret           | False        |
    | encrypted        | False        |
    | scope            | st2kv.system |
    | expire_timestamp |              |
    +------------------+--------------+
    ");
    assert_snapshot!(st2.shows(&["key", "get", "mood", "--scope", "user"]), @"
    +------------------+------------+
    | Property         | Value      |
    +------------------+------------+
    | name             | mood       |
    | value            | calm       |
    | secret           | False      |
    | encrypted        | False      |
    | scope            | st2kv.user |
    | expire_timestamp |            |
    +------------------+------------+
    ");
    assert_snapshot!(st2.shows(&["key", "get", "password"]), @"
    +------------------+--------------------------------------------------------------+
    | Property         | Value                                                        |
    +------------------+--------------------------------------------------------------+
    | name             | password                                                     |
    | value            | <secret>                                                     |
    |                  | <secret>                                                     |
    | secret           | True                                                         |
    | encrypted        | True                                                         |
    | scope            | st2kv.system                                                 |
    | expire_timestamp |                                                              |
    +------------------+--------------------------------------------------------------+
    ");
    assert_snapshot!(st2.shows(&["key", "get", "password", "--decrypt"]), @"
    +------------------+--------------+
    | Property         | Value        |
    +------------------+--------------+
    | name             | password     |
    | value            | hush         |
    | secret           | True         |
    | encrypted        | False        |
    | scope            | st2kv.system |
    | expire_timestamp |              |
    +------------------+--------------+
    ");
    assert_snapshot!(st2.shows(&["key", "delete", "colour"]), @r#"Resource with id "colour" has been successfully deleted."#);
    assert_snapshot!(st2.refuses(&["key", "get", "colour"]), @r#"
    Key Value Pair "colour" is not found.

    ERROR: Resource colour not found.
    "#);
}

#[test]
fn an_action_reads_a_key() {
    let Some((_squall, st2)) = pair("the stock client runs an action that reads a key") else {
        return;
    };
    st2.shows(&["key", "set", "who", "world"]);
    assert_snapshot!(st2.shows(&["run", "core.local", "cmd=echo hello {{ st2kv.system.who }}"]), @"
    id: <id>
    action.ref: core.local
    context.user: stanley
    parameters:
      cmd: echo hello world
    status: succeeded
    start_timestamp: <time>
    end_timestamp: <time>
    result:
      failed: false
      return_code: 0
      stderr: ''
      stdout: hello world
      succeeded: true
    ");
}

#[test]
fn a_sealed_value_is_taken_as_it_is_and_a_broken_one_refused() {
    let Some((_squall, st2)) = pair("the stock client sets a sealed key") else {
        return;
    };
    st2.shows(&["key", "set", "password", "hush", "--encrypt"]);
    let sealed = st2.json(&["key", "get", "password"])["value"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(!sealed.contains("hush"));
    st2.shows(&["key", "set", "copy", &sealed, "--encrypted"]);
    let copy = st2.json(&["key", "get", "copy"]);
    assert_eq!(copy["value"].as_str(), Some(&*sealed));
    assert_eq!(copy["secret"], true);
    let opened = st2.json(&["key", "get", "copy", "--decrypt"]);
    assert_eq!(opened["value"], "hush");
    assert_snapshot!(st2.refuses(&["key", "set", "broken", &sealed.replace('0', "1"), "--encrypted"]), @r#"
    ERROR: 400 Client Error: Bad Request
    MESSAGE: Failed to verify the integrity of the provided value for key "broken". Ensure that the value is encrypted with the correct key and not corrupted. for url: http://<address>/api/v1/keys/broken
    "#);
}

#[test]
fn keys_are_loaded_from_a_file_and_deleted_by_their_prefix() {
    let Some((_squall, st2)) = pair("the stock client loads keys") else {
        return;
    };
    let file = format!("{}/keys.yaml", st2.home());
    let keys = "
- {name: app.host, value: db.example.com}
- {name: app.limits, value: {most: 3}}
- {name: app.password, value: hush, secret: true}
- {name: app.mine, value: calm, scope: user}
- {name: other, value: stays}
";
    fs::write(&file, keys).unwrap();
    assert_snapshot!(st2.refuses(&["key", "load", &file]), @"ERROR: Item 'app.limits' has a value that is not a string. Either pass in the -c/--convert option to convert non-string types to JSON strings automatically, or convert the data to a string in the file");
    st2.shows(&["key", "load", "--convert", &file]);
    assert_snapshot!(st2.shows(&["key", "list", "--decrypt", "-a", "name", "value", "secret", "scope"]), @r#"
    +--------------+----------------+--------+--------------+
    | name         | value          | secret | scope        |
    +--------------+----------------+--------+--------------+
    | app.host     | db.example.com | False  | st2kv.system |
    | app.limits   | {"most": 3}    | False  | st2kv.system |
    | app.password | hush           | True   | st2kv.system |
    | other        | stays          | False  | st2kv.system |
    | app.mine     | calm           | False  | st2kv.user   |
    +--------------+----------------+--------+--------------+
    "#);
    assert_snapshot!(st2.shows(&["key", "list", "--prefix", "app.h", "-a", "name", "value"]), @"
    +----------+----------------+
    | name     | value          |
    +----------+----------------+
    | app.host | db.example.com |
    +----------+----------------+
    ");
    assert_snapshot!(st2.shows(&["key", "delete_by_prefix", "--prefix", "app."]), @"
    Deleted 3 keys
    Deleted key ids: app.host, app.limits, app.password
    ");
    assert_snapshot!(st2.shows(&["key", "list", "-a", "name", "scope"]), @"
    +----------+--------------+
    | name     | scope        |
    +----------+--------------+
    | other    | st2kv.system |
    | app.mine | st2kv.user   |
    +----------+--------------+
    ");
}

#[test]
fn a_key_vanishes_when_its_time_is_over() {
    let Some((_squall, st2)) = pair("the stock client sets a key that vanishes") else {
        return;
    };
    st2.shows(&["key", "set", "lock", "held", "--ttl", "1"]);
    wait::until("the key to vanish", || {
        let shown = st2.run(&["key", "get", "lock"]);
        if shown.succeeded {
            return Err(shown.text);
        }
        Ok(())
    });
    assert_snapshot!(st2.shows(&["key", "list"]), @"No matching items found");
    // A key that is set anew lasts, whatever it was before.
    st2.shows(&["key", "set", "lock", "held", "--ttl", "1"]);
    st2.shows(&["key", "set", "lock", "free"]);
    assert_eq!(
        st2.json(&["key", "get", "lock"])["expire_timestamp"],
        serde_json::Value::Null
    );
}

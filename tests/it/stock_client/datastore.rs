//! The datastore: keys are set, read, listed and deleted, secrets stay sealed.

use insta::assert_snapshot;

use super::pair;

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

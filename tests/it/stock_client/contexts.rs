//! The datastore wherever packs may use it: in patterns, parameters, defaults and configs, and from an action's own code.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::program;
use crate::packs;
use crate::server::Settings;
use crate::stock::Client;
use crate::wait;

const PACK: &[(&str, &str)] = &[
    (
        "vault/pack.yaml",
        "{name: vault, description: Uses the datastore, version: 1.0.0, author: a, email: a@example.com}",
    ),
    (
        "vault/config.schema.yaml",
        "
token: {type: string, secret: true}
region: {type: string}
mine: {type: string}
",
    ),
    (
        "vault/actions/look.yaml",
        "
name: look
runner_type: python-script
enabled: true
entry_point: look.py
parameters:
  given: {type: string}
  place: {type: string, default: '{{ st2kv.system.place }}'}
  sealed: {type: string, secret: true}
",
    ),
    (
        "vault/actions/look.py",
        "
from st2common.runners.base_action import Action


class Look(Action):
    def run(self, given, place, sealed):
        return {
            'given': given,
            'place': place,
            'region': self.config['region'],
            'mine': self.config['mine'],
            'opened': [sealed == 'hush', self.config['token'] == 'swordfish'],
        }
",
    ),
    (
        "vault/rules/look.yaml",
        "
name: look
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: look}}
criteria:
  trigger.body.kind:
    type: equals
    pattern: '{{ st2kv.system.kind | string }}'
action:
  ref: vault.look
  parameters:
    given: '{{ st2kv.system.greeting }}, {{ trigger.body.name }}'
    sealed: '{{ st2kv.system.password | decrypt_kv }}'
",
    ),
    (
        "vault/actions/keep.yaml",
        "{name: keep, runner_type: python-script, enabled: true, entry_point: keep.py}",
    ),
    (
        "vault/actions/keep.py",
        "
from st2common.runners.base_action import Action


class Keep(Action):
    def run(self):
        service = self.action_service
        service.set_value('count', 1)
        service.set_value('count', 2, local=False)
        service.set_value('pin', '1234', encrypt=True)
        service.set_value('gone', 'x', ttl=-1)
        service.set_value('kept', 'x', ttl=600)
        seen = {
            'local': service.get_value('count'),
            'global': service.get_value('count', local=False),
            'by_its_full_name': service.get_value('vault.Keep:count', local=False),
            'missing': service.get_value('missing'),
            'gone': service.get_value('gone'),
            'sealed': service.get_value('pin') != '1234',
            'opened': service.get_value('pin', decrypt=True),
            'local_names': [key.name for key in service.list_values()],
            'some': [key.name for key in service.list_values(prefix='k', limit=-1)],
            'first': [key.name for key in service.list_values(local=False, prefix='vault.', limit=1, offset=1)],
            'deleted': [service.delete_value('count'), service.delete_value('count')],
            'after': service.get_value('count'),
            'user': service.get_user_info()['username'],
        }
        try:
            service.get_value('count', scope='user')
        except ValueError as error:
            seen['scope'] = str(error)
        return seen
",
    ),
    (
        "vault/rules/changed.yaml",
        "
name: changed
enabled: true
trigger: {type: core.st2.key_value_pair.value_change}
action:
  ref: core.echo
  parameters:
    message: '{{ trigger.new_object.name }}: {{ trigger.old_object.value }} to {{ trigger.new_object.value }}'
",
    ),
];

#[test]
fn keys_are_there_in_every_context() {
    let Some(program) = program("a pack uses the datastore everywhere") else {
        return;
    };
    let packs = packs::folder(PACK);
    let config = json!({
        "token": "{{ st2kv.system.token }}",
        "region": "{{ st2kv.system.region }}",
        "mine": "{{ st2kv.user.mine }}",
    });
    let squall = Settings::dev()
        .packs(packs.path())
        .config("vault", &config)
        .start();
    let st2 = Client::of(program, &squall);
    for (name, value) in [
        ("kind", "wanted"),
        ("greeting", "good morning"),
        ("place", "here"),
        ("region", "north"),
    ] {
        st2.shows(&["key", "set", name, value]);
    }
    st2.shows(&["key", "set", "password", "hush", "--encrypt"]);
    st2.shows(&["key", "set", "token", "swordfish", "--encrypt"]);
    st2.shows(&["key", "set", "mine", "my own", "--scope", "user"]);
    for kind in ["unwanted", "wanted"] {
        let body = json!({"kind": kind, "name": "Ann"});
        squall.post("/api/v1/webhooks/look", &body, 202);
    }
    let ended = wait::until("the rule's action to end", || {
        let list = squall.get("/api/v1/executions?action=vault.look");
        let first = list[0].clone();
        let ended = first["status"] == "succeeded" || first["status"] == "failed";
        ended.then_some(list).ok_or(first.to_string())
    });
    assert_eq!(ended.as_array().map(Vec::len), Some(1));
    assert_snapshot!(st2.shows(&["execution", "get", ended[0]["id"].as_str().unwrap()]), @"
    id: <id>
    action.ref: vault.look
    context.user: stanley
    parameters:
      given: good morning, Ann
      place: here
      sealed: '********'
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
      exit_code: 0
      result:
        given: good morning, Ann
        mine: my own
        opened:
        - true
        - true
        place: here
        region: north
      stderr: ''
      stdout: ''
    ");
}

#[test]
fn an_action_keeps_values_of_its_own() {
    let Some(program) = program("an action keeps values in the datastore") else {
        return;
    };
    let packs = packs::folder(PACK);
    let squall = Settings::dev().packs(packs.path()).start();
    let st2 = Client::of(program, &squall);
    assert_snapshot!(st2.shows(&["run", "vault.keep"]), @"
    id: <id>
    action.ref: vault.keep
    context.user: stanley
    parameters: None
    status: succeeded
    start_timestamp: <time>
    end_timestamp: <time>
    result:
      exit_code: 0
      result:
        after: null
        by_its_full_name: '1'
        deleted:
        - true
        - false
        first:
        - vault.Keep:kept
        global: '2'
        gone: null
        local: '1'
        local_names:
        - vault.Keep:count
        - vault.Keep:kept
        - vault.Keep:pin
        missing: null
        opened: '1234'
        scope: Scope user is unsupported.
        sealed: true
        some:
        - vault.Keep:kept
        user: stanley
      stderr: 'st2.actions.python.Keep: DEBUG    Setting value in the datastore (name=vault.Keep:count)
        st2.actions.python.Keep: DEBUG    Setting value in the datastore (name=count)
        st2.actions.python.Keep: DEBUG    Setting value in the datastore (name=vault.Keep:pin)
        st2.actions.python.Keep: DEBUG    Setting value in the datastore (name=vault.Keep:gone)
        st2.actions.python.Keep: DEBUG    Setting value in the datastore (name=vault.Keep:kept)
        st2.actions.python.Keep: DEBUG    Retrieving value from the datastore (name=vault.Keep:count)
        st2.actions.python.Keep: DEBUG    Retrieving value from the datastore (name=count)
        st2.actions.python.Keep: DEBUG    Retrieving value from the datastore (name=vault.Keep:count)
        st2.actions.python.Keep: DEBUG    Retrieving value from the datastore (name=vault.Keep:missing)
        st2.actions.python.Keep: DEBUG    Retrieving value from the datastore (name=vault.Keep:gone)
        st2.actions.python.Keep: DEBUG    Retrieving value from the datastore (name=vault.Keep:pin)
        st2.actions.python.Keep: DEBUG    Retrieving value from the datastore (name=vault.Keep:pin)
        st2.actions.python.Keep: DEBUG    Retrieving all the values from the datastore
        st2.actions.python.Keep: DEBUG    Retrieving all the values from the datastore
        st2.actions.python.Keep: DEBUG    Retrieving all the values from the datastore
        st2.actions.python.Keep: DEBUG    Deleting value from the datastore (name=vault.Keep:count)
        st2.actions.python.Keep: DEBUG    Deleting value from the datastore (name=vault.Keep:count)
        st2.actions.python.Keep: DEBUG    Retrieving value from the datastore (name=vault.Keep:count)
        st2.actions.python.Keep: DEBUG    Retrieving user information
        '
      stdout: ''
    ");
    assert_snapshot!(st2.shows(&["key", "list", "-a", "name", "value", "secret"]), @"
    +-----------------+--------------------------------------------------------------------+--------+
    | name            | value                                                              | secret |
    +-----------------+--------------------------------------------------------------------+--------+
    | count           | 2                                                                  | False  |
    | vault.Keep:kept | x                                                                  | False  |
    | vault.Keep:pin  | <secret>                                                           | True   |
    |                 | <secret>                                                           |        |
    +-----------------+--------------------------------------------------------------------+--------+
    ");
}

#[test]
fn a_rule_hears_of_a_changed_key_and_sees_no_secret() {
    let Some(program) = program("a rule listens to the datastore") else {
        return;
    };
    let packs = packs::folder(PACK);
    let squall = Settings::dev().packs(packs.path()).start();
    let st2 = Client::of(program, &squall);
    for value in ["blue", "blue", "green"] {
        st2.shows(&["key", "set", "colour", value]);
    }
    st2.shows(&["key", "set", "password", "hush", "--encrypt"]);
    st2.shows(&["key", "set", "password", "swordfish", "--encrypt"]);
    let heard = wait::until("two changes to be heard", || {
        let list = squall.get("/api/v1/executions?action=core.echo");
        let said = |item: &Value| item["parameters"]["message"].as_str().map(str::to_owned);
        let said: Vec<String> = list.as_array().unwrap().iter().filter_map(said).collect();
        (said.len() == 2).then_some(said).ok_or(list.to_string())
    });
    assert_eq!(heard[1], "colour: blue to green");
    assert!(heard[0].starts_with("password: "));
    assert!(!heard.concat().contains("hush") && !heard.concat().contains("swordfish"));
}

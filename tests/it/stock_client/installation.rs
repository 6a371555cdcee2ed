//! What belongs to the installation: runners, sensors, triggers, configs, services, and keys brought from elsewhere.

use std::process::Command;

use insta::assert_snapshot;
use serde_json::json;

use super::{pair, program};
use crate::packs;
use crate::server::Settings;
use crate::stock::Client;

#[test]
fn a_runner_is_switched_off_and_on() {
    let Some((_squall, st2)) = pair("the stock client switches runners") else {
        return;
    };
    assert_snapshot!(st2.shows(&["runner", "disable", "noop"]), @"
    +-------------------+--------------------------------------------------+
    | Property          | Value                                            |
    +-------------------+--------------------------------------------------+
    | id                | <id>                                             |
    | name              | noop                                             |
    | description       | Does nothing and succeeds, whatever it is given. |
    | enabled           | False                                            |
    | output_schema     |                                                  |
    | runner_module     | noop_runner                                      |
    | runner_package    | noop_runner                                      |
    | runner_parameters |                                                  |
    | uid               | runner_type:noop                                 |
    +-------------------+--------------------------------------------------+
    ");
    assert_snapshot!(st2.refuses(&["run", "core.noop"]), @r#"
    ERROR: 400 Client Error: Bad Request
    MESSAGE: Unable to execute. Runner "noop" is disabled. for url: http://<address>/api/v1/executions
    "#);
    assert_snapshot!(st2.shows(&["runner", "enable", "noop"]), @"
    +-------------------+--------------------------------------------------+
    | Property          | Value                                            |
    +-------------------+--------------------------------------------------+
    | id                | <id>                                             |
    | name              | noop                                             |
    | description       | Does nothing and succeeds, whatever it is given. |
    | enabled           | True                                             |
    | output_schema     |                                                  |
    | runner_module     | noop_runner                                      |
    | runner_package    | noop_runner                                      |
    | runner_parameters |                                                  |
    | uid               | runner_type:noop                                 |
    +-------------------+--------------------------------------------------+
    ");
    st2.shows(&["run", "core.noop"]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "what a user sees is long")]
fn a_trigger_lives_from_create_to_delete() {
    let Some((squall, st2)) = pair("the stock client makes triggers") else {
        return;
    };
    let trigger = "
name: door
pack: default
description: A door was opened.
payload_schema: {type: object, properties: {who: {type: string}}}
";
    let file = squall.folder().join("door.yaml");
    fs_err::write(&file, trigger).unwrap();
    let file = file.to_str().unwrap();
    assert_snapshot!(st2.shows(&["trigger", "create", file]), @r#"
    +-------------------+------------------------------+
    | Property          | Value                        |
    +-------------------+------------------------------+
    | id                | <id>                         |
    | name              | door                         |
    | pack              | default                      |
    | description       | A door was opened.           |
    | metadata_file     |                              |
    | parameters_schema |                              |
    | payload_schema    | {                            |
    |                   |     "type": "object",        |
    |                   |     "properties": {          |
    |                   |         "who": {             |
    |                   |             "type": "string" |
    |                   |         }                    |
    |                   |     }                        |
    |                   | }                            |
    | ref               | default.door                 |
    | tags              |                              |
    | uid               | trigger_type:default:door    |
    +-------------------+------------------------------+
    "#);
    fs_err::write(file, trigger.replace("A door", "The door")).unwrap();
    assert_snapshot!(st2.shows(&["trigger", "update", "default.door", file]), @r#"
    +-------------------+------------------------------+
    | Property          | Value                        |
    +-------------------+------------------------------+
    | id                | <id>                         |
    | name              | door                         |
    | pack              | default                      |
    | description       | The door was opened.         |
    | metadata_file     |                              |
    | parameters_schema |                              |
    | payload_schema    | {                            |
    |                   |     "type": "object",        |
    |                   |     "properties": {          |
    |                   |         "who": {             |
    |                   |             "type": "string" |
    |                   |         }                    |
    |                   |     }                        |
    |                   | }                            |
    | ref               | default.door                 |
    | tags              |                              |
    | uid               | trigger_type:default:door    |
    +-------------------+------------------------------+
    "#);
    assert_snapshot!(st2.shows(&["trigger", "getspecs", "core.st2.webhook"]), @"
    +--------------------------+------------------------------+------+-------------------+------------------------------+------------------+------------------------------+
    | id                       | name                         | pack | parameters        | ref                          | type             | uid                          |
    +--------------------------+------------------------------+------+-------------------+------------------------------+------------------+------------------------------+
    | <id>                     | 2014e202-3484-5fc2-2980-     | core | {'url': 'pprof'}  | core.2014e202-3484-5fc2-     | core.st2.webhook | trigger:core:2014e202-3484-  |
    |                          | adee848646e3                 |      |                   | 2980-adee848646e3            |                  | 5fc2-2980-                   |
    |                          |                              |      |                   |                              |                  | adee848646e3:d3b0a23a0fd0a97 |
    |                          |                              |      |                   |                              |                  | cebf7a36879e3ab69            |
    | <id>                     | b12f5125-85be-167e-b8b8-     | core | {'url': 'sample'} | core.b12f5125-85be-167e-     | core.st2.webhook | trigger:core:b12f5125-85be-  |
    |                          | 41b3e435dc3d                 |      |                   | b8b8-41b3e435dc3d            |                  | 167e-b8b8-                   |
    |                          |                              |      |                   |                              |                  | 41b3e435dc3d:e28a4c1e331b040 |
    |                          |                              |      |                   |                              |                  | 397255d188bf7ad86            |
    +--------------------------+------------------------------+------+-------------------+------------------------------+------------------+------------------------------+
    ");
    assert_snapshot!(st2.shows(&["trigger", "list", "--pack", "default"]), @"
    +--------------+---------+----------------------+
    | ref          | pack    | description          |
    +--------------+---------+----------------------+
    | default.door | default | The door was opened. |
    +--------------+---------+----------------------+
    ");
    assert_snapshot!(st2.shows(&["trigger", "delete", "default.door"]), @r#"Resource with id "default.door" has been successfully deleted."#);
    assert_snapshot!(st2.refuses(&["trigger", "delete", "core.st2.webhook"]), @"
    ERROR: 400 Client Error: Bad Request
    MESSAGE: Resources belonging to system level packs can't be manipulated for url: http://<address>/api/v1/triggertypes/<id>
    ");
}

#[test]
fn a_key_made_elsewhere_is_loaded_and_opens() {
    let Some((squall, st2)) = pair("the stock client loads API keys") else {
        return;
    };
    // python3 -c "import hashlib; print(hashlib.sha512(b'saltnpepper' + b'abc').hexdigest())"
    let hash = "3e5076021e2cb3dd90a045649478c8f858ff6803df789b950370870220099e9c1b1e8be52f60e2dc56b2c6c7ead6c732f119e784d47f20711b79d78c032a3182";
    let key = json!([{"id": "5f1d7a1e9c2b4a0012345678", "user": "ci", "key_hash": hash, "enabled": true}]);
    let file = squall.folder().join("keys.json");
    fs_err::write(&file, key.to_string()).unwrap();
    let load = ["apikey", "load", file.to_str().unwrap()];
    assert_snapshot!(st2.shows(&load), @"
    +--------------------------+------+----------+
    | id                       | user | metadata |
    +--------------------------+------+----------+
    | <id>                     | ci   | {}       |
    +--------------------------+------+----------+
    ");
    // Loading again changes what is there.
    assert_snapshot!(st2.shows(&load), @"
    +--------------------------+------+----------+
    | id                       | user | metadata |
    +--------------------------+------+----------+
    | <id>                     | ci   | {}       |
    +--------------------------+------+----------+
    ");
    assert_snapshot!(st2.shows(&["apikey", "enable", "abc"]), @"
    +------------+-----------------------------+
    | Property   | Value                       |
    +------------+-----------------------------+
    | id         | <id>                        |
    | created_at | <time>                      |
    | enabled    | True                        |
    | key_hash   | ********                    |
    | metadata   |                             |
    | uid        | api_key:********            |
    | user       | ci                          |
    +------------+-----------------------------+
    ");
    assert_snapshot!(st2.shows(&["apikey", "get", "5f1d7a1e9c2b4a0012345678"]), @"
    +------------+-----------------------------+
    | Property   | Value                       |
    +------------+-----------------------------+
    | id         | <id>                        |
    | user       | ci                          |
    | metadata   |                             |
    | created_at | <time>                      |
    | enabled    | True                        |
    | key_hash   | ********                    |
    | uid        | api_key:********            |
    +------------+-----------------------------+
    ");
}

#[test]
fn services_are_listed() {
    let Some((_squall, st2)) = pair("the stock client lists services") else {
        return;
    };
    assert_snapshot!(st2.shows(&["service-registry", "group", "list"]), @"
    +----------+
    | group_id |
    +----------+
    | squall   |
    +----------+
    ");
    let members = st2.json(&["service-registry", "member", "list"]);
    assert_eq!(members[0]["group_id"], "squall");
    assert_eq!(members[0]["capabilities"]["type"], "active");
    assert_snapshot!(st2.refuses(&["pack", "search", "aws"]), @"
    ERROR: 400 Client Error: Bad Request
    MESSAGE: No pack index is configured: packs are installed from folders (squall pack install DIR). for url: http://<address>/api/v1/packs/index/search
    ");
}

const LAB: [(&str, &str); 4] = [
    (
        "lab/pack.yaml",
        "name: lab\ndescription: A laboratory.\nversion: 1.0.0\nauthor: Ann\nemail: ann@example.com\n",
    ),
    (
        "lab/config.schema.yaml",
        "host: {type: string, required: true}\nport: {type: integer, default: 22}\nkey: {type: string, secret: true}\n",
    ),
    (
        "lab/sensors/door.yaml",
        "class_name: DoorSensor\nentry_point: door.py\ndescription: Watches the door.\npoll_interval: 30\ntrigger_types:\n- name: opened\n",
    ),
    ("lab/sensors/door.py", "class DoorSensor: pass\n"),
];

#[test]
#[expect(clippy::too_many_lines, reason = "what a user sees is long")]
fn sensors_are_listed_and_switched() {
    let Some(program) = program("the stock client lists sensors") else {
        return;
    };
    let packs = packs::folder(&LAB);
    let squall = Settings::dev().packs(packs.path()).start();
    let st2 = Client::of(program, &squall);
    assert_snapshot!(st2.shows(&["sensor", "list"]), @"
    +----------------+------+-------------------+---------+
    | ref            | pack | description       | enabled |
    +----------------+------+-------------------+---------+
    | lab.DoorSensor | lab  | Watches the door. | True    |
    +----------------+------+-------------------+---------+
    ");
    let shown = st2.shows(&["sensor", "get", "lab.DoorSensor"]);
    assert_snapshot!(shown.replace(packs.path().to_str().unwrap(), "<packs>"), @r#"
    +---------------+--------------------------------------------+
    | Property      | Value                                      |
    +---------------+--------------------------------------------+
    | id            | <id>                                       |
    | uid           | sensor_type:lab:DoorSensor                 |
    | ref           | lab.DoorSensor                             |
    | pack          | lab                                        |
    | name          | DoorSensor                                 |
    | enabled       | True                                       |
    | entry_point   | door.DoorSensor                            |
    | artifact_uri  | file://<packs>/lab/sensors/door.py |
    | trigger_types | [                                          |
    |               |     "lab.opened"                           |
    |               | ]                                          |
    | description   | Watches the door.                          |
    | metadata_file | sensors/door.yaml                          |
    | poll_interval | 30.0                                       |
    +---------------+--------------------------------------------+
    "#);
    let shown = st2.shows(&["sensor", "disable", "lab.DoorSensor"]);
    assert_snapshot!(shown.replace(packs.path().to_str().unwrap(), "<packs>"), @r#"
    +---------------+--------------------------------------------+
    | Property      | Value                                      |
    +---------------+--------------------------------------------+
    | id            | <id>                                       |
    | name          | DoorSensor                                 |
    | pack          | lab                                        |
    | description   | Watches the door.                          |
    | artifact_uri  | file://<packs>/lab/sensors/door.py |
    | enabled       | False                                      |
    | entry_point   | door.DoorSensor                            |
    | metadata_file | sensors/door.yaml                          |
    | poll_interval | 30.0                                       |
    | ref           | lab.DoorSensor                             |
    | trigger_types | [                                          |
    |               |     "lab.opened"                           |
    |               | ]                                          |
    | uid           | sensor_type:lab:DoorSensor                 |
    +---------------+--------------------------------------------+
    "#);
    let (settings, _) = squall.stop();
    let squall = settings.start();
    let st2 = st2.moved_to(&squall);
    assert_eq!(
        st2.json(&["sensor", "get", "lab.DoorSensor"])["enabled"],
        false
    );
    let shown = st2.shows(&["sensor", "enable", "lab.DoorSensor"]);
    assert_snapshot!(shown.replace(packs.path().to_str().unwrap(), "<packs>"), @r#"
    +---------------+--------------------------------------------+
    | Property      | Value                                      |
    +---------------+--------------------------------------------+
    | id            | <id>                                       |
    | name          | DoorSensor                                 |
    | pack          | lab                                        |
    | description   | Watches the door.                          |
    | artifact_uri  | file://<packs>/lab/sensors/door.py |
    | enabled       | True                                       |
    | entry_point   | door.DoorSensor                            |
    | metadata_file | sensors/door.yaml                          |
    | poll_interval | 30.0                                       |
    | ref           | lab.DoorSensor                             |
    | trigger_types | [                                          |
    |               |     "lab.opened"                           |
    |               | ]                                          |
    | uid           | sensor_type:lab:DoorSensor                 |
    +---------------+--------------------------------------------+
    "#);
}

#[test]
fn a_pack_is_configured() {
    let Some(program) = program("the stock client configures packs") else {
        return;
    };
    let packs = packs::folder(&LAB);
    let squall = Settings::dev().packs(packs.path()).start();
    // The questions of `st2 pack config` break on its own library for questions; this is what it does with the answers.
    let answered = "
import sys
from st2client.client import Client
from st2client.models.config import Config
values = {'host': 'db.example.com', 'port': 5432, 'key': 'hush'}
client = Client(api_url=sys.argv[1])
assert client.managers['ConfigSchema'].get_by_ref_or_id('lab').attributes['key']['secret']
print(client.managers['Config'].update(Config(pack='lab', values=values)).values)
";
    let python = program.with_file_name("python");
    let url = format!("http://{}/api/v1", squall.address());
    let output = Command::new(python).args(["-c", answered, &url]).output();
    let output = output.unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert_snapshot!(told, @"{'host': 'db.example.com', 'key': '********', 'port': 5432}");
    let saved = squall.folder().join("data/configs/lab.yaml");
    assert_snapshot!(fs_err::read_to_string(&saved).unwrap(), @"
    host: db.example.com
    key: hush
    port: 5432
    ");
    let shown = squall.get("/api/v1/configs/lab");
    assert_eq!(
        shown["values"],
        json!({"host": "db.example.com", "port": 5432, "key": "********"})
    );
    let clear = squall.get("/api/v1/configs/lab?show_secrets=true");
    assert_eq!(clear["values"]["key"], "hush");
    let (settings, _) = squall.stop();
    let again = settings.start().get("/api/v1/configs/lab");
    assert_eq!(again, shown);
}

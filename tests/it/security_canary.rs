//! A secret stays where it belongs: it is not in the log at its most talkative, in arguments or environments of
//! processes, in the database or a backup of it, in answers, errors, views or metrics, nor on the event stream.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::command;
use crate::http::Request;
use crate::packs;
use crate::random::Random;
use crate::server::{Server, Settings};
use crate::wait;

const PACK: &[(&str, &str)] = &[
    (
        "safe/pack.yaml",
        "{name: safe, description: Holds secrets, version: 1.0.0, author: a, email: a@example.com}",
    ),
    (
        "safe/config.schema.yaml",
        "token: {type: string, secret: true}\nfrom_key: {type: string, secret: true}",
    ),
    (
        "safe/actions/hold.yaml",
        "
name: hold
runner_type: python-script
enabled: true
entry_point: hold.py
parameters:
  folder: {type: string}
  pin: {type: string, secret: true}
  nested: {type: object, properties: {pin: {type: string, secret: true}}}
",
    ),
    (
        // Is there until it may go, so that somebody can look at it, and then fails.
        "safe/actions/hold.py",
        "
import os
import subprocess
import time

from st2common.runners.base_action import Action


class Hold(Action):
    def run(self, folder, pin, nested=None):
        assert len(pin) > 9 and len(self.config['token']) > 9 and len(self.config['from_key']) > 9
        child = subprocess.Popen(['sleep', '1000'])
        open(os.path.join(folder, 'held-%d' % os.getpid()), 'w').close()
        while not os.path.exists(os.path.join(folder, 'go')):
            time.sleep(0.01)
        child.kill()
        raise KeyError('broken')
",
    ),
    (
        "safe/actions/count.yaml",
        "
name: count
runner_type: noop
enabled: true
parameters:
  pin: {type: integer, secret: true}
",
    ),
    (
        "safe/rules/hold.yaml",
        "
name: hold
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: hold}}
action:
  ref: safe.hold
  parameters:
    folder: '{{ trigger.body.folder }}'
    pin: '{{ st2kv.system.pin | decrypt_kv }}'
    nested: {pin: '{{ st2kv.system.pin | decrypt_kv }}'}
",
    ),
    (
        "safe/rules/count.yaml",
        "
name: count
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: hold}}
action:
  ref: safe.count
  parameters:
    pin: '{{ st2kv.system.pin | decrypt_kv }}'
",
    ),
];

/// What is asked of the server when everything has happened.
const VIEWS: &[&str] = &[
    "/api/v1/executions",
    "/api/v1/rules",
    "/api/v1/rules/views",
    "/api/v1/rules/safe.hold",
    "/api/v1/ruleenforcements",
    "/api/v1/ruleenforcements/views",
    "/api/v1/triggerinstances",
    "/api/v1/traces",
    "/api/v1/keys?scope=all",
    "/api/v1/configs",
    "/api/v1/configs/safe",
    "/api/v1/packs",
    "/api/v1/actions",
    "/api/v1/apikeys",
    "/metrics",
];

/// A word that nobody else on this machine says, and secrets that begin with it.
struct Canary(String);

impl Canary {
    fn new() -> Self {
        Self(format!("c4n4ry{:016x}", Random::any().0))
    }

    fn secret(&self, of: &str) -> String {
        format!("{}-{of}", self.0)
    }

    fn assert_not_in(&self, text: &str, place: &str) {
        let found = text.find(&self.0);
        let around = found.map(|at| &text[text.floor_char_boundary(at.saturating_sub(300))..]);
        let around = around.map(|text| &text[..text.floor_char_boundary(500)]);
        assert_eq!(around, None, "a secret is in {place}");
    }
}

#[test]
fn a_secret_stays_where_it_belongs() {
    let canary = Canary::new();
    let packs = packs::folder(PACK);
    let config = json!({"token": canary.secret("config"), "from_key": "{{ st2kv.system.pin }}"});
    let squall = Settings::dev()
        .packs(packs.path())
        .config("safe", &config)
        .variable("SQUALL_LOG_LEVEL", "trace")
        .variable("ST2_API_KEY", &canary.secret("environment"))
        .start();
    let stream = listen(&squall);
    let folder = tempfile::tempdir().unwrap();

    let mut answers = ask(&squall, &canary, folder.path());
    wait::until("two actions to hold their secrets", || {
        let held = fs_err::read_dir(folder.path()).unwrap().count();
        (held >= 2).then_some(()).ok_or(format!("{held}"))
    });
    look_at_processes(&canary, squall.id());
    fs_err::write(folder.path().join("go"), "").unwrap();
    let ended = wait::until("all actions to end", || ended(&squall));
    for execution in ended.as_array().unwrap() {
        let id = execution["id"].as_str().unwrap();
        for part in [
            "",
            "/output",
            "/result",
            "/children",
            "/attribute/parameters",
        ] {
            answers += &squall
                .send(&Request::get(&format!("/api/v1/executions/{id}{part}")))
                .text();
        }
    }
    for view in VIEWS {
        answers += &squall.send(&Request::get(view)).text();
    }
    canary.assert_not_in(&answers, "an answer");
    canary.assert_not_in(&heard(&stream), "the event stream");
    look_at_disk(&canary, &squall, folder.path().to_str().unwrap());
}

/// Has secrets set, given, sent and refused; gives what was answered.
fn ask(squall: &Server, canary: &Canary, folder: &Path) -> String {
    let mut answers = String::new();
    let mut send = |request: Request, expected: u16| {
        let answer = squall.send(&request);
        assert_eq!(answer.status, expected, "{}", answer.text());
        answers += &answer.text();
    };
    let key = json!({"name": "pin", "value": canary.secret("key"), "secret": true});
    send(Request::new("PUT", "/api/v1/keys/pin").json(&key), 200);
    let broken = json!({"value": canary.secret("broken"), "encrypted": true});
    send(
        Request::new("PUT", "/api/v1/keys/broken").json(&broken),
        400,
    );
    let hook = Request::post("/api/v1/webhooks/hold", &json!({"folder": folder}))
        .header("St2-Api-Key", &canary.secret("api-key"))
        .header("X-Auth-Token", &canary.secret("token"))
        .header("Cookie", &format!("auth-token={}", canary.secret("cookie")));
    send(hook, 202);
    let run = |action: &str, parameters: Value| {
        Request::post(
            "/api/v1/executions",
            &json!({"action": action, "parameters": parameters}),
        )
    };
    let given = json!({
        "folder": folder, "pin": canary.secret("parameter"), "nested": {"pin": canary.secret("nested")},
    });
    send(run("safe.hold", given), 201);
    send(
        run("safe.count", json!({"pin": canary.secret("no-number")})),
        400,
    );
    let nested =
        json!({"folder": folder, "pin": "1", "nested": {"pin": [canary.secret("no-text")]}});
    send(run("safe.hold", nested), 400);
    let sudo = json!({"cmd": "cat", "sudo_password": canary.secret("sudo")});
    send(run("core.local_sudo", sudo), 201);
    answers
}

fn ended(squall: &Server) -> Result<Value, String> {
    let all = squall.get("/api/v1/executions");
    let is_over = |item: &Value| {
        ["succeeded", "failed"]
            .iter()
            .any(|end| item["status"] == *end)
    };
    let items = all.as_array().unwrap();
    // Two that held, and one with sudo.
    let enough = items.len() >= 3 && items.iter().all(is_over);
    enough.then_some(all.clone()).ok_or(all.to_string())
}

/// Everything the event stream says, from now on.
fn listen(squall: &Server) -> mpsc::Receiver<String> {
    let events =
        "st2.execution__*,st2.liveaction__*,st2.execution.output__create,st2.announcement__*";
    let path = format!("/stream/v1/stream?events={events}");
    let mut stream = Request::get(&path).begin(squall.address()).unwrap();
    let (says, heard) = mpsc::channel();
    thread::spawn(move || {
        while let Ok(Some((name, data))) = stream.event() {
            drop(says.send(format!("{name} {data}\n")));
        }
    });
    heard
}

fn heard(stream: &mpsc::Receiver<String>) -> String {
    let mut all = String::new();
    // The last thing there is to hear is the end of an action.
    while let Ok(said) = stream.recv_timeout(Duration::from_secs(2)) {
        all += &said;
    }
    assert!(all.contains("st2.execution__update"), "{all}");
    all
}

/// Arguments and environment of every process there is, but for the server's own environment, which it was given.
fn look_at_processes(canary: &Canary, server: u32) {
    let (mut seen, mut ours) = (String::new(), 0);
    for entry in fs_err::read_dir("/proc").unwrap().flatten() {
        let Ok(process) = entry.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        let read = |name: &str| {
            let bytes = fs_err::read(entry.path().join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).replace('\0', " ")
        };
        writeln!(seen, "{process} {}", read("cmdline")).unwrap();
        if process != server {
            let environment = read("environ");
            ours += usize::from(environment.contains("ST2_ACTION_EXECUTION_ID="));
            writeln!(seen, "{environment}").unwrap();
        }
    }
    assert!(ours >= 2, "the actions are not seen");
    canary.assert_not_in(&seen, "the arguments or the environment of a process");
}

/// The log, the database and a backup of it, in which `plain` can be found.
fn look_at_disk(canary: &Canary, squall: &Server, plain: &str) {
    let data = squall.folder().join("data");
    let copy = squall.folder().join("copy.db");
    let backup = [
        "admin",
        "backup",
        "--data",
        data.to_str().unwrap(),
        copy.to_str().unwrap(),
    ];
    let made = command::squall(&backup, squall.folder());
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let log = fs_err::read_to_string(squall.folder().join("squall.log")).unwrap();
    assert!(log.contains("INFO"), "{log}");
    canary.assert_not_in(&log, "the log");
    let mut all = String::new();
    for file in [data.join("squall.db"), data.join("squall.db-wal"), copy] {
        let bytes = fs_err::read(&file).unwrap();
        all += &String::from_utf8_lossy(&bytes);
    }
    assert!(
        all.contains(plain),
        "what is no secret cannot be found either"
    );
    canary.assert_not_in(&all, "the database or its backup");
}

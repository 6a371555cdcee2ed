//! Packs are edited, broken, mended, swapped and installed while the server runs; it follows, and never falls.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use fs_err as fs;
use insta::assert_snapshot;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command;
use crate::http::Request;
use crate::packs;
use crate::server::{Server, Settings};
use crate::wait;

const PACK: &str =
    "{name: live, description: Changes, version: 1.0.0, author: a, email: a@example.com}";

/// A rule that tells which version of it was asked.
fn rule(version: &str) -> String {
    format!(
        "
name: live
pack: live
description: version {version}
enabled: true
trigger: {{type: core.st2.webhook, parameters: {{url: live}}}}
criteria: {{}}
action: {{ref: core.noop, parameters: {{}}}}
"
    )
}

fn folder() -> TempDir {
    packs::folder(&[
        ("live/pack.yaml", PACK),
        ("live/rules/live.yaml", &rule("1")),
    ])
}

fn until_described(squall: &Server, description: &str) {
    wait::until(&format!("the rule to be `{description}`"), || {
        let rule = squall.send(&Request::get("/api/v1/rules/live.live"));
        match rule.json()["description"].as_str() {
            Some(text) if text == description => Ok(()),
            _ => Err(rule.text()),
        }
    });
}

/// What the rule says of itself in the execution that an event starts: the rule as it was when it decided.
fn decided_by(squall: &Server) -> String {
    let newest = || squall.get("/api/v1/executions?rule=live.live&limit=1")[0].clone();
    let before = newest()["id"].clone();
    squall.post("/api/v1/webhooks/live", &json!({}), 202);
    wait::until("the execution", || {
        let execution = newest();
        let description = execution["rule"]["description"].as_str();
        let is_new = execution["id"] != before;
        let told = description.filter(|_| is_new).map(str::to_owned);
        told.ok_or(execution.to_string())
    })
}

fn pack_status(squall: &Server) -> Value {
    squall.get("/squall/v1/packs/live")
}

fn until_state(squall: &Server, state: &str) -> Value {
    wait::until(&format!("the pack to be {state}"), || {
        let status = pack_status(squall);
        match status["state"].as_str() {
            Some(found) if found == state => Ok(status),
            _ => Err(status.to_string()),
        }
    })
}

fn metric(squall: &Server, name: &str) -> String {
    let text = squall.send(&Request::get("/metrics")).text();
    let line = text.lines().find(|line| line.starts_with(name));
    line.unwrap_or_default().to_owned()
}

#[test]
fn a_rule_is_edited_broken_and_mended() {
    let folder = folder();
    let file = folder.path().join("live/rules/live.yaml");
    let squall = Server::dev(folder.path());
    assert_eq!(decided_by(&squall), "version 1");

    fs::write(&file, rule("2")).unwrap();
    until_described(&squall, "version 2");

    fs::write(
        &file,
        rule("3").replace(
            "criteria: {}",
            "criteria: {trigger.body.x: {type: eqals, pattern: 1}}",
        ),
    )
    .unwrap();
    let status = until_state(&squall, "refused");
    let problem = &status["refused"]["problems"][0];
    assert_eq!(problem["file"], file.to_str().unwrap());
    assert_eq!(problem["line"], 7);
    assert_eq!(problem["key"], "criteria.trigger.body.x.type");
    assert_eq!(problem["hint"], "did you mean `equals`?");
    assert_eq!(decided_by(&squall), "version 2");
    assert_eq!(
        metric(&squall, "squall_packs_refused "),
        "squall_packs_refused 1"
    );
    assert_eq!(
        metric(&squall, "squall_pack_reload_failures_total "),
        "squall_pack_reload_failures_total 1"
    );

    let url = format!("http://{}", squall.address());
    let told = command::squall(&["pack", "status", "live", "--url", &url], folder.path());
    assert_eq!(told.code, Some(1));
    let told = told
        .stdout
        .replace(folder.path().to_str().unwrap(), "<packs>");
    let told: Vec<&str> = told.lines().skip(2).collect();
    assert_snapshot!(told.join("\n"), @r"
    live: newer files are refused, because
    error: <packs>/live/rules/live.yaml:7:35: criteria.trigger.body.x.type: there is no operator `eqals` (did you mean `equals`?)
    ");
    let log = fs::read_to_string(squall.folder().join("squall.log")).unwrap();
    assert!(log.contains("what was in force stays in force"), "{log}");

    // StackStorm's way of loading a pack says the same.
    let register = Request::post("/api/v1/packs/register", &json!({"packs": ["live"]}));
    let refused = squall.send(&register);
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("live.yaml:7"), "{}", refused.text());

    fs::write(&file, rule("4")).unwrap();
    until_described(&squall, "version 4");
    assert_eq!(until_state(&squall, "good")["refused"], Value::Null);
    assert_eq!(
        metric(&squall, "squall_packs_refused "),
        "squall_packs_refused 0"
    );
    squall.send(&register);
    assert_eq!(squall.send(&register).status, 200);
}

/// A volume as Kubernetes makes it of a ConfigMap: all that is seen are links into `..data`, which is swapped at once.
#[test]
fn a_volume_is_swapped() {
    let folder = tempfile::tempdir().unwrap();
    let volume = folder.path().join("live");
    for version in ["1", "2"] {
        let place = volume.join(format!("..version_{version}"));
        fs::create_dir_all(place.join("rules")).unwrap();
        fs::write(place.join("pack.yaml"), PACK).unwrap();
        fs::write(place.join("rules/live.yaml"), rule(version)).unwrap();
    }
    symlink("..version_1", volume.join("..data")).unwrap();
    symlink("..data/pack.yaml", volume.join("pack.yaml")).unwrap();
    symlink("..data/rules", volume.join("rules")).unwrap();
    let squall = Server::dev(folder.path());
    until_described(&squall, "version 1");
    assert_eq!(
        squall.get("/api/v1/packs/live")["files"],
        json!(["pack.yaml", "rules/live.yaml"])
    );

    symlink("..version_2", volume.join("..data_tmp")).unwrap();
    fs::rename(volume.join("..data_tmp"), volume.join("..data")).unwrap();
    fs::remove_dir_all(volume.join("..version_1")).unwrap();
    until_described(&squall, "version 2");
    assert_eq!(decided_by(&squall), "version 2");
}

/// The server dies again and again while rules change and events come. What was acknowledged is decided, each by one
/// version of the rule; what is in force in the end is what the file says.
#[test]
fn kill_nine_between_two_versions() {
    let folder = folder();
    let file = folder.path().join("live/rules/live.yaml");
    let mut settings = Settings::dev().packs(folder.path());
    let mut acknowledged = 0;
    for round in 0..5 {
        let squall = settings.start();
        let (address, over) = (squall.address(), AtomicBool::new(false));
        settings = thread::scope(|scope| {
            let sender = scope.spawn(|| {
                let mut accepted = 0;
                while !over.load(Ordering::Relaxed) {
                    let request = Request::post("/api/v1/webhooks/live", &json!({}));
                    let answer = request.send(address);
                    accepted += usize::from(answer.is_ok_and(|answer| answer.status == 202));
                }
                accepted
            });
            let before = squall.get("/squall/v1/packs")["generation"].clone();
            for version in 0..3 {
                replace(&file, &rule(&format!("{round}.{version}")));
            }
            wait::until("another generation", || {
                let now = squall.get("/squall/v1/packs")["generation"].clone();
                if now == before {
                    Err(now.to_string())
                } else {
                    Ok(())
                }
            });
            replace(&file, &rule(&format!("{round}.last")));
            let killed = squall.kill();
            over.store(true, Ordering::Relaxed);
            acknowledged += sender.join().unwrap();
            killed
        });
    }
    let squall = settings.start();
    until_described(&squall, "version 4.last");
    let decisions = wait::until("every event to be decided", || {
        let events = squall.get("/api/v1/triggerinstances?limit=-1");
        let is_open = |event: &&Value| event["status"] != "processed";
        let open = events.as_array().unwrap().iter().filter(is_open).count();
        let decisions = squall.get("/api/v1/ruleenforcements?limit=-1");
        match open {
            0 if events.as_array().unwrap().len() == decisions.as_array().unwrap().len() => {
                Ok(decisions.as_array().unwrap().len())
            }
            _ => Err(format!("{open} open")),
        }
    });
    assert!(
        decisions >= acknowledged,
        "{decisions} decisions of {acknowledged} acknowledged events"
    );
    assert_eq!(decided_by(&squall), "version 4.last");
}

fn replace(file: &Path, text: &str) {
    let fresh = file.with_extension("new");
    fs::write(&fresh, text).unwrap();
    fs::rename(fresh, file).unwrap();
}

#[test]
fn a_change_by_rest_holds_until_the_file_changes() {
    let folder = folder();
    let file = folder.path().join("live/rules/live.yaml");
    let squall = Server::dev(folder.path());
    let mut changed = squall.get("/api/v1/rules/live.live");
    changed["description"] = json!("by rest");
    let put = Request::new("PUT", "/api/v1/rules/live.live").json(&changed);
    assert_eq!(squall.send(&put).status, 200);
    assert_eq!(decided_by(&squall), "by rest");
    let told = pack_status(&squall)["changed_over_rest"].clone();
    assert_eq!(told, json!([{"kind": "rule", "ref": "live.live"}]));

    // It survives a power cut, and that the pack is read again.
    let squall = squall.kill().start();
    until_described(&squall, "by rest");
    squall.post("/api/v1/packs/register", &json!({"packs": ["live"]}), 200);
    until_described(&squall, "by rest");

    fs::write(&file, rule("2")).unwrap();
    until_described(&squall, "version 2");
    assert_eq!(pack_status(&squall)["changed_over_rest"], json!([]));

    // Deleted is a change, too.
    let deleted = squall.send(&Request::new("DELETE", "/api/v1/rules/live.live"));
    assert_eq!(deleted.status, 204);
    let squall = squall.kill().start();
    let missing = squall.send(&Request::get("/api/v1/rules/live.live"));
    assert_eq!(missing.status, 404);
    assert_eq!(
        squall
            .send(&Request::post("/api/v1/webhooks/live", &json!({})))
            .status,
        404
    );
    fs::write(&file, rule("3")).unwrap();
    until_described(&squall, "version 3");
}

/// The code of actions is read when they run; what they need of Python is made when it is asked for.
#[test]
fn python_code_and_requirements_change() {
    let action = |text: &str| {
        format!(
            "from st2common.runners.base_action import Action\nfrom helper import word\n\nclass Say(Action):\n    def run(self):\n        return word + {text:?}\n"
        )
    };
    let folder = packs::folder(&[
        ("live/pack.yaml", PACK),
        (
            "live/actions/say.yaml",
            "{name: say, runner_type: python-script, enabled: true, entry_point: say.py}",
        ),
        ("live/actions/say.py", &action(" one")),
        ("live/actions/lib/helper.py", "word = 'version'\n"),
    ]);
    let squall = Server::dev(folder.path());
    let say = || {
        let made = squall.post("/api/v1/executions", &json!({"action": "live.say"}), 201);
        let path = format!("/api/v1/executions/{}", made["id"].as_str().unwrap());
        wait::until("the action to end", || {
            let execution = squall.get(&path);
            match execution["status"].as_str() {
                Some("succeeded" | "failed") => Ok(execution),
                _ => Err(execution.to_string()),
            }
        })
    };
    assert_eq!(say()["result"]["result"], "version one");
    // Of the same length, within the same second.
    replace(&folder.path().join("live/actions/say.py"), &action(" two"));
    replace(
        &folder.path().join("live/actions/lib/helper.py"),
        "word = 'Version'\n",
    );
    assert_eq!(say()["result"]["result"], "Version two");

    let requirements = folder.path().join("live/requirements.txt");
    fs::write(&requirements, "./not_there-1.0-py3-none-any.whl\n").unwrap();
    let failed = wait::until("the virtualenv to fail", || {
        let status = pack_status(&squall);
        match status["virtualenv"]["state"].as_str() {
            Some("failed") => Ok(status),
            _ => Err(status.to_string()),
        }
    });
    let reason = failed["virtualenv"]["reason"].as_str().unwrap();
    assert!(reason.contains("not_there-1.0"), "{reason}");
    let execution = say();
    assert_eq!(execution["status"], "failed");
    let id = execution["id"].as_str().unwrap();
    let output = squall.send(&Request::get(&format!("/api/v1/executions/{id}/output")));
    assert!(
        output
            .text()
            .contains("waiting for the virtualenv of the pack `live`"),
        "{}",
        output.text()
    );

    fs::write(&requirements, "# nothing\n").unwrap();
    wait::until("the virtualenv to be given up", || {
        let status = pack_status(&squall);
        match status["virtualenv"]["state"].as_str() {
            Some("ready") => Ok(()),
            _ => Err(status.to_string()),
        }
    });
    assert_eq!(say()["status"], "succeeded");
}

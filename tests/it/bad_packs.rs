//! Packs can be as broken as they like: every fault is told, the rest works, and nothing hangs, swells or falls over.

use std::fmt::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::json;
use tempfile::TempDir;

use crate::command;
use crate::packs;
use crate::server::Server;
use crate::wait;

const FILES: &[(&str, &str)] = &[
    ("nothing/README", "a folder without a pack.yaml is no pack"),
    (
        "halved/pack.yaml",
        "{name: halved, description: Without a version}",
    ),
    (
        "halved/actions/left.yaml",
        "{name: left, runner_type: noop}",
    ),
    (
        "broken/pack.yaml",
        "{name: broken, description: Everything is wrong, version: 1.0.0, author: a, email: a@example.com}",
    ),
    (
        "broken/actions/fine.yaml",
        "{name: fine, runner_type: local-shell-cmd, enabled: true, parameters: {cmd: {default: echo fine}}}",
    ),
    (
        "broken/actions/misspelt.yaml",
        "name: misspelt\nrunner_type: python-scrpt\nenabled: true\n",
    ),
    (
        "broken/actions/tab.yaml",
        "name: tab\nparameters:\n\tcmd: {}\n",
    ),
    (
        "broken/actions/once.yaml",
        "{name: twice, runner_type: noop}",
    ),
    (
        "broken/actions/twice.yaml",
        "{name: twice, runner_type: noop}",
    ),
    ("broken/actions/list.yaml", "- name: list\n"),
    ("broken/actions/empty.yaml", ""),
    (
        "broken/actions/object.yaml",
        "!!python/object/apply:os.system [touch pwned]\n",
    ),
    (
        "broken/rules/operator.yaml",
        "name: operator\ntrigger: {type: core.st2.webhook, parameters: {url: x}}\ncriteria:\n  trigger.body.a:\n    type: equalz\n    pattern: 1\naction: {ref: core.noop}\n",
    ),
    (
        "broken/rules/lost.yaml",
        "name: lost\nenabled: true\ntrigger: {type: core.st2.webhook, parameters: {url: lost}}\ncriteria: {}\naction: {ref: broken.nothing}\n",
    ),
    (
        "broken/rules/fine.yaml",
        "name: fine\nenabled: true\ntrigger: {type: core.st2.webhook, parameters: {url: fine}}\ncriteria: {}\naction: {ref: broken.fine}\n",
    ),
];

/// The files above, and those that cannot be written down here.
fn folder() -> TempDir {
    let folder = packs::folder(FILES);
    let actions = folder.path().join("broken/actions");
    let write = |name: &str, content: &[u8]| fs_err::write(actions.join(name), content).unwrap();
    write("latin.yaml", b"name: caf\xe9\nrunner_type: noop\n");
    write("deep.yaml", "[".repeat(100_000).as_bytes());
    write(
        "digits.yaml",
        format!("name: {}\n", "9".repeat(100_000)).as_bytes(),
    );
    write(
        "long.yaml",
        format!("name: {}\n", "a".repeat(6 * 1024 * 1024)).as_bytes(),
    );
    write("bomb.yaml", bomb().as_bytes());
    symlink("/etc/hostname", actions.join("link.yaml")).unwrap();
    symlink("circle.yaml", actions.join("circle.yaml")).unwrap();
    let made = Command::new("mkfifo")
        .arg(actions.join("pipe.yaml"))
        .status();
    assert!(made.unwrap().success());
    folder
}

/// Nine lists, each nine times the one before: a billion laughs.
fn bomb() -> String {
    let mut text = "a0: &a0 [laugh, laugh, laugh]\n".to_owned();
    for level in 1..=9 {
        let before = format!("*a{}", level - 1);
        let nine = [before.as_str(); 9].join(", ");
        writeln!(text, "a{level}: &a{level} [{nine}]").unwrap();
    }
    text
}

#[test]
fn a_check_tells_every_fault_at_once() {
    let folder = folder();
    let checked = command::squall(&["pack", "check", "."], folder.path());
    assert_eq!(checked.code, Some(1), "{}", checked.stderr);
    assert_snapshot!(checked.stdout, @"
    error: ./broken/actions/bomb.yaml:7:20: more than 1000000 values, aliases counted in full
    error: ./broken/actions/circle.yaml: cannot be read: filesystem loop or indirection limit (e.g. symlink loop)
    error: ./broken/actions/deep.yaml:1:101: lists and mappings more than 100 deep
    error: ./broken/actions/digits.yaml:1:7: `999999999999999999999999999999999999999999999999999999999999...` is not an integer
    error: ./broken/actions/empty.yaml:1:1: is empty
    error: ./broken/actions/latin.yaml: line 1 is not UTF-8 text (save it as UTF-8)
    error: ./broken/actions/link.yaml: the link leads out of the pack
    error: ./broken/actions/list.yaml:1:1: must be a mapping, but is a list
    error: ./broken/actions/long.yaml: is larger than 5 MiB
    error: ./broken/actions/misspelt.yaml:2:14: runner_type: there is no runner `python-scrpt` (did you mean `python-script`?)
    error: ./broken/actions/object.yaml:1:33: the tag `tag:yaml.org,2002:python/object/apply:os.system` has no meaning here
    error: ./broken/actions/pipe.yaml: is not a regular file
    error: ./broken/actions/tab.yaml:3:2: tabs disallowed within this context (block indentation)
    warning: ./broken/actions/twice.yaml: name: is given in an earlier file too: this one counts
    error: ./broken/rules/operator.yaml:5:11: criteria.trigger.body.a.type: there is no operator `equalz` (did you mean `equals`?)
    error: ./halved/pack.yaml:1:1: author: is missing
    error: ./halved/pack.yaml:1:1: version: is missing
    warning: ./broken/rules/lost.yaml:5:15: action.ref: there is no action `broken.nothing`
    ");
    assert_snapshot!(checked.stderr, @"
    broken: 2 actions, 2 rules, no trigger types, no sensors
    halved: 1 action, no rules, no trigger types, no sensors
    16 errors, 2 warnings
    ");
    assert_nothing_was_run(folder.path());
}

#[test]
fn a_server_works_with_what_is_left() {
    let folder = folder();
    let squall = Server::dev(folder.path());
    let actions = squall.get("/api/v1/actions?pack=broken");
    let names: Vec<&str> = actions
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action["ref"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["broken.fine", "broken.twice"]);

    squall.post("/api/v1/webhooks/fine", &json!({}), 202);
    wait::until("the good rule to run the good action", || {
        let executions = squall.get("/api/v1/executions?rule=broken.fine");
        match executions[0]["result"]["stdout"].as_str() {
            Some("fine") => Ok(()),
            _ => Err(executions.to_string()),
        }
    });

    squall.post("/api/v1/webhooks/lost", &json!({}), 202);
    let decision = wait::until("the decision of the rule whose action is lost", || {
        let decisions = squall.get("/api/v1/ruleenforcements?rule_ref=broken.lost");
        match &decisions[0] {
            decision if decision.is_object() => Ok(decision.clone()),
            _ => Err(decisions.to_string()),
        }
    });
    assert_eq!(decision["status"], "failed");
    assert_snapshot!(decision["failure_reason"].as_str().unwrap(), @r#"Action "broken.nothing" doesn't exist"#);
    assert_nothing_was_run(folder.path());
}

fn assert_nothing_was_run(folder: &Path) {
    for place in [folder, Path::new(".")] {
        assert!(
            !place.join("pwned").exists(),
            "a YAML file has run a command"
        );
    }
}

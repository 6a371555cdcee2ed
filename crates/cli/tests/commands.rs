//! The binary as people and scripts use it: what it prints, and how it ends.

#![cfg(test)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// `squall` with nothing of this process's settings.
fn squall(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SQUALL_") {
            command.env_remove(name);
        }
    }
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// `squall dev` in a folder of its own, killed if the test fails.
struct Dev {
    child: Child,
    out: BufReader<ChildStdout>,
    url: String,
    folder: TempDir,
}

impl Dev {
    fn start(folder: TempDir) -> Self {
        let mut command = squall(&["dev", "--data", "data", "--listen", "127.0.0.1:0"]);
        let log = fs_err::File::create(folder.path().join("log")).unwrap();
        command
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(log.into_file());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let url = line
            .strip_prefix("ready ")
            .unwrap_or_else(|| panic!("`{line}` is not ready"))
            .trim()
            .to_owned();
        Self {
            child,
            out,
            url,
            folder,
        }
    }

    /// Runs a command against this server.
    fn ask(&self, arguments: &[&str]) -> Output {
        let mut command = squall(arguments);
        command
            .env("SQUALL_URL", &self.url)
            .current_dir(self.folder.path());
        command.output().unwrap()
    }

    /// The same; it must end with 0.
    fn told(&self, arguments: &[&str]) -> String {
        let output = self.ask(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout).to_owned()
    }

    /// The same, as JSON.
    fn json(&self, arguments: &[&str]) -> Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["-o", "json"]).collect();
        serde_json::from_str(&self.told(&arguments)).unwrap()
    }

    /// Asks it to stop; gives its folder, and what else it has printed.
    fn stop(mut self) -> (TempDir, String) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let mut rest = String::new();
        while self.out.read_line(&mut rest).unwrap() > 0 {}
        assert!(self.child.wait().unwrap().success());
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        (folder, rest)
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_server_is_started_asked_and_stopped_and_remembers() {
    let dev = Dev::start(tempfile::tempdir().unwrap());
    assert!(
        dev.told(&["run", "core.local", "cmd=echo hi"])
            .contains("  stdout: hi\n")
    );
    let id = dev.told(&["run", "core.local", "-a", "echo", "one;", "echo", "two"]);
    assert_eq!(dev.told(&["execution", "tail", id.trim()]), "one\ntwo\n");
    let key = dev.told(&["execution", "get", id.trim(), "--key", "stdout"]);
    assert_eq!(key, "one\ntwo\n");
    dev.told(&["key", "set", "color", "green", "--secret"]);
    assert_ne!(dev.told(&["key", "get", "color"]), "green\n");
    let (folder, rest) = dev.stop();
    assert_eq!(rest, "", "more than one line was printed");

    let again = Dev::start(folder);
    assert_eq!(again.told(&["key", "get", "color", "--decrypt"]), "green\n");
    assert_eq!(
        again.json(&["execution", "list"]).as_array().unwrap().len(),
        2
    );
    again.stop();
}

#[test]
fn a_failed_action_and_what_is_not_there_end_with_1() {
    let dev = Dev::start(tempfile::tempdir().unwrap());
    let failed = dev.ask(&["run", "core.local", "exit 3", "-j"]);
    assert_eq!(failed.status.code(), Some(1));
    let execution: Value = serde_json::from_slice(&failed.stdout).unwrap();
    assert_eq!(execution["result"]["return_code"], 3);
    let missing = dev.ask(&["rule", "get", "no.rule"]);
    assert_eq!(missing.status.code(), Some(1));
    let wrong = dev.ask(&["run", "core.pause", "max_pause=long"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("the parameter `max_pause` takes a whole number"));
    dev.stop();
}

const RULE: &str = "
name: greet
pack: default
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: greet}}
criteria: {trigger.body.name: {type: startswith, pattern: A}}
action: {ref: core.local, parameters: {cmd: 'echo hello {{ trigger.body.name }}'}}
";

#[test]
fn a_rule_is_made_switched_and_asked() {
    let dev = Dev::start(tempfile::tempdir().unwrap());
    fs_err::write(dev.folder.path().join("greet.yaml"), RULE).unwrap();
    dev.told(&["rule", "create", "greet.yaml"]);
    let payload = r#"{"headers": {}, "headers_lower": {}, "body": {"name": "Ann"}}"#;
    let trigger = dev.json(&["rule", "get", "default.greet"])["trigger"]["ref"]
        .as_str()
        .unwrap()
        .to_owned();
    dev.told(&["event", "send", &trigger, "--payload", payload]);
    let event = dev.json(&["event", "list"])[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let of_event = ["execution", "list", "--event", &event];
    let started = || !dev.json(&of_event).as_array().unwrap().is_empty();
    assert!((0..500).any(|_| started()), "the rule started nothing");
    assert!(
        dev.told(&["event", "get", &event])
            .contains("default.greet")
    );
    let tried = dev.json(&[
        "rule",
        "test",
        "--rule-ref",
        "default.greet",
        "--event-id",
        &event,
    ]);
    assert_eq!(tried["verdict"], "match");
    assert_eq!(tried["criteria"][0]["found"], "'Ann'");
    let other = RULE.replace("name: greet", "name: greet\ndescription: in other words");
    fs_err::write(dev.folder.path().join("other.yaml"), other).unwrap();
    let updated = dev.told(&["rule", "update", "default.greet", "other.yaml"]);
    assert!(updated.contains("in other words"), "{updated}");
    dev.told(&["rule", "disable", "default.greet"]);
    assert_eq!(
        dev.json(&["rule", "get", "default.greet"])["enabled"],
        false
    );
    dev.told(&["event", "re-emit", &event]);
    assert_eq!(dev.json(&["event", "list"]).as_array().unwrap().len(), 2);
    dev.told(&["rule", "delete", "default.greet"]);
    assert_eq!(
        dev.ask(&["rule", "get", "default.greet"]).status.code(),
        Some(1)
    );
    dev.stop();
}

fn pack(folder: &Path, action: &str) {
    fs_err::create_dir_all(folder.join("actions")).unwrap();
    let manifest =
        "name: mine\nref: mine\ndescription: d\nversion: 1.0.0\nauthor: a\nemail: a@example.com\n";
    fs_err::write(folder.join("pack.yaml"), manifest).unwrap();
    fs_err::write(folder.join("actions/hello.yaml"), action).unwrap();
}

const ACTION: &str = "
name: hello
runner_type: local-shell-cmd
parameters: {cmd: {type: string, default: echo hello, immutable: true}}
";

#[test]
fn a_pack_is_checked_installed_and_used() {
    let dev = Dev::start(tempfile::tempdir().unwrap());
    let folder = dev.folder.path().join("source");
    pack(&folder, "name: hello\nrunner_type: local-shel-cmd\n");
    let refused = dev.ask(&["pack", "install", "source", "--data", "data"]);
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused.stderr));
    assert!(
        text(&refused.stdout).contains("hello.yaml:2"),
        "{}",
        text(&refused.stdout)
    );
    pack(&folder, ACTION);
    dev.told(&["pack", "check", "source"]);
    dev.told(&["pack", "install", "source", "--data", "data"]);
    assert!(dev.told(&["run", "mine.hello"]).contains("stdout: hello"));
    let elsewhere = dev.ask(&["pack", "install", "source", "--data", "other"]);
    assert_eq!(elsewhere.status.code(), Some(1));
    assert!(
        text(&elsewhere.stderr).contains("reads it from"),
        "{}",
        text(&elsewhere.stderr)
    );
    let (folder, _) = dev.stop();
    let mut alone = squall(&[
        "pack",
        "install",
        "source",
        "--data",
        "data",
        "--url",
        "http://127.0.0.1:1",
    ]);
    assert!(
        alone
            .current_dir(folder.path())
            .output()
            .unwrap()
            .status
            .success()
    );
}

const PLAYBOOKS: &str = "
sinksConfig: [file_sink: {name: out, file_name: '{{ env.FINDINGS }}'}]
customPlaybooks:
- name: Pods
  triggers: [on_pod_crash_loop: {}, on_pod_updat: {}]
  actions: [create_finding: {title: t, aggregation_key: k}]
- triggers: [on_job_failure: {}]
  actions: [name_silencer: {}]
  sinks: [out]
  stop: true
";

#[test]
fn files_of_playbooks_are_checked_and_listed_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("values.yaml"), PLAYBOOKS).unwrap();
    let ask = |arguments: &[&str], findings: &str| {
        let mut command = squall(arguments);
        let command = command.current_dir(folder.path()).env("FINDINGS", findings);
        command.output().unwrap()
    };
    let output = ask(&["playbook", "check", "values.yaml"], "");
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stdout);
    assert!(told.contains("the environment has no `FINDINGS`"), "{told}");
    assert!(told.contains("values.yaml:5:37: "), "{told}");
    assert!(told.contains("did you mean `on_pod_update`?"), "{told}");
    let output = ask(&["playbook", "check", "-o", "json", "values.yaml"], "f");
    assert_eq!(output.status.code(), Some(1));
    let problems: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(problems[0]["key"], "customPlaybooks[0].triggers[1]");
    assert_eq!(problems[0]["severity"], "error");
    let message = "`name_silencer` takes a PrometheusKubernetesAlert; `on_job_failure` gives a JobChangeEvent";
    assert_eq!(problems[1]["message"], message);
    let mended = PLAYBOOKS.replace(", on_pod_updat: {}", "");
    fs_err::write(folder.path().join("values.yaml"), mended).unwrap();
    let output = ask(&["playbook", "list", "values.yaml"], "f");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let told: Vec<Vec<&str>> = text(&output.stdout)
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let wanted = [
        "NO. PLAYBOOK TRIGGERS ACTIONS SINKS STOP",
        "1 Pods on_pod_crash_loop create_finding default no",
        "2 - on_job_failure name_silencer out yes",
    ];
    assert_eq!(told.len(), wanted.len());
    for (line, wanted) in told.iter().zip(wanted) {
        assert_eq!(line.join(" "), wanted);
    }
}

#[test]
fn the_story_is_played_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = squall(&["demo", "--offline", "--folder", "demo"]);
    let output = demo.current_dir(folder.path()).output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    let profiles = fs_err::read_dir(folder.path().join("demo/profiles")).unwrap();
    assert_eq!(profiles.count(), 1);
}

#[test]
fn nobody_there_ends_with_3_and_a_wrong_command_with_2() {
    let nobody = squall(&["rule", "list", "--url", "http://127.0.0.1:1"])
        .output()
        .unwrap();
    assert_eq!(nobody.status.code(), Some(3));
    assert!(text(&nobody.stderr).contains("squall dev"));
    assert_eq!(squall(&["rules"]).output().unwrap().status.code(), Some(2));
    let open = squall(&["serve", "--no-auth", "--listen", "0.0.0.0:0"])
        .output()
        .unwrap();
    assert_eq!(open.status.code(), Some(2));
    let open = squall(&["dev", "--listen", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(open.status.code(), Some(2));
}

#[test]
fn whoever_has_read_enough_is_no_failure() {
    let mut child = squall(&["completion", "bash"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_secret_need_not_stand_on_the_command_line() {
    let dev = Dev::start(tempfile::tempdir().unwrap());
    let mut set = squall(&["key", "set", "password", "-", "--secret"]);
    set.env("SQUALL_URL", &dev.url)
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let mut child = set.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"swordfish\n")
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(
        dev.told(&["key", "get", "password", "--decrypt"]),
        "swordfish\n"
    );
    dev.stop();
}

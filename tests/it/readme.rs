//! What the README tells people to type works as it stands there.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::command;
use crate::http::Request;
use crate::machine;
use crate::process::Process;
use crate::server::binary;
use crate::wait;

const STORY: &str = "the README's commands work";

#[test]
fn the_commands_of_the_readme_work() {
    let (Some(st2), Some(_curl)) = (machine::stock_client(), machine::program("curl")) else {
        return machine::skipped(
            STORY,
            "curl or the stock client st2client 3.9.0 is not installed",
        );
    };
    let _ports = match machine::usual_ports() {
        Ok(ports) => ports,
        Err(why) => return machine::skipped(STORY, &why),
    };
    let place = place(&st2);
    let mut server: Option<Process> = None;
    let mut typed = 0;
    for line in commands() {
        match kind(&line) {
            Kind::Building => continue,
            Kind::Serving if server.is_some() => continue,
            Kind::Serving => {
                let mut started = Process::start("squall", &mut shell(&place, &line), place.path());
                started.said(0, |line| line.starts_with("ready http://").then_some(()));
                server = Some(started);
            }
            Kind::Asking => {
                let line = match line.strip_suffix(" ID") {
                    Some(line) => format!("{line} {}", newest_execution()),
                    None => line,
                };
                let shown = command::run(&mut shell(&place, &line));
                assert_eq!(
                    shown.code,
                    Some(0),
                    "{line}: {}{}",
                    shown.stdout,
                    shown.stderr
                );
            }
        }
        typed += 1;
    }
    assert!(typed >= 8, "the README has more commands than {typed}");
    let fired = newest_execution_of("examples.sample_rule_with_webhook");
    assert_eq!(fired["status"], "succeeded", "{fired}");
}

/// What the README shows of the rule is the rule that is there.
#[test]
fn the_rule_of_the_readme_is_the_rule_of_the_pack() {
    let rule = "examples/packs/labs_sre/rules/generate_pprof_with_webhook.yaml";
    let rule = fs_err::read_to_string(repository().join(rule)).unwrap();
    let rule = rule.trim_start_matches("---\n").trim_end();
    assert!(
        readme().contains(rule),
        "the README shows another rule than\n{rule}"
    );
}

enum Kind {
    /// Builds or installs what the story has already.
    Building,
    /// Goes on until it is stopped.
    Serving,
    /// Ends by itself.
    Asking,
}

fn kind(line: &str) -> Kind {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["cargo" | "pip", ..] => Kind::Building,
        [_, "dev" | "serve", ..] => Kind::Serving,
        _ => Kind::Asking,
    }
}

/// A folder in which the commands can be typed as in the repository, and with StackStorm's packs where it has them.
fn place(st2: &Path) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    let link = |to: &Path, name: &str| {
        let link = place.path().join(name);
        fs_err::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(to, link).unwrap();
    };
    link(&repository().join("examples"), "examples");
    link(binary(), "target/release/squall");
    link(binary(), "bin/squall");
    link(st2, "bin/st2");
    let kube = place.path().join("home/.kube");
    fs_err::create_dir_all(&kube).unwrap();
    fs_err::write(kube.join("config"), KUBECONFIG).unwrap();
    fs_err::write(place.path().join("generated_values.yaml"), PLAYBOOKS).unwrap();
    place
}

/// What somebody who comes from Robusta has.
const PLAYBOOKS: &str = r#"
clusterName: lab
sinksConfig:
- file_sink: {name: here, file_name: found.json}
customPlaybooks:
- triggers:
  - on_pod_crash_loop: {}
  actions:
  - report_crash_loop: {}
"#;

/// A cluster where nobody answers.
const KUBECONFIG: &str = r#"
apiVersion: v1
kind: Config
clusters: [{name: lab, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: me, user: {}}]
contexts: [{name: lab, context: {cluster: lab, user: me}}]
current-context: lab
"#;

fn shell(place: &TempDir, line: &str) -> Command {
    let packs = repository().join("examples/packs");
    let packs = packs.to_str().unwrap();
    let line = line
        .replace("/opt/stackstorm/packs/mine", &format!("{packs}/labs_sre"))
        .replace("/opt/stackstorm/packs", packs);
    let found = std::env::var_os("PATH").unwrap_or_default();
    let ours = std::iter::once(place.path().join("bin"));
    let path = std::env::join_paths(ours.chain(std::env::split_paths(&found))).unwrap();
    let mut command = Command::new("sh");
    // `exec`, so that who stops the shell stops what it has become.
    command.args(["-c", &format!("exec {line}")]);
    command.current_dir(place.path()).env("PATH", path);
    command.env("HOME", place.path().join("home"));
    command
}

/// The lines that are set off by four spaces or more, those that end with a backslash joined with the next.
fn commands() -> Vec<String> {
    let readme = readme().replace("\\\n", " ");
    let mut inside_yaml = false;
    let text = readme.lines().filter(|line| {
        if line.starts_with("```") {
            inside_yaml = !inside_yaml;
        }
        !inside_yaml
    });
    text.filter(|line| line.starts_with("    "))
        .map(|line| line.split(" # ").next().unwrap_or(line).trim().to_owned())
        .collect()
}

/// The newest execution, once all have ended.
fn newest_execution() -> String {
    let executions = wait::until("all executions to end", || {
        let executions = get("/api/v1/executions");
        let all = executions.as_array().unwrap();
        let ended = |execution: &Value| execution.get("end_timestamp").is_some();
        match !all.is_empty() && all.iter().all(ended) {
            true => Ok(executions),
            false => Err(executions.to_string()),
        }
    });
    executions[0]["id"].as_str().unwrap().to_owned()
}

fn newest_execution_of(rule: &str) -> Value {
    get(&format!("/api/v1/executions?rule={rule}"))[0].clone()
}

fn get(path: &str) -> Value {
    let address = ([127, 0, 0, 1], 8700).into();
    Request::get(path).send(address).unwrap().json()
}

fn readme() -> String {
    fs_err::read_to_string(repository().join("README.md")).unwrap()
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

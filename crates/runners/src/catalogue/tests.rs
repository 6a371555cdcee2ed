//! The contract that binds every runner, and what the catalogue adds to each.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use squall_model::record::OutputKind;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::Host;
use crate::testing::{Attempt, host_with, is_running};

/// Runs for ever once it has printed its process number, if its runner has processes.
const ENDLESS_SCRIPT: &str = "#!/bin/sh\necho $$\nwhile true; do sleep 1000; done\n";
const ENDLESS_ACTION: &str = "
import os, time
from st2common.runners.base_action import Action

class It(Action):
    def run(self):
        print(os.getpid(), flush=True)
        time.sleep(1000)
";
const CHATTY_ACTION: &str = "
from st2common.runners.base_action import Action

class It(Action):
    def run(self):
        for _ in range(1000):
            print('x' * 999)
";
const LIMIT: usize = 10_000;

/// What the attempts of one test need around them.
struct Surroundings {
    pack: TempDir,
    silent: TcpListener,
    host: Arc<Host>,
}

impl Surroundings {
    async fn new() -> Self {
        let pack = tempfile::tempdir().unwrap();
        fs_err::create_dir(pack.path().join("actions")).unwrap();
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = host_with(|settings| {
            settings.environment = std::env::vars_os().collect();
            settings.output_limit = LIMIT;
            settings.python.data = pack.path().join("data");
        });
        Self { pack, silent, host }
    }

    fn attempt(&self, name: &str, parameters: Json, more: Json) -> Attempt {
        let attempt = Attempt::on(Arc::clone(&self.host), name, parameters);
        attempt.in_pack(self.pack.path().into(), more, json!({}))
    }

    fn file(&self, name: &str, text: &str) -> Json {
        fs_err::write(self.pack.path().join("actions").join(name), text).unwrap();
        json!({"entry_point": name})
    }

    /// An attempt that does not end by itself. None for runners that always end at once.
    fn endless(&self, name: &str) -> Option<Attempt> {
        let nothing = json!({});
        Some(match name {
            "cloudevent" | "http-request" => {
                let port = self.silent.local_addr().unwrap().port();
                let url = format!("http://127.0.0.1:{port}/");
                let url = json!({"url": url, "type": "t"});
                self.attempt(name, url, nothing)
            }
            "local-shell-cmd" => self.attempt(
                name,
                json!({"cmd": "echo $$; while true; do sleep 1000; done"}),
                nothing,
            ),
            "local-shell-script" => {
                self.attempt(name, nothing, self.file("endless", ENDLESS_SCRIPT))
            }
            "announcement" | "noop" => return None,
            "python-script" => self.attempt(name, nothing, self.file("it.py", ENDLESS_ACTION)),
            other => panic!("say here how `{other}` can run for ever"),
        })
    }

    /// An attempt that prints a million bytes. None for runners that print nothing.
    fn chatty(&self, name: &str) -> Option<Attempt> {
        let nothing = json!({});
        Some(match name {
            "announcement" | "cloudevent" | "http-request" | "noop" => return None,
            "local-shell-cmd" => {
                self.attempt(name, json!({"cmd": "yes | head -c 1000000"}), nothing)
            }
            "local-shell-script" => {
                let script = "#!/bin/sh\nyes | head -c 1000000\n";
                self.attempt(name, nothing, self.file("chatty", script))
            }
            "python-script" => self.attempt(name, nothing, self.file("it.py", CHATTY_ACTION)),
            other => panic!("say here how `{other}` can print much"),
        })
    }
}

#[test]
fn definitions_parse_and_names_are_kebab_case() {
    let kinds = kinds();
    for kind in &kinds {
        assert!(!kind.description.is_empty(), "{}", kind.name);
        assert!(!kind.package.is_empty(), "{}", kind.name);
        for (name, schema) in &kind.parameters.0 {
            assert!(schema["type"].is_string(), "{}: {name}", kind.name);
            assert!(schema["description"].is_string(), "{}: {name}", kind.name);
        }
        let kebab = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(kind.name.chars().all(kebab), "{}", kind.name);
    }
    assert!(kinds.is_sorted_by(|one, other| one.name < other.name));
    // Those of `ALL`, and that of playbooks.
    assert_eq!(
        kinds.iter().filter(|kind| kind.available).count(),
        ALL.len() + 1
    );
    assert!(ALL.is_sorted_by_key(|entry| entry.name));
}

#[test]
fn every_runner_has_a_manual_page_with_an_example() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = fs_err::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let texts: Vec<String> = files
        .filter(|file| file.is_file())
        .map(|file| fs_err::read_to_string(file).unwrap())
        .collect();
    for entry in ALL {
        let title = format!("//! `{}`: ", entry.name);
        let page = texts.iter().find(|text| text.starts_with(&title));
        let page = page.unwrap_or_else(|| panic!("no file begins with {title}"));
        let example = format!("//! runner_type: {}\n", entry.name);
        assert!(page.contains("//! ```yaml\n"), "{}", entry.name);
        assert!(page.contains(&example), "{}", entry.name);
    }
}

#[test]
fn workflows_are_known_but_not_carried_out_here() {
    assert!(find("orquesta").is_none());
    let kinds = kinds();
    let orquesta = kinds.iter().find(|kind| kind.name == "orquesta").unwrap();
    assert!(!orquesta.available);
    assert_eq!(orquesta.aliases, ["orchestra"]);
    assert!(find("noop").is_some());
}

#[tokio::test]
async fn a_panic_is_a_message() {
    let broken: Later<'static, Outcome> = Box::pin(async { panic!("at {}", "heart") });
    assert_eq!(caught(broken).await, Err("at heart".to_owned()));
}

#[tokio::test]
async fn a_cancel_ends_every_runner_within_a_second() {
    for entry in ALL {
        let surroundings = Surroundings::new().await;
        let Some(attempt) = surroundings.endless(entry.name) else {
            continue;
        };
        let (heard, cancel) = (Arc::clone(&attempt.heard), attempt.run.cancel.clone());
        let has_process = !matches!(entry.name, "cloudevent" | "http-request");
        let cancelling = async {
            let process = if has_process {
                heard.lines(1).await.swap_remove(0)
            } else {
                drop(surroundings.silent.accept().await.unwrap());
                String::new()
            };
            assert_eq!(is_running(&process), has_process);
            cancel.cancel();
            (process, Instant::now())
        };
        let (outcome, (process, asked_at)) = tokio::join!(attempt.outcome(), cancelling);
        assert!(
            asked_at.elapsed() < Duration::from_secs(1),
            "{}",
            entry.name
        );
        assert_eq!(outcome.verdict, Verdict::Cancelled, "{}", entry.name);
        assert!(!is_running(&process), "{}", entry.name);
    }
}

#[tokio::test]
async fn what_is_cancelled_already_does_not_start() {
    for entry in ALL {
        let surroundings = Surroundings::new().await;
        let Some(attempt) = surroundings.chatty(entry.name) else {
            continue;
        };
        attempt.run.cancel.cancel();
        let heard = Arc::clone(&attempt.heard);
        let outcome = attempt.outcome().await;
        assert_eq!(outcome.verdict, Verdict::Cancelled, "{}", entry.name);
        assert!(heard.pieces().is_empty(), "{}", entry.name);
    }
}

#[tokio::test]
async fn what_every_runner_keeps_is_bounded() {
    for entry in ALL {
        let surroundings = Surroundings::new().await;
        let Some(attempt) = surroundings.chatty(entry.name) else {
            continue;
        };
        let heard = Arc::clone(&attempt.heard);
        let outcome = attempt.outcome().await;
        assert_eq!(
            outcome.verdict,
            Verdict::Succeeded,
            "{}: {:?}",
            entry.name,
            outcome.result
        );
        let kept = outcome.result.to_string().len();
        assert!((LIMIT..2 * LIMIT).contains(&kept), "{}: {kept}", entry.name);
        assert_eq!(
            heard.text(OutputKind::Stdout).len(),
            1_000_000,
            "{}",
            entry.name
        );
    }
}

#[tokio::test]
async fn hostile_parameters_do_not_break_a_runner() {
    let deep = (0..500).fold(json!(1), |inner, _| json!([inner]));
    let values = [
        deep,
        json!({"\u{0}": {"": [null]}}),
        json!("\u{0}\u{1b}\r\n'\"$(exit 7)`"),
        json!("x".repeat(1 << 20)),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!([[]]),
    ];
    for entry in ALL {
        let surroundings = Surroundings::new().await;
        let kind = entry.runner_type();
        for (name, _) in kind.parameters.iter() {
            for value in &values {
                let usual = surroundings.chatty(entry.name).unwrap_or_else(|| {
                    let nobody_listens = json!({"url": "http://127.0.0.1:1/"});
                    surroundings.attempt(entry.name, nobody_listens, json!({}))
                });
                let mut attempt = usual;
                attempt.parameters.insert(name.clone(), value.clone());
                let outcome = attempt.outcome().await;
                let error = outcome.result["error"].as_str().unwrap_or_default();
                assert!(
                    !error.contains("broke down"),
                    "{}: {name}: {error}",
                    entry.name
                );
                assert_ne!(outcome.result, Json::Null);
            }
        }
    }
}

#[tokio::test]
async fn a_runner_that_breaks_down_fails_its_execution() {
    let dropped = CancellationToken::new();
    let guard = dropped.clone().drop_guard();
    let broken: Later<'static, Outcome> = Box::pin(async move {
        let _dropped_with_the_runner = guard;
        tokio::task::yield_now().await;
        panic!("{}", String::from("late"))
    });
    assert_eq!(caught(broken).await, Err("late".to_owned()));
    assert!(dropped.is_cancelled());
}

//! Actions of playbooks: what comes of them, on somebody who answers in place of the server.

use std::io::Write as _;

use super::*;
use crate::PlaybookCall;
use crate::python::{During, End, Performed, Playbooks, Repository, Share, Step, Surroundings};
use crate::testing::Heard;
use squall_model::Id;
use tokio_util::sync::CancellationToken;

mod cluster;
mod ends;
mod environments;
mod seed;

/// The Python that has what playbooks import: that of `cargo xtask test`, below the folder that this program was built in,
/// or the machine's own. Said with a reason where there is none.
fn python() -> Option<PathBuf> {
    let prepared = stories().join("playbooks/bin/python");
    let python = Some(prepared).filter(|python| python.is_file());
    let python = python.unwrap_or_else(|| PathBuf::from("python3"));
    let asked = std::process::Command::new(&python)
        .args(["-c", crate::python::playbook_packages::ARE_THERE])
        .stderr(std::process::Stdio::null())
        .status();
    if asked.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    let why = "playbooks: what they import is not installed; `cargo xtask test` does it";
    writeln!(std::io::stderr(), "skipped: {why}").unwrap();
    if let Some(list) = std::env::var_os("SQUALL_SKIPPED") {
        let mut list = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(list)
            .unwrap();
        writeln!(list, "{why}").unwrap();
    }
    None
}

/// What is prepared for tests once, below the folder that this program was built in.
fn stories() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.ancestors().nth(3).unwrap().join("stories")
}

/// A repository in a temporary folder, a host, and somebody who answers.
struct Stage {
    folder: TempDir,
    host: Arc<Host>,
    answers: Arc<Answers>,
    sequence: std::sync::atomic::AtomicU64,
}

impl Stage {
    /// None where playbooks cannot run.
    fn new() -> Option<Self> {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut crate::Settings)) -> Option<Self> {
        let interpreter = python()?;
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("repository")).unwrap();
        let host = host_with(|settings| {
            settings.environment = std::env::vars_os().collect();
            // The Python side is compiled once and not for each test.
            settings.python.data = stories().join("python");
            settings.python.interpreter = interpreter;
            change(settings);
        });
        Some(Self {
            folder,
            host,
            answers: Arc::default(),
            sequence: std::sync::atomic::AtomicU64::new(0),
        })
    }

    /// Writes a module of the repository, which begins with the usual import.
    fn module(&self, name: &str, source: &str) {
        let file = self.folder.path().join("repository").join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(
            file,
            format!("from robusta.api import *\nimport os, time\n{source}"),
        )
        .unwrap();
    }

    fn repositories(&self) -> Vec<Repository> {
        vec![Repository {
            name: "team".to_owned(),
            folder: self.folder.path().join("repository"),
            install: true,
        }]
    }

    fn surroundings(&self) -> Surroundings {
        let count = self
            .sequence
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let here = self.folder.path().display();
        Surroundings {
            execution: Id::of(&format!("{here} {count}")),
            environment: Vec::new(),
            output: Arc::new(Heard::default()),
            calls: Arc::clone(&self.answers) as Arc<dyn Calls>,
            cancel: CancellationToken::new(),
            timeout: Duration::from_secs(60),
        }
    }

    fn request(&self, event: Value, playbooks: Vec<Share>) -> Playbooks {
        Playbooks {
            repositories: self.repositories(),
            event,
            context: object(json!({"account_id": "", "cluster_name": "test"})),
            global_config: Object::new(),
            playbooks,
            findings: None,
            more: false,
        }
    }

    async fn perform(&self, event: Value, playbooks: Vec<Share>) -> Performed {
        let request = self.request(event, playbooks);
        self.host
            .perform_playbooks(&request, &self.surroundings())
            .await
    }
}

/// A playbook with these actions, whose findings go to one sink.
fn playbook(actions: &[(&str, Value)]) -> Share {
    let step = |(name, params): &(&str, Value)| Step {
        name: (*name).to_owned(),
        params: object(params.clone()),
    };
    Share {
        sinks: vec!["out".to_owned()],
        actions: actions.iter().map(step).collect(),
        ..Share::default()
    }
}

/// The texts of all blocks of all findings of the sink.
fn texts(performed: &Performed) -> Vec<String> {
    let results = performed.results.as_ref().unwrap();
    let findings = results.findings.get("out").and_then(Value::as_array);
    let enrichments = findings
        .into_iter()
        .flatten()
        .flat_map(|one| one["enrichments"].as_array().unwrap());
    let blocks = enrichments.flat_map(|one| one["blocks"].as_array().unwrap());
    blocks
        .map(|block| block["text"].as_str().unwrap_or_default().to_owned())
        .collect()
}

fn pod_update() -> Value {
    let pod = |image: &str| {
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web-1", "namespace": "shop", "labels": {"app": "web"}},
            "spec": {"nodeName": "node-1", "containers": [{"name": "web", "image": image}]},
            "status": {"phase": "Running", "containerStatuses": []},
        })
    };
    json!({
        "type": "kubernetes_change", "operation": "update", "kind": "Pod", "api_version": "v1", "description": "",
        "obj": pod("web:1"), "old_obj": pod("web:0"),
    })
}

/// Remembers what it was asked, and answers as it was told to.
#[derive(Default)]
struct Answers {
    asked: std::sync::Mutex<Vec<PlaybookCall>>,
    known: std::sync::Mutex<Vec<(String, Value)>>,
    done: std::sync::Mutex<std::collections::BTreeMap<String, f64>>,
    next: std::sync::Mutex<Vec<Value>>,
}

impl Answers {
    fn asked(&self) -> Vec<PlaybookCall> {
        self.asked.lock().unwrap().clone()
    }

    fn answer(&self, call: PlaybookCall) -> Result<Json, String> {
        self.asked.lock().unwrap().push(call.clone());
        match call {
            PlaybookCall::KubernetesRequest(request) => {
                let found = self.known.lock().unwrap();
                let found = found.iter().find(|(path, _)| *path == request.path);
                Ok(found.map_or_else(
                    || json!({"code": 404, "reason": "Not Found", "headers": {}, "body": {"kind": "Status"}}),
                    |(_, body)| json!({"code": 200, "reason": "OK", "headers": {}, "body": body}),
                ))
            }
            PlaybookCall::KubernetesExec(exec) => {
                let output = format!("ran {} in {}", exec.command.join(" "), exec.pod);
                Ok(json!({"output": output, "exit_code": 0}))
            }
            PlaybookCall::RateLimit { operation, id, .. } => {
                let key = format!("{operation} {id}");
                Ok(self.done.lock().unwrap().insert(key, 0.0).is_none().into())
            }
            PlaybookCall::NextPlaybooks(_) => {
                let mut next = self.next.lock().unwrap();
                Ok(if next.is_empty() {
                    Json::Null
                } else {
                    next.remove(0)
                })
            }
            PlaybookCall::PersistentGet { .. } => Ok("x".repeat(128 * 1024 * 1024).into()),
            _ => Err("not here".to_owned()),
        }
    }
}

impl Calls for Answers {
    fn call(&self, call: Call) -> Later<'_, Result<Json, String>> {
        let answer = match call {
            Call::Playbook(call) => self.answer(call),
            other => Err(format!("{other:?} is no question of a playbook")),
        };
        Box::pin(std::future::ready(answer))
    }
}

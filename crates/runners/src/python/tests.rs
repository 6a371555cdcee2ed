//! What comes of Python actions, case by case.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fs_err as fs;
use serde_json::{Value, json};
use squall_model::outcome::{Outcome, Verdict};
use squall_model::record::OutputKind;
use squall_model::{Json, Object};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::testing::{Attempt, host_with, is_running, object};
use crate::{Call, Calls, Host, Later};

mod cases;
mod death;
mod greed;
mod isolation;
mod playbooks;
mod recorded;
mod virtualenvs;

/// A pack in a temporary folder, and a host with a fork server.
struct Desk {
    folder: TempDir,
    host: Arc<Host>,
}

impl Desk {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut crate::Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("pack/actions")).unwrap();
        let host = host_with(|settings| {
            settings.environment = std::env::vars_os().collect();
            settings.python.data = folder.path().join("data");
            change(settings);
        });
        Self { folder, host }
    }

    fn pack(&self) -> PathBuf {
        self.folder.path().join("pack")
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.pack().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// An attempt at an action with this source, which begins with the usual imports.
    fn attempt(&self, source: &str, parameters: Value) -> Attempt {
        let name = format!("it_{:x}.py", fingerprint(source));
        self.write(&format!("actions/{name}"), &format!("{IMPORTS}\n{source}"));
        let action = json!({"runner_type": "python-script", "entry_point": name});
        Attempt::on(Arc::clone(&self.host), "python-script", json!({})).in_pack(
            self.pack(),
            action,
            parameters,
        )
    }

    async fn run(&self, source: &str) -> Outcome {
        self.attempt(source, json!({})).outcome().await
    }

    /// What `run` with this body returns.
    async fn give(&self, body: &str) -> Value {
        let outcome = self.run(&action(body)).await;
        assert_eq!(outcome.verdict, Verdict::Succeeded, "{outcome:?}");
        outcome.result["result"].clone()
    }
}

const IMPORTS: &str = "
import os, signal, subprocess, sys, threading, time
from st2common.runners.base_action import Action
";

/// The source of an action whose `run` has this body.
fn action(body: &str) -> String {
    let lines: Vec<String> = body
        .trim_matches('\n')
        .lines()
        .map(|line| format!("        {line}"))
        .collect();
    format!(
        "class It(Action):\n    def run(self, **given):\n{}\n",
        lines.join("\n")
    )
}

fn fingerprint(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn text<'a>(outcome: &'a Outcome, key: &str) -> &'a str {
    outcome.result[key].as_str().unwrap()
}

/// Writes a program, and puts its folder first in the `PATH`.
fn with_program(settings: &mut crate::Settings, folder: &Path, name: &str, script: &str) {
    let program = folder.join(name);
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    for (name, value) in &mut settings.environment {
        if name == "PATH" {
            *value = format!("{}:{}", folder.display(), value.display()).into();
        }
    }
}

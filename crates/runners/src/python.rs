//! `python-script`: runs a Python class of a pack, as StackStorm does, but in a process that is already warm.
//!
//! The entry point is a file below the pack's `actions/` folder with a class that inherits from
//! `st2common.runners.base_action.Action`. Its method `run` is called with the action's parameters; what it returns is the
//! result. A pair `(True, result)` or `(False, result)` also says whether it worked. Imports find the modules beside the
//! entry point, in `actions/lib` and in the pack's `lib`.
//!
//! ```yaml
//! name: greet
//! runner_type: python-script
//! entry_point: greet.py
//! parameters:
//!   name:
//!     type: string
//!     required: true
//! ```
//!
//! The result is `{stdout, stderr, exit_code, result}`, with `error` after a timeout. Each action has a fresh process,
//! forked from a server that has Python and the usual modules in memory ([`Servers`]); nothing of one action reaches the
//! next. What the process starts ends with it when it is stopped, unless it has left the session on purpose.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use squall_model::Object;
use squall_model::outcome::Outcome;
use squall_model::record::OutputKind;

use crate::process::environment::text;
use crate::process::{MARKER, explain};
use crate::{Run, Runner};

mod child;
mod code;
mod control;
mod conversation;
mod dependencies;
mod environment;
mod frame;
mod install;
mod playbook_packages;
mod playbooks;
mod question;
mod repository;
mod server;
mod servers;
mod session;
mod verdict;
mod worker;

pub use playbooks::{
    During, End, InspectError, Inspected, Performed, Ran, Request as Playbooks, Results, Share,
    Step, Surroundings,
};
pub use repository::Repository;
pub use servers::{Error, Servers, Settings};

use conversation::{Request, Terms, hold};

/// What a child is told of a StackStorm action.
#[derive(Debug, Serialize)]
struct Work<'a> {
    /// The file with the action's class.
    file: &'a str,
    /// The pack's reference.
    pack: &'a str,
    /// From which level on log lines are printed.
    log_level: &'a str,
    /// What `run` is called with.
    parameters: &'a Object,
    /// The pack's config.
    config: &'a Object,
}

const LOST: &str = "the action was lost: the fork server of its Python environment has died";

/// Runs a Python class of a pack.
pub(crate) struct Python;

/// What an action of this runner may set.
#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    #[serde(default)]
    debug: bool,
    #[serde(default)]
    content_version: String,
    #[serde(default)]
    env: Object,
    #[serde(default = "default_timeout")]
    timeout: i64,
    #[serde(default = "default_log_level")]
    log_level: String,
}

fn default_timeout() -> i64 {
    600
}

fn default_log_level() -> String {
    "DEBUG".to_owned()
}

impl Runner for Python {
    const NAME: &'static str = "python-script";
    const DEFINITION: &'static str = r#"{
        "description": "Runs a Python class of a pack.",
        "package": "python_runner",
        "parameters": {
            "debug": {"type": "boolean", "description": "Whether the action finds ST2_ACTION_DEBUG set.", "default": false, "required": false},
            "content_version": {"type": "string", "description": "Git revision of the pack to take the action from.", "required": false},
            "env": {"type": "object", "description": "Variables for the action's environment."},
            "timeout": {"type": "integer", "description": "Seconds after which the action is killed.", "default": 600},
            "log_level": {"type": "string", "description": "From which level on the action's log lines are shown.", "default": "DEBUG", "enum": ["AUDIT", "CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"]}
        },
        "output_key": "result",
        "output_schema": {
            "type": "object",
            "properties": {
                "result": {"anyOf": [{"type": "object"}, {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}, {"type": "array"}, {"type": "null"}]},
                "stderr": {"type": "string", "required": true},
                "stdout": {"type": "string", "required": true},
                "exit_code": {"type": "integer", "required": true}
            },
            "additionalProperties": false
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, run: Run) -> Outcome {
        match carry_out(&params, &run).await {
            Ok(outcome) => outcome,
            Err(message) => Outcome::error(message),
        }
    }
}

/// The error says why the action was not even started.
async fn carry_out(params: &Params, run: &Run) -> Result<Outcome, String> {
    if !params.content_version.is_empty() {
        return Err(
            "the parameter `content_version` is not supported: remove it, or install the pack at that version"
                .to_owned(),
        );
    }
    let file = entry_point(run)?;
    let variables = variables(params, run);
    let pack = run.action.reference.pack();
    let request = Request {
        kind: "stackstorm_action",
        pack_dir: run.pack_dir.as_deref().and_then(Path::to_str),
        environment: &variables,
        limits: run.host.settings.limits,
        work: Work {
            file: &file,
            pack,
            log_level: &params.log_level,
            parameters: &run.parameters,
            config: &run.config,
        },
    };
    let Ok(seconds @ 1..) = u64::try_from(params.timeout) else {
        return Ok(verdict::out_of_time(params.timeout));
    };
    let servers = &run.host.python;
    if !servers.is_prepared(pack, run.pack_dir.as_deref()).await {
        let words = format!("waiting for the virtualenv of the pack `{pack}`\n");
        run.output.write(OutputKind::Output, words).await;
    }
    let child = tokio::select! {
        child = servers.child(pack, run.pack_dir.as_deref()) => child.map_err(|error| explain(&error))?,
        () = run.cancel.cancelled() => return Ok(verdict::cancelled_before_start()),
    };
    let terms = Terms {
        execution: run.execution,
        host: &run.host,
        output: run.output.as_ref(),
        calls: run.calls.as_ref(),
        cancel: &run.cancel,
        within: Duration::from_secs(seconds),
    };
    let ended = hold(child, &request, &terms).await;
    Ok(verdict::of(ended, params.timeout))
}

fn entry_point(run: &Run) -> Result<String, String> {
    let name = run.action.reference.name();
    let entry_point = &run.action.entry_point;
    if entry_point.is_empty() {
        return Err(format!(
            "Action \"{name}\" is missing entry_point attribute"
        ));
    }
    let Some(pack_dir) = &run.pack_dir else {
        return Err(format!(
            "the action \"{name}\" has no pack folder to run `{entry_point}` from"
        ));
    };
    let file = pack_dir.join("actions").join(entry_point);
    let file = file.to_str();
    file.map(str::to_owned)
        .ok_or_else(|| format!("the path of the action \"{name}\" is not UTF-8"))
}

/// The variables an action finds: what its author or user set, over it what every action has.
fn variables(params: &Params, run: &Run) -> Vec<(String, String)> {
    let asked = params.env.iter().filter(|(_, value)| !value.is_null());
    let asked = asked.map(|(name, value)| (name.clone(), text(value)));
    // Clients of the API look for these names.
    let twins = [
        ("ST2_ACTION_API_URL", "ST2_API_URL"),
        ("ST2_ACTION_AUTH_TOKEN", "ST2_AUTH_TOKEN"),
    ];
    let twins = twins.iter().filter_map(|(name, twin)| {
        let (_, value) = run.environment.iter().find(|(common, _)| common == name)?;
        Some(((*twin).to_owned(), value.clone()))
    });
    // Python's words for it.
    let debug = if params.debug { "True" } else { "False" };
    let own = [
        ("ST2_ACTION_DEBUG".to_owned(), debug.to_owned()),
        (MARKER.to_owned(), run.execution.to_string()),
    ];
    let common = run.environment.iter().cloned();
    asked.chain(twins).chain(common).chain(own).collect()
}

#[cfg(test)]
mod tests;

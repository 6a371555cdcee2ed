//! `local-shell-cmd`: runs a command line on this machine.
//!
//! The command line goes to `bash -c` (to `/bin/sh -c` where there is no bash) as the server's user, as the configured
//! system user, or with `sudo: true` as root. It has a process group of its own, in which nothing is left when the
//! execution is over: what it puts in the background is waited for while it can still print, until the time-out, and is
//! killed half a second later. To leave a daemon behind, start it with `setsid` and its output redirected.
//!
//! The result is `{failed, succeeded, return_code, stdout, stderr}`, with `error` where there is something to say.
//! Standard output and error lose one newline at their end, and become a value if they are JSON: after `echo 5` the
//! `stdout` is the number 5. Exit code 0 succeeds; a time-out kills the command and gives `return_code` -9; a command
//! that somebody else ends with SIGTERM is abandoned, with -15.
//!
//! ```yaml
//! name: disk_usage
//! runner_type: local-shell-cmd
//! parameters:
//!   path:
//!     type: string
//!     default: /
//!   cmd:
//!     immutable: true
//!     default: df --output=pcent {{ path }} | tail -1
//! ```

use serde::Deserialize;
use squall_model::outcome::Outcome;

use crate::shell::{self, run_line};
use crate::{Run, Runner};

/// Runs a command line.
pub(crate) struct LocalShellCmd;

/// What it takes.
#[derive(Deserialize)]
pub(crate) struct Params {
    cmd: String,
    #[serde(flatten)]
    how: shell::Params,
}

impl Runner for LocalShellCmd {
    const NAME: &'static str = "local-shell-cmd";
    const DEFINITION: &'static str = r#"{
        "description": "Runs a command line in the shell of this machine.",
        "package": "local_runner",
        "parameters": {
            "cmd": {"type": "string", "description": "Command line for the shell."},
            "cwd": {"type": "string", "description": "Folder in which it runs."},
            "env": {"type": "object", "description": "Environment variables of the command."},
            "kwarg_op": {"type": "string", "description": "What stands before the name of a named argument.", "default": "--"},
            "sudo": {"type": "boolean", "description": "Whether it runs under sudo.", "default": false},
            "sudo_password": {"type": "string", "description": "Password for sudo, where it asks for one.", "default": null, "secret": true, "required": false},
            "timeout": {"type": "integer", "description": "Seconds until the command is killed.", "default": 60}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, run: Run) -> Outcome {
        if !run.action.entry_point.is_empty() {
            return Outcome::error(
                "an action of the runner `local-shell-cmd` has no entry point; scripts are for `local-shell-script`",
            );
        }
        run_line(params.cmd, params.how, &run).await
    }
}

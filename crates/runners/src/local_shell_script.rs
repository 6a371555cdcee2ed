//! `local-shell-script`: runs a script of a pack on this machine.
//!
//! The entry point is a file in the pack's `actions` folder, in any language: it is made executable if it is not. The
//! action's parameters become its arguments, those with a `position` by position and the others as `--name=value`; how
//! values become text is told in `shell/arguments.rs`. It runs as a command of `local-shell-cmd` does, with the same
//! result.
//!
//! ```yaml
//! name: rotate
//! runner_type: local-shell-script
//! entry_point: rotate.sh
//! parameters:
//!   file:
//!     type: string
//!     position: 0
//!   keep:
//!     type: integer
//!     default: 5
//! ```
//!
//! This runs `rotate.sh --keep=5 FILE`.

use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use squall_model::outcome::Outcome;

use crate::shell::arguments::{arguments, quote};
use crate::shell::{self, run_line};
use crate::{Run, Runner};

/// Runs a script.
pub(crate) struct LocalShellScript;

/// What it takes.
#[derive(Deserialize)]
pub(crate) struct Params {
    #[serde(default = "two_dashes")]
    kwarg_op: String,
    #[serde(default)]
    content_version: String,
    #[serde(flatten)]
    how: shell::Params,
}

fn two_dashes() -> String {
    "--".to_owned()
}

/// The script cannot be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the action has no entry point: name the script to run")]
    Missing,
    #[error("the action has no files: its pack is not on this machine")]
    Packless,
    #[error("the entry point `{0}` is outside of its pack")]
    Outside(String),
    #[error(
        "the parameter `content_version` is not supported: remove it, or install the pack at that version"
    )]
    Versioned,
    #[error("cannot make arguments of the parameters: {0}")]
    Arguments(String),
}

impl Runner for LocalShellScript {
    const NAME: &'static str = "local-shell-script";
    const DEFINITION: &'static str = r#"{
        "description": "Runs a script of the action's pack on this machine.",
        "package": "local_runner",
        "parameters": {
            "debug": {"type": "boolean", "description": "Whether the script is told to say more (ST2_ACTION_DEBUG).", "required": false, "default": false},
            "content_version": {"type": "string", "description": "Git revision of the pack that the script is taken from.", "required": false},
            "cwd": {"type": "string", "description": "Folder in which it runs."},
            "env": {"type": "object", "description": "Environment variables of the script."},
            "kwarg_op": {"type": "string", "description": "What stands before the name of a named argument.", "default": "--"},
            "sudo": {"type": "boolean", "description": "Whether it runs under sudo.", "default": false},
            "sudo_password": {"type": "string", "description": "Password for sudo, where it asks for one.", "default": null, "required": false, "secret": true},
            "timeout": {"type": "integer", "description": "Seconds until the script is killed.", "default": 60}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, run: Run) -> Outcome {
        match line(&params, &run) {
            Ok(line) => run_line(line, params.how, &run).await,
            Err(error) => Outcome::error(error.to_string()),
        }
    }
}

/// The line for the shell.
pub(crate) fn line(params: &Params, run: &Run) -> Result<String, Error> {
    if !params.content_version.is_empty() {
        return Err(Error::Versioned);
    }
    let script = script(run)?;
    make_executable(&script);
    let arguments = arguments(&run.parameters, &run.action.parameters, &params.kwarg_op)
        .map_err(|error| Error::Arguments(error.to_string()))?;
    Ok(format!("{}{arguments}", quote(&script.to_string_lossy())))
}

fn script(run: &Run) -> Result<PathBuf, Error> {
    let named = run.action.entry_point.as_str();
    if named.is_empty() {
        return Err(Error::Missing);
    }
    let pack = run.pack_dir.as_deref().ok_or(Error::Packless)?;
    // An absolute path replaces the folder it is joined to.
    let script = pack.join("actions").join(named);
    let climbs = script.components().any(|part| part == Component::ParentDir);
    if climbs || !script.starts_with(pack) {
        return Err(Error::Outside(named.to_owned()));
    }
    Ok(script)
}

/// Lets a script run that lost its permission on the way, as files from archives do. If that fails, so will the script,
/// and its shell says why.
fn make_executable(script: &Path) {
    let Ok(entry) = fs_err::metadata(script) else {
        return;
    };
    let mode = entry.permissions().mode();
    if mode & 0o111 != 0o111 {
        let executable = PermissionsExt::from_mode(mode | 0o111);
        let _or_told_by_the_shell = fs_err::set_permissions(script, executable);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use squall_model::Json;
    use squall_model::outcome::Verdict;

    use crate::testing::Attempt;

    fn script(pack: &tempfile::TempDir, text: &str, more: Json, given: Json) -> Attempt {
        let folder = pack.path().join("actions");
        fs_err::create_dir_all(&folder).unwrap();
        fs_err::write(folder.join("it's.sh"), text).unwrap();
        Attempt::new("local-shell-script", json!({})).in_pack(pack.path().into(), more, given)
    }

    #[tokio::test]
    async fn a_script_gets_its_arguments() {
        let pack = tempfile::tempdir().unwrap();
        let more = json!({
            "entry_point": "it's.sh",
            "parameters": {"where": {"type": "string", "position": 0}}
        });
        let given = json!({"where": "$HOME *", "keep": 5});
        let text = "#!/bin/sh\nprintf '<%s>' \"$@\"";
        let outcome = script(&pack, text, more, given).outcome().await;
        assert_eq!(outcome.result["stdout"], "<--keep=5><$HOME *>");
        assert_eq!(outcome.verdict, Verdict::Succeeded);
    }

    #[tokio::test]
    async fn a_script_that_is_not_there_or_outside_is_told() {
        let pack = tempfile::tempdir().unwrap();
        for (entry_point, part) in [
            ("", "no entry point"),
            ("../../etc/passwd", "outside"),
            ("/bin/sh", "outside"),
        ] {
            let more = json!({"entry_point": entry_point});
            let outcome = script(&pack, "", more, json!({})).outcome().await;
            let error = outcome.result["error"].as_str().unwrap();
            assert!(error.contains(part), "{error}");
        }
        let more = json!({"entry_point": "gone.sh"});
        let outcome = script(&pack, "", more, json!({})).outcome().await;
        assert_eq!(outcome.result["return_code"], 127);
    }
}

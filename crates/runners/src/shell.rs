//! What both local shell runners share: how a line gets to the shell, and what becomes of its end.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use squall_model::Object;
use squall_model::outcome::Outcome;

use crate::Run;
use crate::process::environment::environment;
use crate::process::{self, Command, Ended};

pub(crate) mod arguments;
pub(crate) mod result;

/// Bytes of output that are read as JSON on the side.
const LONG: usize = 64 * 1024;

/// The parameters of both.
#[derive(Deserialize)]
pub(crate) struct Params {
    #[serde(default)]
    cwd: String,
    #[serde(default)]
    env: Object,
    #[serde(default)]
    sudo: bool,
    #[serde(default)]
    sudo_password: String,
    #[serde(default = "a_minute")]
    timeout: i64,
}

fn a_minute() -> i64 {
    60
}

/// Gives `line` to the shell, as the user and under the limits that `params` say.
pub(crate) async fn run_line(line: String, params: Params, run: &Run) -> Outcome {
    let timeout = u64::try_from(params.timeout).unwrap_or(0);
    let input = input(&params, run);
    let mut words = words(line, &params, run);
    if !input.is_empty() {
        shut_input(&mut words);
    }
    let mut words = words.into_iter();
    let command = Command {
        program: words.next().unwrap_or_default().into(),
        arguments: words.collect(),
        environment: environment(run, &params.env),
        folder: Some(PathBuf::from(&params.cwd)).filter(|folder| !folder.as_os_str().is_empty()),
        input,
        timeout: Duration::from_secs(timeout),
        limits: run.host.settings.limits,
    };
    match process::run(command, run).await {
        Ok(ended) => outcome(ended, params).await,
        Err(error) => Outcome::error(process::explain(&error)),
    }
}

/// Reading much output as JSON takes longer than the runtime can wait.
async fn outcome(ended: Ended, params: Params) -> Outcome {
    let is_long = ended.stdout.len().max(ended.stderr.len()) > LONG;
    let read = move || result::outcome(ended, params.timeout, !params.sudo_password.is_empty());
    if !is_long {
        return read();
    }
    let reading = tokio::task::spawn_blocking(read);
    reading
        .await
        .unwrap_or_else(|error| Outcome::error(process::explain(&error)))
}

/// The program and its arguments. The password is never among them: everybody can read them.
fn words(line: String, params: &Params, run: &Run) -> Vec<OsString> {
    let shell = [run.host.shell.clone().into(), "-c".into(), line.into()];
    if !uses_sudo(params, run) {
        return shell.into();
    }
    // Without a password sudo must not ask for one: it would wait at the terminal of whoever started the server.
    let asking = if params.sudo_password.is_empty() {
        "-n"
    } else {
        "-S"
    };
    let mut words: Vec<OsString> = vec![run.host.sudo.clone().into(), asking.into(), "-E".into()];
    if let (false, Some(user)) = (params.sudo, &run.host.other_user) {
        words.extend(["-H", "-u", user].map(OsString::from));
    }
    words.push("--".into());
    words.extend(shell);
    words
}

/// Puts something between sudo and the shell, so that the command does not read the password where sudo asked for none.
fn shut_input(words: &mut Vec<OsString>) {
    let shell_and_line = words.len().saturating_sub(3);
    let shut = ["/bin/sh", "-c", "exec \"$@\" </dev/null", "/bin/sh"];
    words.splice(shell_and_line..shell_and_line, shut.map(OsString::from));
}

fn uses_sudo(params: &Params, run: &Run) -> bool {
    params.sudo || run.host.other_user.is_some()
}

/// What the process reads: the password, if sudo is there to read it.
fn input(params: &Params, run: &Run) -> Vec<u8> {
    if params.sudo_password.is_empty() || !uses_sudo(params, run) {
        return Vec::new();
    }
    format!("{}\n", params.sudo_password).into_bytes()
}

#[cfg(test)]
mod recorded;
#[cfg(test)]
mod tests;

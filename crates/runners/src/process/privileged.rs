//! Signalling what runs as somebody else, through the `sudo` that started it.
//!
//! A server that is not root may start commands as root, but not signal them. Where the system refuses a signal, this
//! asks `sudo` to send it. It never asks for a password: where `sudo` needs one, what it started can only be left alone.

use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal};
use tracing::warn;

use crate::host;

/// Signals the group `$2`; with KILL, kills every process with the variable `$3`, too.
const SCRIPT: &str = r#"
kill -"$1" -- "-$2" 2>/dev/null
[ "$1" = KILL ] || exit 0
for file in $(grep -lszxF -- "$3" /proc/[0-9]*/environ); do
    process=${file#/proc/}
    kill -KILL "${process%/environ}" 2>/dev/null
done
exit 0
"#;

/// Signals a group as root, and with SIGKILL everything that has `marker` in its environment. Blocks meanwhile.
pub(crate) fn signal(group: Pid, signal: Signal, marker: &str) {
    let Some(sudo) = host::program("sudo", &[]) else {
        return;
    };
    let signal = if signal == Signal::KILL {
        "KILL"
    } else {
        "TERM"
    };
    let group = group.as_raw_nonzero().to_string();
    let asked = Command::new(sudo)
        .args(["-n", "/bin/sh", "-c", SCRIPT, "sh", signal, &group, marker])
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match asked {
        Ok(status) if status.success() => {}
        Ok(status) => warn!(group, %status, "sudo does not signal a process group"),
        Err(error) => warn!(group, %error, "cannot ask sudo to signal a process group"),
    }
}

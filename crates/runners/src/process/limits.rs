//! What a process may use of the machine.
//!
//! The kernel's limits are inherited, so they must hold before the first thing that a command starts. A process of ours
//! cannot set them for another in time, and its own would stay: a shell sets them for itself and becomes the command. A
//! Python child sets them for itself before it looks at the action.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use rustix::process::{Resource, getrlimit};
use serde::Serialize;

/// What an action may use, and separately each process it starts: the kernel counts by process. None is without limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Bytes of memory of its own: what it has allocated, not what it merely maps. In steps of 1024.
    pub memory: Option<u64>,
    /// Seconds of processor time; then it gets SIGXCPU, and SIGKILL a second later.
    pub processor_seconds: Option<u64>,
    /// Processes and threads of the same user when one more is started. The kernel counts all that the user has, also
    /// outside of Squall, and does not hold root to it.
    pub processes: Option<u64>,
    /// Files it may have open.
    pub open_files: Option<u64>,
    /// Bytes a file it writes may have, in steps of 512.
    pub file_size: Option<u64>,
}

/// The shell that sets limits.
const SHELL: &str = "/bin/sh";

impl Limits {
    /// What starts `program` under these limits. A limit that this process is itself below stays as it is.
    pub(super) fn command(&self, program: &Path, arguments: &[OsString]) -> Command {
        if *self == Self::default() {
            let mut command = Command::new(program);
            command.args(arguments);
            return command;
        }
        let mut command = Command::new(SHELL);
        command
            .arg("-c")
            .arg(self.script())
            .arg(SHELL)
            .arg(program)
            .args(arguments);
        command
    }

    fn script(&self) -> String {
        let mut script = String::new();
        for (flag, unit, resource, most, room) in [
            ("d", 1024, Resource::Data, self.memory, 0),
            ("t", 1, Resource::Cpu, self.processor_seconds, 1),
            ("$u", 1, Resource::Nproc, self.processes, 0),
            ("n", 1, Resource::Nofile, self.open_files, 0),
            ("f", 512, Resource::Fsize, self.file_size, 0),
        ] {
            let Some(most) = most else { continue };
            let ours = getrlimit(resource).maximum.unwrap_or(u64::MAX);
            let soft = most.min(ours) / unit;
            let hard = most.saturating_add(room).min(ours) / unit;
            if resource == Resource::Nproc {
                // Shells do not agree on the letter, and some end on one they do not know.
                script.push_str("{ u=u; (ulimit -u >/dev/null 2>&1) || u=p; } && ");
            }
            // The soft one first: it may never be above the hard one.
            let _infallible = write!(
                script,
                "ulimit -S -{flag} {soft} && ulimit -H -{flag} {hard} && "
            );
        }
        script.push_str("exec \"$@\"");
        script
    }
}

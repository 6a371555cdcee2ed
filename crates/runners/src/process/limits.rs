//! What a process may use of the machine.

use std::io;

use rustix::process::{Pid, Resource, Rlimit, prlimit};

/// What a command may use, and separately each process it starts: the kernel counts by process. None is without limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory it may map.
    pub memory: Option<u64>,
    /// Seconds of processor time; then it gets SIGXCPU, and SIGKILL a second later.
    pub processor_seconds: Option<u64>,
    /// Files it may have open.
    pub open_files: Option<u64>,
    /// Bytes a file it writes may have.
    pub file_size: Option<u64>,
}

impl Limits {
    /// Holds a process to the limits that was started just now, before it can have started others.
    pub(super) fn apply(&self, process: Pid) -> io::Result<()> {
        for (resource, most, room) in [
            (Resource::As, self.memory, 0),
            (Resource::Cpu, self.processor_seconds, 1),
            (Resource::Nofile, self.open_files, 0),
            (Resource::Fsize, self.file_size, 0),
        ] {
            if most.is_some() {
                let limit = Rlimit {
                    current: most,
                    maximum: most.map(|most| most.saturating_add(room)),
                };
                prlimit(Some(process), resource, limit)?;
            }
        }
        Ok(())
    }
}

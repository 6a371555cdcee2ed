//! Finding processes by a variable in their environment.
//!
//! A process that leaves its group, as daemons do, keeps the environment it was started with. This finds it again when
//! an attempt is taken away: on a time-out, on a cancel, and when the server dies.

use std::io::Read as _;
use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// No environment is read further than that; the kernel allows little more.
const LONGEST_ENVIRONMENT: u64 = 4 << 20;
/// How long each killed process may take to end.
const END_WITHIN: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// Kills every process whose environment holds a variable (`NAME=value`) that `is_marked`, and waits for their end.
/// Says how many there were. Processes of other users whose environment cannot be read are left alone.
pub(crate) fn kill(is_marked: impl Fn(&str) -> bool) -> usize {
    let Ok(entries) = fs_err::read_dir("/proc") else {
        return 0;
    };
    let killed: Vec<OwnedFd> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Pid::from_raw)
        .filter_map(|process| kill_if(process, &is_marked))
        .collect();
    for process in &killed {
        let end = &mut [PollFd::new(process, PollFlags::IN)];
        let _or_later = poll(end, Some(&END_WITHIN));
    }
    killed.len()
}

fn kill_if(process: Pid, is_marked: &impl Fn(&str) -> bool) -> Option<OwnedFd> {
    // Opened before looking, so that the number cannot come to mean another process in between.
    let handle = pidfd_open(process, PidfdFlags::empty()).ok()?;
    let mut environment = Vec::new();
    fs_err::File::open(format!("/proc/{}/environ", process.as_raw_nonzero()))
        .ok()?
        .take(LONGEST_ENVIRONMENT)
        .read_to_end(&mut environment)
        .ok()?;
    environment
        .split(|byte| *byte == 0)
        .filter_map(|variable| std::str::from_utf8(variable).ok())
        .find(|variable| is_marked(variable))?;
    pidfd_send_signal(&handle, Signal::KILL).ok()?;
    Some(handle)
}

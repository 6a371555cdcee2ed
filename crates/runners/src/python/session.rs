//! Ends everything that a child has started, without its fork server's help.
//!
//! Each child leads a session of its own. What it starts stays in it, unless it leaves on purpose; what has left is found
//! by the variable that all programs of the attempt have.

use std::os::fd::OwnedFd;

use fs_err as fs;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open, pidfd_send_signal};

use crate::process::marked;

/// How often to look for what was forked while others were killed.
const ROUNDS: u32 = 5;
/// How long each killed process may take to end.
const END_WITHIN: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// Kills all that belongs to an attempt, and waits for its end. The leader must not have been reaped yet, so that its
/// number means no other session.
pub(super) fn kill_attempt(leader: i32, marker: Option<&str>) {
    kill(leader);
    if let Some(marker) = marker {
        marked::kill(|variable| variable == marker);
    }
}

/// Kills every process of the session that `leader` leads, and waits for their end.
pub(super) fn kill(leader: i32) {
    if let Some(group) = Pid::from_raw(leader) {
        let _gone_already = kill_process_group(group, Signal::KILL);
    }
    for _ in 0..ROUNDS {
        let killed = members(leader);
        for process in &killed {
            let _gone_already = pidfd_send_signal(process, Signal::KILL);
        }
        for process in &killed {
            let end = &mut [PollFd::new(process, PollFlags::IN)];
            let _or_later = poll(end, Some(&END_WITHIN));
        }
        if killed.is_empty() {
            return;
        }
    }
}

/// The living processes of a session, where the system tells (`/proc`).
fn members(leader: i32) -> Vec<OwnedFd> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Pid::from_raw)
        .filter_map(|process| opened_if_member(process, leader))
        .collect()
}

fn opened_if_member(process: Pid, leader: i32) -> Option<OwnedFd> {
    // Opened before looking, so that the number cannot come to mean another process in between.
    let handle = pidfd_open(process, PidfdFlags::empty()).ok()?;
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).ok()?;
    // The command's name stands in brackets and may hold anything; after it come state, parent, group and session.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let is_alive = !matches!(fields.next()?, "Z" | "X");
    let session: i32 = fields.nth(2)?.parse().ok()?;
    (is_alive && session == leader).then_some(handle)
}

//! Ends the session of a child whose fork server can no longer do it.

use fs_err as fs;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// Kills every process of the session that `leader` led.
pub(super) fn kill(leader: i32) {
    if let Some(group) = Pid::from_raw(leader) {
        let _gone_already = kill_process_group(group, Signal::KILL);
    }
    for pid in members(leader) {
        let _gone_already = kill_process(pid, Signal::KILL);
    }
}

/// The living processes of a session, where the system tells (`/proc`).
fn members(leader: i32) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| session_of(*pid) == Some(leader))
        .filter_map(Pid::from_raw)
        .collect()
}

fn session_of(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name stands in brackets and may hold anything; after it come state, parent, group and session.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(3)?.parse().ok()
}

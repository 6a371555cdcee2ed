//! The guard: a small process that outlives the server for a moment, to end what the server had started.
//!
//! The server tells it over a pipe when an attempt begins, which process groups it has, and when it is over. When the
//! pipe closes, the server is gone, however it died, and the guard kills every group that is still open. Processes
//! that were started in the very moment of death, before the server could name their group, and those that left their
//! group are found by the attempt's marker: a variable of its own in the environment of all its processes.
//!
//! [`main`] is the guard's side, [`lifeline`] the server's.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::process::ExitCode;
use std::time::Duration;

use rustix::process::{Pid, Signal, setsid};
use tokio::signal::unix::{SignalKind, signal};

use crate::process::group::is_refused;
use crate::process::{marked, privileged};

pub(crate) mod lifeline;

/// How often to look for marked processes once the server is gone: one that was being started may be a moment late.
const ROUNDS: u32 = 20;
/// Rounds in a row without a find after which all are taken to be gone.
const QUIET_ROUNDS: u32 = 3;
const BETWEEN_ROUNDS: Duration = Duration::from_millis(50);
/// Longer lines are no messages of ours.
const LONGEST_LINE: u64 = 512;

/// The guard's whole life: listens on standard input until it closes, then kills what is left. The binary runs it as a
/// hidden command, before it makes a runtime; see [`Settings::guard`](crate::Settings::guard).
pub fn main() -> ExitCode {
    // Fails if it leads a group already, as when started by hand: then a terminal's signals reach it, no more.
    let _session = setsid();
    let Ok(_deaf) = ignore_signals() else {
        return ExitCode::FAILURE;
    };
    let mut open = Open::default();
    let mut input = std::io::stdin().lock();
    while let Some(line) = next_line(&mut input) {
        open.hear(&line);
    }
    open.kill();
    ExitCode::SUCCESS
}

/// Takes the signals by which services are stopped, and does nothing about them: the server may need its guard longer
/// than the one who signals the whole group knows.
fn ignore_signals() -> std::io::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let inside = runtime.enter();
    for kind in [
        SignalKind::hangup(),
        SignalKind::interrupt(),
        SignalKind::terminate(),
    ] {
        drop(signal(kind)?);
    }
    drop(inside);
    Ok(runtime)
}

fn next_line(input: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    let read = std::io::Read::take(input, LONGEST_LINE).read_until(b'\n', &mut line);
    match read {
        Ok(1..) => Some(String::from_utf8_lossy(&line).into_owned()),
        Ok(0) | Err(_) => None,
    }
}

/// The attempts that have begun and not ended: their markers, each with its process groups.
#[derive(Debug, Default, PartialEq, Eq)]
struct Open(BTreeMap<String, Vec<i32>>);

impl Open {
    fn hear(&mut self, line: &str) {
        let mut words = line.split_ascii_whitespace();
        let (Some(verb), Some(marker)) = (words.next(), words.next()) else {
            return;
        };
        match verb {
            lifeline::BEGIN => {
                self.0.entry(marker.to_owned()).or_default();
            }
            lifeline::GROUP => {
                let group = words.next().and_then(|word| word.parse::<i32>().ok());
                // Group 1 would mean every process there is.
                let group = group.filter(|group| *group > 1);
                self.0.entry(marker.to_owned()).or_default().extend(group);
            }
            lifeline::END => {
                self.0.remove(marker);
            }
            _ => {}
        }
    }

    fn kill(&self) {
        if self.0.is_empty() {
            return;
        }
        // Once is enough: a process that is being killed cannot fork.
        for (marker, groups) in &self.0 {
            for group in groups.iter().filter_map(|group| Pid::from_raw(*group)) {
                if is_refused(group, Signal::KILL) {
                    privileged::signal(group, Signal::KILL, marker);
                }
            }
        }
        let mut quiet = 0;
        for _ in 0..ROUNDS {
            let found = marked::kill(|variable| self.0.contains_key(variable));
            quiet = if found == 0 { quiet + 1 } else { 0 };
            if quiet == QUIET_ROUNDS {
                return;
            }
            std::thread::sleep(BETWEEN_ROUNDS);
        }
    }
}

#[cfg(test)]
mod tests;

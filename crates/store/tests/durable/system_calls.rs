//! Watched by `strace`: no answer is given before the disk has confirmed what it answers for.

use std::collections::{HashMap, HashSet};
use std::process::Command;

use crate::committer;

const BATCHES: u32 = 120;

/// A system call, as far as this test cares. Calls of several threads are in the order of their beginning or end.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    /// The log took a page with the marks of these batches; the call has ended.
    Logged(Vec<u32>),
    /// A synchronisation of the log has begun.
    SyncBegun,
    /// It has ended well.
    SyncEnded,
    /// An answer has begun to be given.
    Answered(u32),
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn an_answer_never_precedes_its_sync() {
    if Command::new("strace").arg("-V").output().is_err() {
        eprintln!(
            "skipped: strace is not installed, so nobody has watched the order of system calls"
        );
        return;
    }
    for in_flight in [1, 16] {
        check(&calls(&trace(in_flight)));
    }
}

/// The trace of a process that commits some batches.
fn trace(in_flight: u32) -> String {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let status = Command::new("strace")
        .args(["-f", "-y", "-s", "8192"])
        .args(["-e", "trace=pwrite64,write,fsync,fdatasync", "-o"])
        .arg(&trace)
        .arg(committer())
        .arg(folder.path().join("squall.db"))
        .args([0, in_flight, BATCHES].map(|number| number.to_string()))
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
    fs_err::read_to_string(trace).unwrap()
}

fn calls(trace: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    // What each thread has begun and not ended.
    let mut begun: HashMap<&str, &str> = HashMap::new();
    for line in trace.lines() {
        let Some((thread, text)) = line.split_once(' ') else {
            continue;
        };
        let text = text.trim_start();
        let is_end = text.starts_with("<... ");
        let whole = if is_end {
            begun.remove(thread).unwrap_or_default()
        } else {
            text
        };
        let is_unfinished = text.ends_with("<unfinished ...>");
        if is_unfinished {
            begun.insert(thread, text);
        }
        let is_log = whole.contains("squall.db-wal>");
        let is_sync = whole.starts_with("fsync(") || whole.starts_with("fdatasync(");
        if is_log && is_sync {
            if !is_end {
                calls.push(Call::SyncBegun);
            }
            if text.ends_with("= 0") {
                calls.push(Call::SyncEnded);
            }
        } else if is_log && whole.starts_with("pwrite64(") && !is_unfinished {
            calls.push(Call::Logged(marks(whole)));
        } else if whole.starts_with("write(1<") && !is_end {
            let number = whole.split('"').nth(1).unwrap().trim_end_matches("\\n");
            calls.push(Call::Answered(number.parse().unwrap()));
        }
    }
    calls
}

/// Numbers of batches whose payloads are in a text.
fn marks(text: &str) -> Vec<u32> {
    let mark = |rest: &str| rest.split_once('>')?.0.parse().ok();
    text.split('<').filter_map(mark).collect()
}

/// Follows the marks of all batches from the log to their answers.
fn check(calls: &[Call]) {
    let mut logged: Vec<u32> = Vec::new();
    let mut in_sync: Vec<u32> = Vec::new();
    let mut durable = HashSet::new();
    let mut answers = 0;
    for call in calls {
        match call {
            Call::Logged(marks) => logged.extend(marks),
            Call::SyncBegun => in_sync.append(&mut logged),
            Call::SyncEnded => durable.extend(in_sync.drain(..)),
            Call::Answered(number) => {
                assert!(durable.contains(number), "{number} was answered too early");
                answers += 1;
            }
        }
    }
    assert_eq!(answers, BATCHES);
}

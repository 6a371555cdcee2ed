//! The guard, played by this test program: what it hears, and that it ends what a dead server leaves.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde_json::json;
use squall_model::record::OutputKind;

use super::*;
use crate::testing::{Attempt, plays_a_part, this_program_as};
use crate::{Later, Output};

#[test]
fn knows_what_is_open() {
    let mut open = Open::default();
    for line in [
        "begin A=1\n",
        "begin A=2\n",
        "group A=1 77\n",
        "group A=1 78\n",
        "group A=1 ten\n",
        "group A=1 1\n",
        "group A=1 -1\n",
        "group",
        "sing A=3",
        "",
        "end A=2\n",
        "end A=9\n",
    ] {
        open.hear(line);
    }
    let expected = BTreeMap::from([("A=1".to_owned(), vec![77, 78])]);
    assert_eq!(open, Open(expected));
}

#[test]
fn a_line_without_an_end_is_bounded() {
    let mut endless = BufReader::new(std::io::repeat(b'x'));
    assert_eq!(next_line(&mut endless).unwrap().len(), 512);
}

/// Not a test: this program as the guard of another test.
#[test]
fn be_the_guard() {
    if plays_a_part() {
        main();
    }
}

/// Not a test: this program as a server that waits to be killed, and says what its action says.
#[tokio::test]
async fn be_a_server() {
    if !plays_a_part() {
        return;
    }
    let line = "setsid sleep 1000 & echo $!; sleep 1000 & echo $!; echo $$; wait";
    let mut attempt = Attempt::new("local-shell-cmd", json!({"cmd": line}));
    attempt.run.output = Arc::new(Said);
    attempt.outcome().await;
}

struct Said;

impl Output for Said {
    fn write(&self, _: OutputKind, data: String) -> Later<'_, ()> {
        std::io::stderr().write_all(data.as_bytes()).unwrap();
        Box::pin(std::future::ready(()))
    }
}

#[test]
fn nothing_outlives_a_killed_server() {
    let line = this_program_as("guard::tests::be_a_server");
    let mut server = Command::new(&line[0])
        .args(&line[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(server.stderr.take().unwrap()).lines();
    let processes: Vec<OwnedFd> = said
        .map(|line| line.unwrap())
        .take(3)
        .map(|process| opened(&process))
        .collect();
    server.kill().unwrap();
    server.wait().unwrap();
    for process in &processes {
        assert!(ends_soon(process));
    }
}

#[tokio::test]
async fn a_guard_is_not_stopped_as_services_are() {
    let program = this_program_as("guard::tests::be_the_guard");
    let lifeline = lifeline::Lifeline::start(Some(program)).unwrap();
    let guard = lifeline.guard().unwrap();
    while !takes_signals(guard) {
        std::thread::yield_now();
    }
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        rustix::process::kill_process(guard, signal).unwrap();
    }
    drop(lifeline.watch("A=1".to_owned()));
    assert_eq!(lifeline.guard(), Some(guard));
    let handle = opened(&guard.as_raw_nonzero().to_string());
    drop(lifeline.take_pipe());
    assert!(ends_soon(&handle));
}

/// Whether a process has handlers for SIGHUP, SIGINT and SIGTERM.
fn takes_signals(process: Pid) -> bool {
    let path = format!("/proc/{}/status", process.as_raw_nonzero());
    let status = fs_err::read_to_string(path).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = u64::from_str_radix(caught.unwrap().trim(), 16).unwrap();
    [1, 2, 15]
        .iter()
        .all(|signal| caught & 1 << (signal - 1) != 0)
}

#[test]
fn a_guard_that_does_not_start_is_an_error() {
    assert!(lifeline::Lifeline::start(Some(vec!["/not/there".into()])).is_err());
    assert!(lifeline::Lifeline::start(Some(Vec::new())).is_err());
}

#[tokio::test]
async fn a_lost_guard_is_replaced_and_told_all() {
    let lifeline =
        lifeline::Lifeline::start(Some(this_program_as("guard::tests::be_the_guard"))).unwrap();
    let mut sleeper = Command::new("sleep")
        .arg("1000")
        .env("LOST", "guard")
        .spawn()
        .unwrap();
    let handle = opened(&sleeper.id().to_string());
    let watch = lifeline.watch("LOST=guard".to_owned());
    let first = lifeline.guard().unwrap();
    rustix::process::kill_process(first, Signal::KILL).unwrap();
    assert!(ends_soon(&opened(&first.as_raw_nonzero().to_string())));
    watch.group(Pid::from_raw(i32::MAX).unwrap());
    assert_ne!(lifeline.guard().unwrap(), first);
    // What only the second guard can do: end what began under the first.
    drop(lifeline.take_pipe());
    assert!(ends_soon(&handle));
    sleeper.wait().unwrap();
}

fn opened(process: &str) -> OwnedFd {
    let process = Pid::from_raw(process.trim().parse().unwrap()).unwrap();
    pidfd_open(process, PidfdFlags::empty()).unwrap()
}

fn ends_soon(process: &OwnedFd) -> bool {
    let within = Timespec {
        tv_sec: 10,
        tv_nsec: 0,
    };
    poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&within)).unwrap() == 1
}

//! Programs that run beside a story, and are gone when it ends.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::{machine, wait};

/// A debug build that has to make a Python environment first is the slowest that starts.
const START_WITHIN: Duration = Duration::from_secs(120);

/// A running program with its process group. Killed when dropped; its last words are told if the story has failed.
pub(crate) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    ended: bool,
    _lifeline: Lifeline,
}

impl Process {
    /// Starts a program that writes all it says to `NAME.log` in `folder`, behind what an earlier one wrote there.
    pub(crate) fn start(name: &str, command: &mut Command, folder: &Path) -> Self {
        let log = folder.join(format!("{name}.log"));
        let open = || {
            let mut file = fs_err::File::options();
            File::from(file.append(true).create(true).open(&log).unwrap())
        };
        let child = command
            .stdin(Stdio::null())
            .stdout(open())
            .stderr(open())
            .process_group(0)
            .spawn()
            .unwrap();
        Self {
            _lifeline: Lifeline::of(&child),
            name: name.to_owned(),
            child,
            log,
            ended: false,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// All it has said so far.
    pub(crate) fn log(&self) -> String {
        fs_err::read_to_string(&self.log).unwrap()
    }

    /// Waits for a line, from byte `from` of the log on, in which `find` finds something.
    pub(crate) fn said<T>(&mut self, from: usize, find: impl Fn(&str) -> Option<T>) -> T {
        let what = format!("{} to say where it is", self.name);
        wait::until_within(START_WITHIN, &what, || {
            let log = self.log();
            let found = log[from..].lines().find_map(&find);
            let ended = self.child.try_wait().unwrap();
            assert!(
                found.is_some() || ended.is_none(),
                "{} has ended: {log}",
                self.name
            );
            found.ok_or_else(|| log.lines().last().unwrap_or_default().to_owned())
        })
    }

    /// Asks it to stop.
    pub(crate) fn ask_to_stop(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    /// Waits for its end, and tells whether it ended well.
    pub(crate) fn ended_well(mut self) -> bool {
        self.ended = true;
        self.child.wait().unwrap().success()
    }

    /// kill -9 of this one process: to it as sudden as a power cut. What it started lives on, if it can.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.ended = true;
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.ended {
            // The whole group, so that a server below a tracer goes with it.
            let gone = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let reaped = self.child.wait();
            println!("{} is stopped: {gone:?}, {reaped:?}", self.name);
        }
        if thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(60)..];
            println!("--- last words of {}\n{}\n---", self.name, last.join("\n"));
        }
    }
}

/// Kills a process group when this process is gone, however it went: a story that runs out of time is killed and drops
/// nothing. A shell holds the other end of a pipe, in a group of its own, and hears when this end is closed.
struct Lifeline(Child);

impl Lifeline {
    fn of(leader: &Child) -> Self {
        let shell = Command::new("sh")
            .args(["-c", "read line; kill -9 \"-$0\"", &leader.id().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        Self(shell.unwrap())
    }
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        // Killed before its pipe is closed: the group has ended, and its number may be somebody else's by now.
        let gone = self.0.kill().and_then(|()| self.0.wait());
        assert!(gone.is_ok(), "{gone:?}");
    }
}

#[test]
fn a_program_does_not_outlive_a_killed_story() {
    const MARKER: &str = "4100.625";
    const STORY: &str = "SQUALL_STORY_TO_KILL";
    if let Some(folder) = std::env::var_os(STORY) {
        let mut command = Command::new("sleep");
        let _running = Process::start("sleeper", command.arg(MARKER), Path::new(&folder));
        loop {
            thread::park();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let name = "process::a_program_does_not_outlive_a_killed_story";
    let mut story = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact"])
        .env(STORY, folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let until = |what: &str, wanted: usize| {
        wait::until(what, || match machine::processes(MARKER) {
            count if count == wanted => Ok(()),
            count => Err(format!("{count} processes")),
        });
    };
    until("the program to start", 1);
    story.kill().unwrap();
    story.wait().unwrap();
    until("the program to be gone", 0);
}

//! Programs that run beside a story, and are gone when it ends.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::wait;

/// A debug build that has to make a Python environment first is the slowest that starts.
const START_WITHIN: Duration = Duration::from_secs(120);

/// A running program with its process group. Killed when dropped; its last words are told if the story has failed.
pub(crate) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    ended: bool,
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

//! A server of its own for each row: started on a free port with an empty data folder, measured, stopped.

use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use fs_err as fs;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::failure::{Failure, Result};
use crate::process;

/// How long a start may take: with thousands of rules it takes a while.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// How long a stop may take before the process is killed.
const STOPPED_WITHIN: Duration = Duration::from_secs(20);

/// What every server is started with.
#[derive(Debug)]
pub(crate) struct Program {
    /// The binary to measure.
    pub(crate) squall: PathBuf,
    /// A folder on the disk that is to be measured; each server gets a folder of its own below it.
    pub(crate) folder: PathBuf,
}

/// A running server, stopped when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From starting the process to the line that says it is ready.
    pub(crate) ready_after: Duration,
}

impl Program {
    /// An empty folder for data and packs.
    pub(crate) fn folder(&self) -> Result<TempDir> {
        fs::create_dir_all(&self.folder)?;
        Ok(TempDir::with_prefix_in("run-", &self.folder)?)
    }

    /// Starts a server on the data below `folder`.
    pub(crate) fn start(&self, folder: &Path, packs: &[PathBuf]) -> Result<Server> {
        self.start_with(folder, packs, &[])
    }

    /// The same with variables, which are settings.
    pub(crate) fn start_with(
        &self,
        folder: &Path,
        packs: &[PathBuf],
        variables: &[(&str, &str)],
    ) -> Result<Server> {
        self.start_as(folder, packs, variables, &[])
    }

    /// The same with more words on the command line.
    pub(crate) fn start_as(
        &self,
        folder: &Path,
        packs: &[PathBuf],
        variables: &[(&str, &str)],
        words: &[&OsStr],
    ) -> Result<Server> {
        let log = folder.join("server.log");
        let mut command = Command::new(&self.squall);
        command
            .args(["dev", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.join("data"))
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&log)?.into_parts().0);
        command.args(words);
        for pack in packs {
            command.arg("--packs").arg(pack);
        }
        let started = Instant::now();
        let mut child = command.spawn()?;
        match ready(&mut child) {
            Some(address) => Ok(Server {
                child,
                address,
                ready_after: started.elapsed(),
            }),
            None => {
                child.kill()?;
                child.wait()?;
                let log = fs::read_to_string(&log).unwrap_or_default();
                Err(Failure::NotReady {
                    program: self.squall.clone(),
                    log: last_lines(&log, 10),
                })
            }
        }
    }
}

impl Server {
    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Processor time that it and all it has started have used so far.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        process::cpu_of_tree(self.pid())
    }

    /// Its resident memory, in megabytes.
    pub(crate) fn resident(&self) -> Result<f64> {
        process::resident(self.pid())
    }

    fn ask_to_stop(&self) {
        if let Some(pid) = i32::try_from(self.pid()).ok().and_then(Pid::from_raw) {
            // A process that has ended by itself needs no asking.
            kill_process(pid, Signal::TERM).ok();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ask_to_stop();
        let asked = Instant::now();
        while asked.elapsed() < STOPPED_WITHIN {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                Ok(Some(_)) | Err(_) => return,
            }
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Where the server says it is; `None` if it ends or stays silent.
fn ready(child: &mut Child) -> Option<SocketAddr> {
    let output = child.stdout.take()?;
    let (sender, receiver) = mpsc::sync_channel(1);
    // The thread lives as long as the server's output: a server must never wait for a reader.
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(io::Result::ok) {
            if let Some(url) = line.strip_prefix("ready http://") {
                drop(sender.try_send(url.trim_end_matches('/').to_owned()));
            }
        }
    });
    let url = receiver.recv_timeout(READY_WITHIN).ok()?;
    url.parse().ok()
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.len().saturating_sub(count);
    lines.get(first..).unwrap_or_default().join("\n")
}

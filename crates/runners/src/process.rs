//! Running a process for an action: bounded in time and output, and gone when it is over.
//!
//! A process starts in a process group of its own, with exactly the environment given, `/dev/null` or given text as
//! standard input, and no other open descriptor. It is over when its leader has ended *and* its output is closed: work
//! that a command leaves in the background is waited for as long as it can still print, up to the time-out. What is left
//! in the group then has half a second to end or to leave it, as daemons do, and is killed. A process that has left the
//! group survives a normal end, but neither a time-out nor a cancel nor the server's death.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use squall_model::record::OutputKind;
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::pipe;
use tokio::time::{Instant, sleep_until, timeout};

use crate::guard::lifeline::Watch;
use crate::process::group::Group;
use crate::process::limits::Limits;
use crate::process::output::{Capture, pump};
use crate::{Later, Run};

pub(crate) mod environment;
pub(crate) mod group;
pub(crate) mod limits;
pub(crate) mod marked;
pub(crate) mod output;
pub(crate) mod privileged;

/// The variable by which the guard knows the processes of an attempt. Packs expect it, and no other process has it.
pub(crate) const MARKER: &str = "ST2_ACTION_EXECUTION_ID";
/// How long a cancelled process may go on after it was asked to end, and a background process after its command.
const GRACE: Duration = Duration::from_millis(500);
/// How long what a killed process has printed is still read.
const DRAIN: Duration = Duration::from_millis(100);

/// What to run.
pub(crate) struct Command {
    /// The program's whole path.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its whole environment, but for the attempt's marker.
    pub environment: BTreeMap<OsString, OsString>,
    /// The folder it starts in; the server's own if none.
    pub folder: Option<PathBuf>,
    /// What it reads on standard input; nothing if empty.
    pub input: Vec<u8>,
    /// How long it may take.
    pub timeout: Duration,
    /// What it may use.
    pub limits: Limits,
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Who ended it.
    pub cause: Cause,
    /// Its exit code; minus the signal's number if a signal ended it.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it printed as errors.
    pub stderr: String,
}

/// Who ended a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The process itself.
    Itself,
    /// Squall, after its time was up.
    Timeout,
    /// Squall, because somebody asked.
    Cancel,
}

/// A process could not be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The folder is none.
    #[error("cannot run in `{0}`: no such folder")]
    Folder(PathBuf),
    /// A variable cannot be passed on.
    #[error("cannot pass on the environment variable `{0}`: a name is not empty and has no `=`")]
    Variable(String),
    /// The system refused.
    #[error("cannot start `{0}`")]
    Start(PathBuf, #[source] io::Error),
}

/// An error with its causes, for the author of an action.
pub(crate) fn explain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// What an exit code says that its author may not expect: who sent the signal that ended a process, if not Squall.
pub(crate) fn told_by(code: i32) -> Option<String> {
    let told = match code.checked_neg().and_then(Signal::from_named_raw)? {
        Signal::KILL => "killed by a SIGKILL that Squall did not send: out of memory?",
        Signal::XCPU => "used more processor time than actions may",
        Signal::XFSZ => "wrote a larger file than actions may",
        _ => return None,
    };
    Some(told.to_owned())
}

/// Runs `command` to its end, for `run`.
pub(crate) async fn run(command: Command, run: &Run) -> Result<Ended, Error> {
    let deadline = Instant::now().checked_add(command.timeout);
    let limit = run.host.settings.output_limit;
    let (mut stdout, mut stderr) = (Capture::new(limit), Capture::new(limit));
    let (group, pipes) = start(command, run).await?;
    let output = run.output.as_ref();
    let mut pumps = Pumps(Some(Box::pin(async {
        tokio::join!(
            pump(pipes.stdout, OutputKind::Stdout, output, &mut stdout),
            pump(pipes.stderr, OutputKind::Stderr, output, &mut stderr),
            feed(pipes.stdin),
        );
    })));

    let cause = tokio::select! {
        ((), ()) = async { tokio::join!(pumps.finish(), group.exited()) } => Cause::Itself,
        () = until(deadline) => Cause::Timeout,
        () = run.cancel.cancelled() => Cause::Cancel,
    };
    if cause == Cause::Cancel {
        group.signal(Signal::TERM).await;
        let ended = async { tokio::join!(pumps.finish(), group.exited()) };
        let _or_killed = timeout(GRACE, ended).await;
    }
    let patience = if cause == Cause::Itself {
        GRACE
    } else {
        group.kill_all().await;
        let _or_dropped = timeout(DRAIN, pumps.finish()).await;
        Duration::ZERO
    };
    let status = group.end(patience).await;
    drop(pumps);
    Ok(Ended {
        cause,
        code: status.map_or(-Signal::KILL.as_raw(), code),
        stdout: stdout.into_text(),
        stderr: stderr.into_text(),
    })
}

/// The readers and the writer of a process. They can be awaited again after an interruption, even when they are done.
struct Pumps<'a>(Option<Later<'a, ()>>);

impl Pumps<'_> {
    async fn finish(&mut self) {
        if let Some(running) = &mut self.0 {
            running.await;
            self.0 = None;
        }
    }
}

/// Our ends of a process's standard streams.
struct Pipes {
    stdin: Option<(pipe::Sender, Vec<u8>)>,
    stdout: pipe::Receiver,
    stderr: pipe::Receiver,
}

async fn start(command: Command, run: &Run) -> Result<(Group, Pipes), Error> {
    if let Some(name) = command.environment.keys().find(|name| !passes(name)) {
        return Err(Error::Variable(name.to_string_lossy().into_owned()));
    }
    let program = command.program.clone();
    let id = run.execution.to_string();
    let watch = run.host.lifeline.watch(format!("{MARKER}={id}"));
    // Starting a process takes as long as hundreds of other things that the runtime has to do.
    tokio::task::spawn_blocking(move || launch(command, &id, watch))
        .await
        .unwrap_or_else(|panic| Err(Error::Start(program, io::Error::other(panic))))
}

fn launch(command: Command, id: &str, watch: Watch) -> Result<(Group, Pipes), Error> {
    let mut start = command.limits.command(&command.program, &command.arguments);
    start
        .env_clear()
        .envs(command.environment)
        .env(MARKER, id)
        .stdin(if command.input.is_empty() {
            Stdio::null()
        } else {
            Stdio::piped()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(folder) = command.folder {
        if !folder.is_dir() {
            return Err(Error::Folder(folder));
        }
        start.current_dir(folder);
    }
    let begun = Group::start(start, watch).and_then(|mut group| {
        let pipes = take_pipes(&mut group, command.input)?;
        Ok((group, pipes))
    });
    begun.map_err(|error| Error::Start(command.program, error))
}

fn take_pipes(group: &mut Group, input: Vec<u8>) -> io::Result<Pipes> {
    let missing = || io::Error::other("a standard stream is missing");
    let leader = group.leader().ok_or_else(missing)?;
    let stdin = match leader.stdin.take() {
        Some(stdin) => Some((pipe::Sender::from_owned_fd(OwnedFd::from(stdin))?, input)),
        None => None,
    };
    let stdout = leader.stdout.take().ok_or_else(missing)?;
    let stderr = leader.stderr.take().ok_or_else(missing)?;
    Ok(Pipes {
        stdin,
        stdout: pipe::Receiver::from_owned_fd(OwnedFd::from(stdout))?,
        stderr: pipe::Receiver::from_owned_fd(OwnedFd::from(stderr))?,
    })
}

/// Writes all of the input. A process need not read it.
async fn feed(stdin: Option<(pipe::Sender, Vec<u8>)>) {
    if let Some((mut pipe, input)) = stdin {
        let _read_or_not = pipe.write_all(&input).await;
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

fn passes(name: &OsStr) -> bool {
    let name = name.as_bytes();
    !name.is_empty() && !name.contains(&b'=')
}

fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| -signal))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;

//! One action's conversation with its child: the request, what it asks and prints meanwhile, and how it ends.

use std::io;
use std::os::fd::AsFd as _;
use std::pin::{Pin, pin};
use std::time::Duration;

use rustix::net::{Shutdown, shutdown};
use serde::{Deserialize, Serialize};
use squall_model::record::OutputKind;
use squall_model::{Json, Object};
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::child::{Child, Grip, Lines};
use super::frame;
use super::question;
use crate::process::MARKER;
use crate::process::limits::Limits;
use crate::process::output::{Capture, pump};
use crate::{Calls, Run};

/// How long a cancelled action may go on after it was asked to end.
const GRACE: Duration = Duration::from_millis(500);
/// How long what a killed action has said is still listened to.
const DRAIN: Duration = Duration::from_millis(100);

/// What a child is asked to carry out. The names are what the Python side reads.
#[derive(Debug, Serialize)]
pub(super) struct Request<'a> {
    /// Which kind of work; a child knows several.
    pub kind: &'static str,
    /// The file with the action's class.
    pub file: &'a str,
    /// The pack's reference.
    pub pack: &'a str,
    /// The pack's folder.
    pub pack_dir: Option<&'a str>,
    /// From which level on log lines are printed.
    pub log_level: &'a str,
    /// What `run` is called with.
    pub parameters: &'a Object,
    /// The pack's config.
    pub config: &'a Object,
    /// Variables, in the order in which they are set.
    pub environment: &'a [(String, String)],
    /// What it may use.
    pub limits: Limits,
}

/// What the action gave, if it came so far.
#[derive(Debug, Deserialize)]
pub(super) struct Done {
    /// Its result.
    pub result: Json,
    /// What it said about its success, if it said something.
    pub status: Option<bool>,
}

/// Why an action was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    /// It took too long.
    TimedOut,
    /// Somebody asked for it.
    Cancelled,
}

/// How a conversation ended.
pub(super) struct Ended {
    /// Set if it did not end by itself.
    pub stopped: Option<Stopped>,
    /// What the action gave.
    pub done: Option<Done>,
    /// Its exit code, below zero the signal; none if it was lost together with its server.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
    /// What made no sense, if the conversation broke down.
    pub fault: Option<frame::Error>,
}

/// Has the child carry out the request.
pub(super) async fn hold(
    child: Child,
    request: &Request<'_>,
    run: &Run,
    within: Duration,
) -> Ended {
    let Child {
        mut lines,
        mut ends,
        mut grip,
    } = child;
    let marker = format!("{MARKER}={}", run.execution);
    grip.guard(run.host.lifeline.watch(marker));
    let mut heard = Heard::new(run.host.settings.output_limit);
    let stopped = {
        let mut all = pin!(listen(&mut lines, &mut ends, request, run, &mut heard));
        let stopped = tokio::select! {
            biased;
            () = &mut all => None,
            () = run.cancel.cancelled() => Some(Stopped::Cancelled),
            () = sleep(within) => Some(Stopped::TimedOut),
        };
        if let Some(stopped) = stopped {
            stop(&grip, stopped, all).await;
        }
        stopped
    };
    if stopped.is_none() && heard.code.is_none() {
        // Lost with its server, and with whoever could have ended what it has started.
        grip.kill().await;
    }
    grip.set_ended();
    Ended {
        stopped,
        done: heard.done,
        code: heard.code,
        stdout: heard.stdout.into_text(),
        stderr: heard.stderr.into_text(),
        fault: heard.fault,
    }
}

/// Ends the child and all that it has started, and listens to its last words.
async fn stop(grip: &Grip, why: Stopped, mut all: Pin<&mut impl Future<Output = ()>>) {
    let mut heard_all = false;
    if why == Stopped::Cancelled {
        grip.ask_to_end(GRACE).await;
        heard_all = timeout(GRACE, &mut all).await.is_ok();
    }
    grip.kill().await;
    if !heard_all {
        // What still holds its output after that is nothing of ours, as far as anybody can tell.
        let _or_dropped = timeout(DRAIN, all).await;
    }
}

/// What has been heard so far; it stays when the listening is given up.
struct Heard {
    stdout: Capture,
    stderr: Capture,
    done: Option<Done>,
    code: Option<i32>,
    fault: Option<frame::Error>,
}

impl Heard {
    fn new(limit: usize) -> Self {
        Self {
            stdout: Capture::new(limit),
            stderr: Capture::new(limit),
            done: None,
            code: None,
            fault: None,
        }
    }
}

/// A frame of the child.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Frame {
    Call(Json),
    Done(Done),
    Exit(i32),
}

/// A reply to a question.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Answer(Json),
    Refusal(String),
}

/// What a child is told.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Told<'a> {
    Run(&'a Request<'a>),
}

/// Listens until the child has ended and nothing holds its output any more.
async fn listen(
    lines: &mut Lines,
    ends: &mut oneshot::Receiver<i32>,
    request: &Request<'_>,
    run: &Run,
    heard: &mut Heard,
) {
    let Heard {
        stdout,
        stderr,
        done,
        code,
        fault,
    } = heard;
    let calls = run.calls.as_ref();
    let conversation = async {
        let end = converse(&mut lines.socket, ends, request, calls, done);
        *code = end.await.map_err(Some)?;
        // One that was lost may have left something that holds its output for ever.
        code.map(drop).ok_or(None)
    };
    let output = run.output.as_ref();
    let prints = async {
        tokio::join!(
            pump(&mut lines.stdout, OutputKind::Stdout, output, stdout),
            pump(&mut lines.stderr, OutputKind::Stderr, output, stderr),
        );
        Ok(())
    };
    if let Err(error) = tokio::try_join!(conversation, prints) {
        *fault = error;
    }
}

/// Talks until the child has ended; gives its exit code, or nothing if it was lost.
async fn converse(
    socket: &mut UnixStream,
    ends: &mut oneshot::Receiver<i32>,
    request: &Request<'_>,
    calls: &dyn Calls,
    done: &mut Option<Done>,
) -> Result<Option<i32>, frame::Error> {
    let line = socket.as_fd().try_clone_to_owned()?;
    let mut talk = pin!(talk(socket, request, calls, done));
    let code = tokio::select! {
        biased;
        code = &mut talk => match code? {
            Some(code) => return Ok(Some(code)),
            None => return Ok(ends.await.ok()),
        },
        code = &mut *ends => code.ok(),
    };
    // It has ended, but something that it forked may keep its socket open. What it said before has arrived, and is read.
    shutdown(&line, Shutdown::Read).map_err(io::Error::from)?;
    talk.await?;
    Ok(code)
}

/// Sends the request and answers questions until the child says with which code it exits, or hangs up.
async fn talk(
    socket: &mut UnixStream,
    request: &Request<'_>,
    calls: &dyn Calls,
    done: &mut Option<Done>,
) -> Result<Option<i32>, frame::Error> {
    if !frame::write(socket, &Told::Run(request)).await? {
        return Ok(None);
    }
    while let Some(frame) = frame::read(socket).await? {
        match frame {
            Frame::Call(asked) => {
                let answer = match question::read(asked) {
                    Ok(call) => calls.call(call).await,
                    Err(refusal) => Err(refusal),
                };
                let reply = answer.map_or_else(Reply::Refusal, Reply::Answer);
                if !frame::write(socket, &reply).await? {
                    return Ok(None);
                }
            }
            Frame::Done(said) => *done = Some(said),
            Frame::Exit(code) => return Ok(Some(code)),
        }
    }
    Ok(None)
}

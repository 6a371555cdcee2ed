//! One conversation with a child, whatever kind of work it does: the request, what it asks and prints meanwhile, and how
//! it ends.

use std::io;
use std::os::fd::AsFd as _;
use std::pin::{Pin, pin};
use std::time::Duration;

use rustix::net::{Shutdown, shutdown};
use serde::{Deserialize, Serialize};
use squall_model::record::OutputKind;
use squall_model::{Id, Json};
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::child::{Child, Grip, Lines};
use super::frame;
use super::question;
use crate::process::MARKER;
use crate::process::limits::Limits;
use crate::process::output::{Capture, pump};
use crate::{Call, Calls, Host, Output, PlaybookCall};

/// How long a cancelled action may go on after it was asked to end.
const GRACE: Duration = Duration::from_millis(500);
/// How long what a killed action has said is still listened to.
const DRAIN: Duration = Duration::from_millis(100);

/// What a child is asked to carry out. The names are what the Python side reads.
#[derive(Debug, Serialize)]
pub(super) struct Request<'a, Work> {
    /// Which kind of work; a child knows several.
    pub kind: &'static str,
    /// The folder of the pack whose libraries the work may import.
    pub pack_dir: Option<&'a str>,
    /// Variables, in the order in which they are set. [`MARKER`] is among them.
    pub environment: &'a [(String, String)],
    /// What it may use.
    pub limits: Limits,
    /// What this kind of work is told besides.
    #[serde(flatten)]
    pub work: Work,
}

/// Who takes part in a conversation besides the child, and how long it may take.
pub(super) struct Terms<'a> {
    /// The execution that the work belongs to.
    pub execution: Id,
    /// Guards it.
    pub host: &'a Host,
    /// Takes what it prints.
    pub output: &'a dyn Output,
    /// Answers what it asks.
    pub calls: &'a dyn Calls,
    /// Ends it.
    pub cancel: &'a CancellationToken,
    /// How long it may take.
    pub within: Duration,
}

/// How far a piece of work has come: what is told later stands in the place of what was told before.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Progress {
    /// What it is about to do.
    #[serde(default)]
    pub next: Json,
    /// What has come of it so far, where that was told.
    pub result: Option<Json>,
}

/// What the work gave, if it came so far.
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
    /// What the work gave.
    pub done: Option<Done>,
    /// How far it came, as far as it told.
    pub progress: Progress,
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
    request: &(impl Serialize + Sync),
    terms: &Terms<'_>,
) -> Ended {
    let Child {
        mut lines,
        mut ends,
        mut grip,
    } = child;
    let marker = format!("{MARKER}={}", terms.execution);
    grip.guard(terms.host.lifeline.watch(marker));
    let mut heard = Heard::new(terms.host.settings.output_limit);
    let stopped = {
        let mut all = pin!(listen(&mut lines, &mut ends, request, terms, &mut heard));
        let stopped = tokio::select! {
            biased;
            () = &mut all => None,
            () = terms.cancel.cancelled() => Some(Stopped::Cancelled),
            () = sleep(terms.within) => Some(Stopped::TimedOut),
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
        done: heard.said.done,
        progress: heard.said.progress,
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
    said: Said,
    code: Option<i32>,
    fault: Option<frame::Error>,
}

/// What the child has said of its work.
#[derive(Default)]
struct Said {
    done: Option<Done>,
    progress: Progress,
}

impl Heard {
    fn new(limit: usize) -> Self {
        Self {
            stdout: Capture::new(limit),
            stderr: Capture::new(limit),
            said: Said::default(),
            code: None,
            fault: None,
        }
    }
}

impl Progress {
    fn note(&mut self, newer: Self) {
        self.next = newer.next;
        if newer.result.is_some() {
            self.result = newer.result;
        }
    }
}

/// A frame of the child.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Frame {
    Call(Json),
    Progress(Progress),
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
enum Told<'a, Request> {
    Run(&'a Request),
}

/// Listens until the child has ended and nothing holds its output any more.
async fn listen(
    lines: &mut Lines,
    ends: &mut oneshot::Receiver<i32>,
    request: &(impl Serialize + Sync),
    terms: &Terms<'_>,
    heard: &mut Heard,
) {
    let Heard {
        stdout,
        stderr,
        said,
        code,
        fault,
    } = heard;
    let calls = terms.calls;
    let conversation = async {
        let end = converse(&mut lines.socket, ends, request, calls, said);
        *code = end.await.map_err(Some)?;
        // One that was lost may have left something that holds its output for ever.
        code.map(drop).ok_or(None)
    };
    let output = terms.output;
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
    request: &(impl Serialize + Sync),
    calls: &dyn Calls,
    said: &mut Said,
) -> Result<Option<i32>, frame::Error> {
    let line = socket.as_fd().try_clone_to_owned()?;
    let mut talk = pin!(talk(socket, request, calls, said));
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
    request: &(impl Serialize + Sync),
    calls: &dyn Calls,
    said: &mut Said,
) -> Result<Option<i32>, frame::Error> {
    if !frame::write(socket, &Told::Run(request)).await? {
        return Ok(None);
    }
    while let Some(frame) = frame::read(socket).await? {
        match frame {
            Frame::Call(asked) => {
                let answer = match question::read(asked) {
                    Ok(call) => {
                        if matches!(&call, Call::Playbook(PlaybookCall::NextPlaybooks(_))) {
                            // Whoever answers has it now, and may add to it.
                            said.progress.result = None;
                        }
                        calls.call(call).await
                    }
                    Err(refusal) => Err(refusal),
                };
                let reply = answer.map_or_else(Reply::Refusal, Reply::Answer);
                let written = match frame::write(socket, &reply).await {
                    Err(error @ frame::Error::TooLong(_)) => {
                        let refusal = Reply::Refusal(format!("the answer cannot be had: {error}"));
                        frame::write(socket, &refusal).await
                    }
                    written => written,
                };
                if !written? {
                    return Ok(None);
                }
            }
            Frame::Progress(progress) => said.progress.note(progress),
            Frame::Done(done) => said.done = Some(done),
            Frame::Exit(code) => return Ok(Some(code)),
        }
    }
    Ok(None)
}

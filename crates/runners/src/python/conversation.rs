//! One action's conversation with its child: the request, what it asks and prints meanwhile, and how it ends.

use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use squall_model::record::OutputKind;
use squall_model::{Json, Object};
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::capture::{Capture, follow};
use super::child::{Child, Lines};
use super::frame;
use super::question::Question;
use crate::{Calls, Run};

/// How long an action that is stopped may clean up before it is killed, and how long it may take to vanish after that.
const GRACE: Duration = Duration::from_millis(400);
const GONE_WITHIN: Duration = Duration::from_millis(800);

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
    let limit = run.host.settings.output_limit;
    let notes = Notes {
        stdout: Mutex::new(Capture::new(limit)),
        stderr: Mutex::new(Capture::new(limit)),
        said: Mutex::default(),
    };
    let stopped = {
        let mut all = pin!(listen(&mut lines, &mut ends, request, run, &notes));
        let stopped = tokio::select! {
            biased;
            () = &mut all => None,
            () = run.cancel.cancelled() => Some(Stopped::Cancelled),
            () = sleep(within) => Some(Stopped::TimedOut),
        };
        if stopped.is_some() {
            grip.stop(GRACE).await;
            // What still holds the pipes after that has left its session on purpose; nobody waits for it.
            drop(timeout(GONE_WITHIN, all).await);
        }
        stopped
    };
    let said = notes
        .said
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    if stopped.is_none() && said.code.is_some() {
        grip.set_ended();
    }
    let text = |capture: Mutex<Capture>| {
        let capture = capture.into_inner();
        capture.unwrap_or_else(PoisonError::into_inner).text()
    };
    Ended {
        stopped,
        done: said.done,
        code: said.code,
        stdout: text(notes.stdout),
        stderr: text(notes.stderr),
        fault: said.fault,
    }
}

/// What has been heard so far; it survives when the listening is given up.
struct Notes {
    stdout: Mutex<Capture>,
    stderr: Mutex<Capture>,
    said: Mutex<Said>,
}

#[derive(Default)]
struct Said {
    done: Option<Done>,
    code: Option<i32>,
    fault: Option<frame::Error>,
}

impl Notes {
    fn note(&self, change: impl FnOnce(&mut Said)) {
        change(&mut self.said.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// A frame of the child.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Frame {
    Call(Question),
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
    notes: &Notes,
) {
    let Lines {
        socket,
        stdout,
        stderr,
    } = lines;
    let output = run.output.as_ref();
    let end = async {
        let code = match talk(socket, request, run.calls.as_ref(), notes).await? {
            Some(code) => Some(code),
            None => ends.await.ok(),
        };
        notes.note(|said| said.code = code);
        Ok(())
    };
    let prints = async {
        tokio::join!(
            follow(stdout, OutputKind::Stdout, output, &notes.stdout),
            follow(stderr, OutputKind::Stderr, output, &notes.stderr),
        );
        Ok(())
    };
    let heard = tokio::try_join!(end, prints);
    if let Err(fault) = heard {
        notes.note(|said| said.fault = Some(fault));
    }
}

/// Sends the request and answers questions until the child says with which code it exits, or hangs up.
async fn talk(
    socket: &mut UnixStream,
    request: &Request<'_>,
    calls: &dyn Calls,
    notes: &Notes,
) -> Result<Option<i32>, frame::Error> {
    if !frame::write(socket, &Told::Run(request)).await? {
        return Ok(None);
    }
    while let Some(frame) = frame::read(socket).await? {
        match frame {
            Frame::Call(question) => {
                let answer = match question.into_call() {
                    Ok(call) => calls.call(call).await,
                    Err(refusal) => Err(refusal),
                };
                let reply = answer.map_or_else(Reply::Refusal, Reply::Answer);
                if !frame::write(socket, &reply).await? {
                    return Ok(None);
                }
            }
            Frame::Done(done) => notes.note(|said| said.done = Some(done)),
            Frame::Exit(code) => return Ok(Some(code)),
        }
    }
    Ok(None)
}

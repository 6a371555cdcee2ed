//! One action's conversation with its child: the request, what it asks and prints meanwhile, and how it ends.

use std::pin::{Pin, pin};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use squall_model::record::OutputKind;
use squall_model::{Json, Object};
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::child::{Child, Grip, Lines};
use super::frame;
use super::question::Question;
use crate::process::output::{Capture, pump};
use crate::process::{MARKER, marked};
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
    let watch = run.host.lifeline.watch(marker.clone());
    grip.group()
        .into_iter()
        .for_each(|group| watch.group(group));
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
            stop(&grip, stopped, &marker, all).await;
        }
        stopped
    };
    match (stopped, heard.code) {
        (None, Some(_)) => grip.set_ended(),
        // Its server has died, and with it whoever could find what has left the child's session.
        (None, None) => kill_marked(marker).await,
        (Some(_), _) => {}
    }
    Ended {
        stopped,
        done: heard.done,
        code: heard.code,
        stdout: heard.stdout.into_text(),
        stderr: heard.stderr.into_text(),
        fault: heard.fault,
    }
}

/// Ends everything of the attempt, and listens to its last words.
async fn stop(
    grip: &Grip,
    why: Stopped,
    marker: &str,
    mut all: Pin<&mut impl Future<Output = ()>>,
) {
    let grace = match why {
        Stopped::Cancelled => GRACE,
        Stopped::TimedOut => Duration::ZERO,
    };
    grip.stop(grace).await;
    let heard_all = timeout(grace + DRAIN, &mut all).await;
    kill_marked(marker.to_owned()).await;
    if heard_all.is_err() {
        let _or_dropped = timeout(DRAIN, all).await;
    }
}

/// Kills what has left the child's session, by the variable that all programs of the attempt have.
async fn kill_marked(marker: String) {
    let search = spawn_blocking(move || marked::kill(|variable| variable == marker));
    if let Err(error) = search.await {
        warn!(%error, "cannot look for processes that left their session");
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
    let mut talk = pin!(talk(socket, request, calls, done));
    tokio::select! {
        biased;
        code = &mut talk => match code? {
            Some(code) => Ok(Some(code)),
            None => Ok(ends.await.ok()),
        },
        code = &mut *ends => {
            // It has ended without saying so, and something that it forked keeps its socket open. What it said before
            // has arrived.
            let _rest = timeout(DRAIN, talk).await;
            Ok(code.ok())
        }
    }
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
            Frame::Done(said) => *done = Some(said),
            Frame::Exit(code) => return Ok(Some(code)),
        }
    }
    Ok(None)
}

//! Commands inside containers.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use serde_json::from_slice;
use squall_model::Json;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use tokio_util::sync::CancellationToken;

use crate::pause::Pauses;
use crate::{Ask, Cluster, Error, Kind};

/// How long saying good-bye may take.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// How often a silent connection is shown that somebody is still there.
const PING_EVERY: Duration = Duration::from_secs(30);

/// How much input goes into one message.
const INPUT_PIECE: usize = 32 * 1024;

/// One command in a container that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exec {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container; may be left out where there is one only.
    pub container: Option<String>,
    /// The program and its arguments. No shell is around them.
    pub command: Vec<String>,
    /// What the command reads.
    pub input: Option<Vec<u8>>,
    /// How long it may take.
    pub within: Duration,
    /// How many bytes of output are kept; what follows is counted only.
    pub longest_output: usize,
    /// How long the pod is waited for to run, if it does not yet.
    pub running_within: Option<Duration>,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// How it ended.
    pub exit: Exit,
    /// Everything it printed, in the order it came.
    pub output: Vec<u8>,
    /// What it printed to its standard output.
    pub stdout: Vec<u8>,
    /// What it printed as errors.
    pub stderr: Vec<u8>,
    /// How many bytes of output were not kept.
    pub dropped: u64,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// It did not begin, or the cluster lost it.
    Lost {
        /// Kubernetes' word for it, such as `InternalError`; empty if it gave none.
        reason: String,
        /// What it said.
        message: String,
    },
    /// It took too long and was left alone: the container may still be at it.
    TimedOut,
    /// We were told to stop; the container may still be at it.
    Cancelled,
}

impl Exec {
    /// A command that may take a minute and print a mebibyte.
    pub fn of(namespace: &str, pod: &str, command: &[&str]) -> Self {
        Self {
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            container: None,
            command: command.iter().map(|&word| word.to_owned()).collect(),
            input: None,
            within: Duration::from_secs(60),
            longest_output: 1024 * 1024,
            running_within: None,
        }
    }

    fn ask(&self) -> Ask {
        let path = format!("{}/exec", Kind::POD.path(Some(&self.namespace), &self.pod));
        let mut ask = Ask::get(path)
            .query("stdout", "true")
            .query("stderr", "true")
            .query_if("stdin", self.input.as_ref().map(|_| "true"))
            .query_if("container", self.container.as_deref());
        for word in &self.command {
            ask = ask.query("command", word);
        }
        ask
    }
}

impl Executed {
    fn nothing(exit: Exit) -> Self {
        Self {
            exit,
            output: Vec::new(),
            stdout: Vec::new(),
            stderr: Vec::new(),
            dropped: 0,
        }
    }

    fn take(&mut self, piece: &[u8], is_error: bool, most: usize) {
        let room = most.saturating_sub(self.output.len());
        let (kept, dropped) = piece.split_at(room.min(piece.len()));
        let stream = if is_error {
            &mut self.stderr
        } else {
            &mut self.stdout
        };
        stream.extend_from_slice(kept);
        self.output.extend_from_slice(kept);
        let dropped = u64::try_from(dropped.len()).unwrap_or(u64::MAX);
        self.dropped = self.dropped.saturating_add(dropped);
    }
}

impl Cluster {
    /// Runs a command, until it ends, its time is up or `stop` fires. The connection is closed in each case; one that is
    /// dropped half way is closed too, without a good-bye.
    ///
    /// # Errors
    /// Nobody answered, or the cluster refused: with status 404 there is no such pod.
    pub async fn exec(&self, exec: &Exec, stop: &CancellationToken) -> Result<Executed, Error> {
        let stopped = || Ok(Executed::nothing(Exit::Cancelled));
        if let Some(within) = exec.running_within {
            tokio::select! {
                ran = self.until_running(exec, within) => ran?,
                () = stop.cancelled() => return stopped(),
            }
        }
        let until = Instant::now() + exec.within;
        let ask = Ask {
            within: Some(exec.within),
            ..exec.ask()
        };
        let connection = tokio::select! {
            connection = self.connect(&ask) => connection?,
            () = stop.cancelled() => return stopped(),
        };
        let can_end_input = connection.supports_stream_close();
        let mut socket = connection.into_stream();
        let mut executed = Executed::nothing(Exit::Cancelled);
        executed.exit = tokio::select! {
            exit = timeout_at(until, async {
                let (mut sink, stream) = (&mut socket).split();
                let sending = send_input(&mut sink, exec.input.as_deref(), can_end_input);
                let receiving = receive(stream, &mut executed, exec.longest_output);
                tokio::pin!(sending);
                tokio::select! {
                    exit = receiving => exit,
                    error = &mut sending => Err(error),
                }
            }) => exit.unwrap_or(Ok(Exit::TimedOut))?,
            () = stop.cancelled() => Exit::Cancelled,
        };
        // The result stands whether or not the other side says good-bye too.
        drop(timeout(CLOSE_WITHIN, socket.close(None)).await);
        Ok(executed)
    }

    /// Waits for a pod to run.
    async fn until_running(&self, exec: &Exec, within: Duration) -> Result<(), Error> {
        let until = Instant::now() + within;
        let path = Kind::POD.path(Some(&exec.namespace), &exec.pod);
        let mut pauses = Pauses::new(Duration::from_millis(100), Duration::from_secs(2));
        loop {
            let pod = self.json(Ask::get(&path)).await?;
            let phase = pod.pointer("/status/phase").and_then(Json::as_str);
            // What has ended will not run again: the exec itself says so best.
            if matches!(phase, Some("Running" | "Succeeded" | "Failed")) {
                return Ok(());
            }
            let pause = pauses.next(None);
            if Instant::now() + pause >= until {
                return Err(Error::TooSlow { within });
            }
            sleep(pause).await;
        }
    }
}

/// Sends the input, and then signs of life. Ends only when it cannot.
async fn send_input<S>(sink: &mut S, input: Option<&[u8]>, can_end_input: bool) -> Error
where
    S: Sink<Message, Error = SocketError> + Unpin,
{
    let sent = async {
        if let Some(input) = input {
            for piece in input.chunks(INPUT_PIECE) {
                let message = [&[channel::INPUT], piece].concat();
                sink.send(Message::Binary(message.into())).await?;
            }
            // The older protocol cannot say that the input ends; what reads to its end waits until its time is up.
            if can_end_input {
                let end = Bytes::from_static(&[channel::CLOSE, channel::INPUT]);
                sink.send(Message::Binary(end)).await?;
            }
        }
        loop {
            sleep(PING_EVERY).await;
            sink.send(Message::Ping(Bytes::new())).await?;
        }
    };
    let sent: Result<std::convert::Infallible, SocketError> = sent.await;
    match sent {
        Ok(never) => match never {},
        Err(error) => Error::Unreachable(Box::new(error)),
    }
}

/// What the first byte of a message says it is.
mod channel {
    pub(super) const INPUT: u8 = 0;
    pub(super) const OUTPUT: u8 = 1;
    pub(super) const ERRORS: u8 = 2;
    pub(super) const STATUS: u8 = 3;
    pub(super) const CLOSE: u8 = 255;
}

async fn receive<S>(mut stream: S, executed: &mut Executed, most: usize) -> Result<Exit, Error>
where
    S: Stream<Item = Result<Message, SocketError>> + Unpin,
{
    while let Some(message) = stream.next().await {
        let Message::Binary(message) =
            message.map_err(|error| Error::Unreachable(Box::new(error)))?
        else {
            continue;
        };
        match message.split_first() {
            Some((&channel::OUTPUT, piece)) => executed.take(piece, false, most),
            Some((&channel::ERRORS, piece)) => executed.take(piece, true, most),
            // An empty one only says that the channel is there.
            Some((&channel::STATUS, status)) if !status.is_empty() => return exit(status),
            _ => {}
        }
    }
    Ok(Exit::Lost {
        reason: String::new(),
        message: "the connection ended before the command did".to_owned(),
    })
}

fn exit(status: &[u8]) -> Result<Exit, Error> {
    let status: Json = from_slice(status).map_err(Error::Unreadable)?;
    let said = |name: &str| status.get(name).and_then(Json::as_str).unwrap_or_default();
    if said("status") == "Success" {
        return Ok(Exit::Code(0));
    }
    let causes = status.pointer("/details/causes").and_then(Json::as_array);
    let mut causes = causes.into_iter().flatten();
    let code = causes.find(|cause| cause.get("reason").and_then(Json::as_str) == Some("ExitCode"));
    let code = code.and_then(|cause| cause.get("message")?.as_str()?.parse().ok());
    Ok(match code {
        Some(code) => Exit::Code(code),
        None => Exit::Lost {
            reason: said("reason").to_owned(),
            message: said("message").to_owned(),
        },
    })
}

#[cfg(test)]
mod tests;

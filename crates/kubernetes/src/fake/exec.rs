//! Commands in containers, over a websocket; who carries them out is a function of the test.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http::{HeaderName, header};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use serde_json::json;
use squall_model::Json;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};

use super::answers::Refusal;
use super::logs::{container, container_status};
use super::objects::{At, text};
use super::serve::Asked;
use super::state::State;

/// The protocols that are spoken here, the better one first.
const PROTOCOLS: &[&str] = &["v5.channel.k8s.io", "v4.channel.k8s.io"];

/// The longest input that a command gets, in bytes.
const LONGEST_INPUT: usize = 16 * 1024 * 1024;

/// How much output goes into one message.
const PIECE: usize = 32 * 1024;

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const OUTCOME: u8 = 3;
/// In the fifth protocol: the channel whose number follows is closed.
const CLOSE: u8 = 255;

/// One command in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exec {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// All that it was sent. Who cannot say where that ends (in the fourth version of the protocol) sends one message.
    pub stdin: Vec<u8>,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Executed {
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it printed as errors.
    pub stderr: Vec<u8>,
    /// How it ended.
    pub exit_code: i32,
    /// It does not end: whoever asked has to go away.
    pub hangs: bool,
}

impl Executed {
    /// It printed something and ended well.
    pub fn printed(stdout: impl Into<Vec<u8>>) -> Self {
        Self {
            stdout: stdout.into(),
            ..Self::default()
        }
    }

    /// It printed errors and failed.
    pub fn failed(exit_code: i32, stderr: impl Into<Vec<u8>>) -> Self {
        Self {
            stderr: stderr.into(),
            exit_code,
            ..Self::default()
        }
    }
}

type CarryOut = Arc<dyn Fn(Exec) -> Executed + Send + Sync>;

/// Who carries out commands.
#[derive(Default)]
pub(super) struct Commands(Mutex<Option<CarryOut>>);

impl fmt::Debug for Commands {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Commands").finish_non_exhaustive()
    }
}

impl Commands {
    /// From now on this function does.
    pub(super) fn carry_out(&self, carry_out: CarryOut) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(carry_out);
    }

    /// What comes of a command; none if nobody carries it out.
    pub(super) fn outcome(&self, exec: Exec) -> Option<Executed> {
        let carry_out = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        carry_out.map(|carry_out| carry_out(exec))
    }

    /// What comes of a command, and its `Status`.
    fn run(&self, exec: Exec) -> (Executed, Json) {
        let program = exec.command.first().cloned().unwrap_or_default();
        let Some(executed) = self.outcome(exec) else {
            let message = format!(
                "error executing command in container: failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: \"{program}\": executable file not found in $PATH: unknown"
            );
            let refusal = Refusal::new(500, "InternalError", message);
            return (Executed::default(), refusal.status());
        };
        let status = match executed.exit_code {
            0 => json!({"metadata": {}, "status": "Success"}),
            code => json!({
                "metadata": {},
                "status": "Failure",
                "message": format!("command terminated with non-zero exit code: exit status {code}"),
                "reason": "NonZeroExitCode",
                "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
            }),
        };
        (executed, status)
    }
}

/// A request for a command, before the connection changes its protocol.
pub(super) struct Handshake {
    exec: Exec,
    key: String,
    protocol: &'static str,
    has_input: bool,
    has_terminal: bool,
}

impl Handshake {
    /// Reads the request.
    pub(super) fn begin(state: &State, at: &At<'_>, asked: &Asked) -> Result<Self, Refusal> {
        let query = &asked.query;
        let pod = state
            .storage()
            .found(at.kind, at.namespace, at.name)?
            .json();
        let container = container(&pod, query.get("container"))?;
        check_life(&pod, &container)?;
        let command = query.all("command");
        if command.is_empty() {
            let message = "you must specify at least 1 command for the container";
            return Err(Refusal::bad_request(message));
        }
        let offered = asked.header(&header::SEC_WEBSOCKET_PROTOCOL);
        let is_offered =
            |protocol: &&&str| offered.split(',').any(|known| known.trim() == **protocol);
        let protocol = PROTOCOLS.iter().find(is_offered);
        let key = asked.header(&header::SEC_WEBSOCKET_KEY);
        let (Some(protocol), false) = (protocol, key.is_empty()) else {
            let message = "Upgrade request required: a websocket that speaks v5.channel.k8s.io or v4.channel.k8s.io";
            return Err(Refusal::bad_request(message));
        };
        Ok(Self {
            exec: Exec {
                namespace: at.namespace.to_owned(),
                pod: at.name.to_owned(),
                container,
                command,
                stdin: Vec::new(),
            },
            key: key.to_owned(),
            protocol,
            has_input: query.is("stdin"),
            has_terminal: query.is("tty"),
        })
    }

    /// The headers of the last answer.
    pub(super) fn headers(&self) -> [(HeaderName, String); 4] {
        [
            (header::CONNECTION, "Upgrade".to_owned()),
            (header::UPGRADE, "websocket".to_owned()),
            (
                header::SEC_WEBSOCKET_ACCEPT,
                derive_accept_key(self.key.as_bytes()),
            ),
            (header::SEC_WEBSOCKET_PROTOCOL, self.protocol.to_owned()),
        ]
    }

    /// What the connection becomes.
    pub(super) fn agreed(self, upgrade: OnUpgrade) -> Session {
        Session {
            handshake: self,
            upgrade,
        }
    }
}

/// A connection that has become a websocket.
pub(super) struct Session {
    handshake: Handshake,
    upgrade: OnUpgrade,
}

type Socket = WebSocketStream<TokioIo<Upgraded>>;

impl Session {
    /// Has the command carried out, and says what came of it.
    pub(super) async fn run(self, state: &State) -> io::Result<()> {
        let upgraded = self.upgrade.await.map_err(io::Error::other)?;
        let config = WebSocketConfig::default().max_message_size(Some(LONGEST_INPUT));
        let io = TokioIo::new(upgraded);
        let mut socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        let Handshake {
            mut exec,
            protocol,
            has_input,
            has_terminal,
            ..
        } = self.handshake;
        if has_input {
            let can_end = protocol == "v5.channel.k8s.io";
            exec.stdin = input(&mut socket, can_end).await?;
        }
        let (executed, status) = state.commands.run(exec);
        // A terminal shows both as one.
        let errors = if has_terminal { STDOUT } else { STDERR };
        say(&mut socket, STDOUT, &executed.stdout).await?;
        say(&mut socket, errors, &executed.stderr).await?;
        if executed.hangs {
            while let Some(Ok(_)) = socket.next().await {}
            return Ok(());
        }
        say(&mut socket, OUTCOME, status.to_string().as_bytes()).await?;
        let frame = CloseFrame {
            code: CloseCode::Normal,
            reason: "".into(),
        };
        socket.close(Some(frame)).await.map_err(io::Error::other)?;
        while let Some(Ok(_)) = socket.next().await {}
        Ok(())
    }
}

/// Reads what a command is sent.
async fn input(socket: &mut Socket, can_end: bool) -> io::Result<Vec<u8>> {
    let mut input = Vec::new();
    while let Some(message) = socket.next().await {
        let bytes = match message.map_err(io::Error::other)? {
            Message::Binary(bytes) => bytes,
            Message::Text(text) => text.into(),
            Message::Close(_) => return Ok(input),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
        };
        match bytes.split_first() {
            Some((&CLOSE, [STDIN])) if can_end => return Ok(input),
            Some((&STDIN, more)) => input.extend_from_slice(more),
            Some(_) | None => continue,
        }
        if !can_end {
            return Ok(input);
        }
        if input.len() > LONGEST_INPUT {
            return Err(io::Error::other("more input than a command gets"));
        }
    }
    Ok(input)
}

async fn say(socket: &mut Socket, channel: u8, text: &[u8]) -> io::Result<()> {
    for piece in text.chunks(PIECE) {
        let mut message = Vec::with_capacity(piece.len() + 1);
        message.push(channel);
        message.extend_from_slice(piece);
        let message = Message::Binary(Bytes::from(message));
        socket.send(message).await.map_err(io::Error::other)?;
    }
    Ok(())
}

/// Refuses where no command can begin.
fn check_life(pod: &Json, container: &str) -> Result<(), Refusal> {
    let phase = text(pod, "/status/phase");
    if matches!(phase, "Succeeded" | "Failed") {
        let message =
            format!("cannot exec into a container in a completed pod; current phase is {phase}");
        return Err(Refusal::bad_request(message));
    }
    let status = container_status(pod, container);
    let is = |state: &str| {
        status
            .and_then(|status| status.get("state")?.get(state))
            .is_some()
    };
    if is("waiting") || is("terminated") {
        let message = format!(
            "Internal error occurred: unable to upgrade connection: container not found (\"{container}\")"
        );
        return Err(Refusal::new(500, "InternalError", message));
    }
    Ok(())
}

//! A forked child: one that waits, and one that is at work.

use std::io;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::time::Duration;

use rustix::process::Pid;
use tokio::net::UnixStream;
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;
use tracing::warn;

use super::control::Channels;
use super::server::Ask;
use super::session;
use crate::guard::lifeline::Watch;

/// A child that waits for work, as its server's task keeps it.
pub(super) struct Idle {
    /// Its process id.
    pub pid: i32,
    lines: Lines,
    ends: oneshot::Receiver<i32>,
}

/// What a child speaks on.
pub(super) struct Lines {
    /// Requests and replies.
    pub socket: UnixStream,
    /// What it prints.
    pub stdout: pipe::Receiver,
    /// What it complains about.
    pub stderr: pipe::Receiver,
}

/// A child at work.
pub(super) struct Child {
    /// What it speaks on.
    pub lines: Lines,
    /// How it ends: its exit code, below zero the signal. An error means that its server has died, and it with it.
    pub ends: oneshot::Receiver<i32>,
    /// The hold on its process.
    pub grip: Grip,
}

/// The hold on a child's process. Dropping it ends the child and everything it has started, unless it has ended.
pub(super) struct Grip {
    pid: i32,
    asks: mpsc::Sender<Ask>,
    has_ended: bool,
    watch: Option<Watch>,
}

impl Idle {
    pub(super) fn new(
        pid: i32,
        channels: Channels,
        ends: oneshot::Receiver<i32>,
    ) -> io::Result<Self> {
        let [socket, stdout, stderr] = channels;
        let socket = StdUnixStream::from(socket);
        socket.set_nonblocking(true)?;
        let lines = Lines {
            socket: UnixStream::from_std(socket)?,
            stdout: pipe::Receiver::from_owned_fd(stdout)?,
            stderr: pipe::Receiver::from_owned_fd(stderr)?,
        };
        Ok(Self { pid, lines, ends })
    }

    /// Makes it a child at work.
    pub(super) fn take_up(self, asks: mpsc::Sender<Ask>) -> Child {
        let Self { pid, lines, ends } = self;
        let grip = Grip {
            pid,
            asks,
            has_ended: false,
            watch: None,
        };
        Child { lines, ends, grip }
    }
}

impl Grip {
    /// Puts the child under guard, as part of this attempt.
    pub(super) fn guard(&mut self, watch: Watch) {
        if let Some(group) = Pid::from_raw(self.pid) {
            watch.group(group);
        }
        self.watch = Some(watch);
    }

    /// Asks it, and everything in its session, to end; after the grace they are killed.
    pub(super) async fn ask_to_end(&self, grace: Duration) {
        // A server that is gone has taken its children with it.
        let _sent = self.asks.send(Ask::Stop(self.pid, grace)).await;
    }

    /// Kills everything of the attempt that is left, and waits for its end.
    pub(super) async fn kill(&self) {
        let (pid, marker) = (self.pid, self.marker());
        let killing = spawn_blocking(move || session::kill_attempt(pid, marker.as_deref()));
        if let Err(error) = killing.await {
            warn!(%error, "cannot kill what an action has started");
        }
    }

    fn marker(&self) -> Option<String> {
        self.watch.as_ref().map(|watch| watch.marker().to_owned())
    }

    /// Says that nothing is left to be ended: what has left the session on purpose may live.
    pub(super) fn set_ended(&mut self) {
        self.has_ended = true;
    }
}

impl Drop for Grip {
    fn drop(&mut self) {
        let (pid, asks, marker) = (self.pid, self.asks.clone(), self.marker());
        // The watch and the child's number are given back when nothing is left.
        let watch = self.watch.take();
        let give_back = move || {
            let _sent = asks.try_send(Ask::Release(pid));
            drop(watch);
        };
        if self.has_ended {
            give_back();
        } else {
            std::thread::spawn(move || {
                session::kill_attempt(pid, marker.as_deref());
                give_back();
            });
        }
    }
}

//! A forked child: one that waits, and one that is at work.

use std::io;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::time::Duration;

use rustix::process::Pid;
use tokio::net::UnixStream;
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};

use super::control::Channels;
use super::server::Ask;

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
        };
        Child { lines, ends, grip }
    }
}

impl Grip {
    /// The process group it leads.
    pub(super) fn group(&self) -> Option<Pid> {
        Pid::from_raw(self.pid)
    }

    /// Asks it, and everything it has started, to end, and ends it by force after the grace.
    pub(super) async fn stop(&self, grace: Duration) {
        // A server that is gone has taken its children with it.
        drop(self.asks.send(Ask::Stop(self.pid, grace)).await);
    }

    /// Says that it has ended by itself: what it left behind on purpose may live.
    pub(super) fn set_ended(&mut self) {
        self.has_ended = true;
    }
}

impl Drop for Grip {
    fn drop(&mut self) {
        if !self.has_ended {
            drop(self.asks.try_send(Ask::Stop(self.pid, Duration::ZERO)));
        }
        drop(self.asks.try_send(Ask::Release(self.pid)));
    }
}

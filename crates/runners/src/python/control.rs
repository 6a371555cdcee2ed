//! The control socket of a fork server: orders go out, notices come in, some with the descriptors of a new child.

use std::collections::VecDeque;
use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, recvmsg};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncWriteExt as _, Interest};
use tokio::net::UnixStream;

use super::frame;

/// Notices are small.
const LONGEST: usize = 64 * 1024;

/// What a fork server can be told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", untagged)]
pub(super) enum Order {
    /// Fork so many children.
    Fork {
        /// How many.
        fork: usize,
        /// Whether each is to go through an action that does nothing first: that takes it a while, and makes it faster
        /// afterwards.
        rehearse: bool,
    },
    /// End a child and all of its session: politely, and after the grace by force.
    Stop {
        /// The child's process id.
        stop: i32,
        /// Seconds.
        grace: f64,
    },
    /// Nobody will ask for this child again.
    Release {
        /// The child's process id.
        release: i32,
    },
}

/// What a fork server tells.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    /// It has imported what it could, and forks when told.
    Ready(Ready),
    /// A child with this process id waits for its request. Three descriptors came along.
    Forked(i32),
    /// A child that was ordered cannot be had.
    NotForked(String),
    /// A child has ended.
    #[serde(untagged)]
    Exited {
        /// The child's process id.
        exited: i32,
        /// Its exit code; below zero the signal that ended it.
        code: i32,
    },
}

/// What a fork server says of itself.
#[derive(Debug, Deserialize)]
pub(super) struct Ready {
    /// Python's version.
    pub python: String,
    /// Modules from outside the standard library that it has imported.
    pub modules: Vec<String>,
}

/// The ends of a new child's channels: socket, standard output, standard error.
pub(super) type Channels = [OwnedFd; 3];

/// Our end of the control socket.
pub(super) struct Control {
    stream: UnixStream,
    bytes: Vec<u8>,
    descriptors: VecDeque<OwnedFd>,
}

impl Control {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            bytes: Vec::new(),
            descriptors: VecDeque::new(),
        }
    }

    /// Sends an order.
    pub(super) async fn send(&mut self, order: &Order) -> Result<(), frame::Error> {
        Ok(self.stream.write_all(&frame::encode(order)?).await?)
    }

    /// The next notice, with the channels of a child if it brings one; none when the server is gone. May be dropped at
    /// any time without losing anything.
    pub(super) async fn receive(
        &mut self,
    ) -> Result<Option<(Told, Option<Channels>)>, frame::Error> {
        loop {
            if let Some(told) = self.take_frame()? {
                let channels = match told {
                    Told::Forked(_) => Some(self.take_channels()?),
                    Told::Ready(_) | Told::NotForked(_) | Told::Exited { .. } => None,
                };
                return Ok(Some((told, channels)));
            }
            if self.receive_bytes().await? == 0 {
                return Ok(None);
            }
        }
    }

    async fn receive_bytes(&mut self) -> io::Result<usize> {
        let Self {
            stream,
            bytes,
            descriptors,
        } = self;
        let stream = &*stream;
        let receive = || receive_message(stream, bytes, descriptors);
        stream.async_io(Interest::READABLE, receive).await
    }

    fn take_frame(&mut self) -> Result<Option<Told>, frame::Error> {
        let Some((head, rest)) = self.bytes.split_first_chunk() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_be_bytes(*head)).unwrap_or(usize::MAX);
        if length > LONGEST {
            return Err(frame::Error::TooLong(length));
        }
        let Some(body) = rest.get(..length) else {
            return Ok(None);
        };
        let told = serde_json::from_slice(body).map_err(frame::Error::Unreadable)?;
        self.bytes.drain(..length.saturating_add(4));
        Ok(Some(told))
    }

    fn take_channels(&mut self) -> io::Result<Channels> {
        let mut next = || self.descriptors.pop_front();
        match (next(), next(), next()) {
            (Some(socket), Some(out), Some(error)) => Ok([socket, out, error]),
            _ => Err(io::Error::other("the descriptors of a child are missing")),
        }
    }
}

/// Receives once. Bytes and descriptors keep their order, so the next three descriptors always belong to the next child.
fn receive_message(
    stream: &UnixStream,
    bytes: &mut Vec<u8>,
    descriptors: &mut VecDeque<OwnedFd>,
) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut buffer = [0; 4096];
    let mut into = [IoSliceMut::new(&mut buffer)];
    let received = recvmsg(stream, &mut into, &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
    if received.flags.contains(ReturnFlags::CTRUNC) {
        return Err(io::Error::other(
            "descriptors of a child were lost: too many are open",
        ));
    }
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            descriptors.extend(rights);
        }
    }
    bytes.extend(buffer.iter().take(received.bytes));
    Ok(received.bytes)
}

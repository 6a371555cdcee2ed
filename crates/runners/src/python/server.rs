//! One fork server, and the task that looks after it.
//!
//! The task owns the control socket. It keeps a few forked children waiting, hands them out, passes on how they end, and
//! ends the server when it has been idle for long enough or nobody knows it any more. When the server dies of itself,
//! the task kills what its children have started: nobody else could.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::UnixStream;
use tokio::process::{ChildStderr, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{debug, info, warn};

use super::child::{Child, Idle};
use super::control::{Channels, Control, Order, Told};
use super::{frame, session};

/// Requests that may wait for the task.
const QUEUE: usize = 4096;

/// How long a child may be waited for; a server that has just started has much to import first.
const CHILD_WITHIN: Duration = Duration::from_secs(60);
/// How long a server may take to listen, and to end. One that takes longer is stuck.
const LISTEN_WITHIN: Duration = Duration::from_secs(10);
const END_WITHIN: Duration = Duration::from_secs(5);

/// How much of what a dying server says is kept, in bytes, and how long it may take to say it.
const LAST_WORDS: u64 = 8 * 1024;
const LAST_WORDS_WITHIN: Duration = Duration::from_millis(500);

/// No child can be had from a fork server.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// It ended before, or while, a child was wanted. What it said last may say why.
    #[error("the Python fork server has ended{0}")]
    Ended(String),
    /// It does not react.
    #[error("the Python fork server gave no process within {limit} seconds", limit = CHILD_WITHIN.as_secs())]
    Stuck,
    /// The system has no process or no memory left.
    #[error("cannot fork a Python process: {0}")]
    NotForked(String),
}

/// How a server is to be looked after.
#[derive(Debug, Clone, Copy)]
pub(super) struct Care {
    /// How many children wait for work.
    pub waiting: usize,
    /// After how long without work it ends.
    pub idle: Duration,
}

/// What the task can be asked.
pub(super) enum Ask {
    /// For a child, forked already or about to be.
    Child(oneshot::Sender<Result<Child, Error>>),
    /// To stop a child and all of its session: politely, and after the grace by force.
    Stop(i32, Duration),
    /// To forget a child.
    Release(i32),
}

/// A running fork server. It ends when the last handle and the last child are dropped, or earlier.
#[derive(Clone)]
pub(super) struct Server {
    asks: mpsc::Sender<Ask>,
}

impl Server {
    /// Starts one; gives also the task that has to run for it. `command` is the interpreter with its arguments and
    /// environment.
    pub(super) fn start(
        mut command: Command,
        care: Care,
    ) -> io::Result<(Self, impl Future<Output = ()> + Send + 'static)> {
        let (ours, theirs) = StdUnixStream::pair()?;
        ours.set_nonblocking(true)?;
        command
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0);
        let mut process = command.spawn()?;
        // The command holds the server's end of the socket too: the end of the server would go unnoticed.
        drop(command);
        let stderr = process.stderr.take();
        let (asks, asked) = mpsc::channel(QUEUE);
        let keeper = Keeper {
            control: Control::new(UnixStream::from_std(ours)?),
            care,
            asks: asks.downgrade(),
            children: BTreeMap::new(),
            waiting: VecDeque::new(),
            wanted: VecDeque::new(),
            forking: 0,
            idle_since: Instant::now(),
        };
        let task = async move {
            keeper.live(asked, stderr).await;
            // Its socket is closed now, so it ends by itself, and with it its children.
            if timeout(END_WITHIN, process.wait()).await.is_err() {
                warn!("python fork server stuck, killed");
                let _gone_already = process.kill().await;
            }
        };
        Ok((Self { asks }, task))
    }

    /// Whether it has ended, as far as is known.
    pub(super) fn has_ended(&self) -> bool {
        self.asks.is_closed()
    }

    /// A child that waits for its request.
    pub(super) async fn child(&self) -> Result<Child, Error> {
        let (reply, child) = oneshot::channel();
        let ended = || Error::Ended(String::new());
        let asking = async {
            let asked = self.asks.send(Ask::Child(reply)).await;
            asked.map_err(|_| ended())?;
            child.await.map_err(|_| ended())?
        };
        let answer = timeout(CHILD_WITHIN, asking).await;
        answer.unwrap_or(Err(Error::Stuck))
    }
}

/// Why the task is over.
enum End {
    /// It had nothing to do, or nobody knows it any more.
    Unneeded,
    /// The process has ended, or makes no sense.
    Lost(Option<frame::Error>),
}

struct Keeper {
    control: Control,
    care: Care,
    asks: mpsc::WeakSender<Ask>,
    /// Every child that is not released, with who wants to know how it ends.
    children: BTreeMap<i32, oneshot::Sender<i32>>,
    waiting: VecDeque<Idle>,
    wanted: VecDeque<oneshot::Sender<Result<Child, Error>>>,
    forking: usize,
    idle_since: Instant,
}

impl Keeper {
    async fn live(mut self, mut asked: mpsc::Receiver<Ask>, stderr: Option<ChildStderr>) {
        let end = match self.keep(&mut asked).await {
            Ok(end) => end,
            Err(error) => End::Lost(Some(error)),
        };
        // From here on whoever asks for a child learns that it has to ask another server.
        drop(asked);
        match end {
            End::Unneeded => debug!("python fork server not needed any more"),
            End::Lost(cause) => {
                // Its children die with it, but not what they have started.
                self.children.keys().for_each(|pid| session::kill(*pid));
                let said = last_words(stderr).await;
                let cause = cause.as_ref().map(|cause| cause as &dyn std::error::Error);
                warn!(cause, said, "python fork server lost");
                let said = if said.is_empty() {
                    said
                } else {
                    format!(": {said}")
                };
                for reply in self.wanted {
                    let _unheard = reply.send(Err(Error::Ended(said.clone())));
                }
            }
        }
    }

    async fn keep(&mut self, asked: &mut mpsc::Receiver<Ask>) -> Result<End, frame::Error> {
        loop {
            tokio::select! {
                told = self.control.receive() => match told? {
                    Some((told, channels)) => self.note(told, channels).await?,
                    None => return Ok(End::Lost(None)),
                },
                ask = asked.recv() => match ask {
                    Some(ask) => self.answer(ask).await?,
                    None => return Ok(End::Unneeded),
                },
                () = sleep_until(self.idle_since + self.care.idle), if !self.has_work() => {
                    return Ok(End::Unneeded);
                }
            }
        }
    }

    async fn note(&mut self, told: Told, channels: Option<Channels>) -> Result<(), frame::Error> {
        match told {
            Told::Ready(ready) => {
                info!(python = ready.python, modules = ?ready.modules, "python fork server ready");
                self.top_up().await?;
            }
            Told::Forked(pid) => {
                self.forking = self.forking.saturating_sub(1);
                if let Some(channels) = channels {
                    let (ended, ends) = oneshot::channel();
                    self.children.insert(pid, ended);
                    self.waiting.push_back(Idle::new(pid, channels, ends)?);
                }
                self.hand_out();
            }
            Told::NotForked(reason) => {
                self.forking = self.forking.saturating_sub(1);
                warn!(reason, "python child not forked");
                if let Some(reply) = self.wanted.pop_front() {
                    let _unheard = reply.send(Err(Error::NotForked(reason)));
                }
            }
            Told::Exited { exited, code } => self.note_exit(exited, code).await?,
        }
        Ok(())
    }

    async fn note_exit(&mut self, pid: i32, code: i32) -> Result<(), frame::Error> {
        if self.waiting.iter().any(|child| child.pid == pid) {
            warn!(pid, code, "python child ended while it waited");
            self.waiting.retain(|child| child.pid != pid);
            return self.release(pid).await;
        }
        if let Some(ends) = self.children.get_mut(&pid) {
            let ends = std::mem::replace(ends, oneshot::channel().0);
            let _unheard = ends.send(code);
        }
        Ok(())
    }

    async fn answer(&mut self, ask: Ask) -> Result<(), frame::Error> {
        match ask {
            Ask::Child(reply) => {
                self.wanted.push_back(reply);
                self.hand_out();
                let missing = self.wanted.len().saturating_sub(self.forking);
                self.fork(missing, false).await
            }
            Ask::Stop(pid, grace) => {
                let grace = grace.as_secs_f64();
                self.order(&Order::Stop { stop: pid, grace }).await
            }
            Ask::Release(pid) => {
                self.release(pid).await?;
                self.top_up().await
            }
        }
    }

    /// Gives waiting children to those who want one.
    fn hand_out(&mut self) {
        self.wanted.retain(|reply| !reply.is_closed());
        while let Some(reply) = self.wanted.pop_front() {
            let Some(asks) = self.asks.upgrade() else {
                return;
            };
            let Some(child) = self.waiting.pop_front() else {
                self.wanted.push_front(reply);
                return;
            };
            // Whoever does not wait any more drops the child, which ends it.
            drop(reply.send(Ok(child.take_up(asks))));
        }
    }

    /// Forks what is missing for the next actions. It happens after an action, not during one.
    async fn top_up(&mut self) -> Result<(), frame::Error> {
        let there = self.waiting.len().saturating_add(self.forking);
        let needed = self.care.waiting.saturating_add(self.wanted.len());
        let rehearse = !self.has_work();
        self.fork(needed.saturating_sub(there), rehearse).await
    }

    async fn fork(&mut self, count: usize, rehearse: bool) -> Result<(), frame::Error> {
        if count == 0 {
            return Ok(());
        }
        self.forking = self.forking.saturating_add(count);
        let order = Order::Fork {
            fork: count,
            rehearse,
        };
        self.order(&order).await
    }

    async fn order(&mut self, order: &Order) -> Result<(), frame::Error> {
        let sent = timeout(LISTEN_WITHIN, self.control.send(order)).await;
        sent.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
    }

    /// Whether a child is at work, or wanted.
    fn has_work(&self) -> bool {
        self.children.len() > self.waiting.len() || !self.wanted.is_empty()
    }

    async fn release(&mut self, pid: i32) -> Result<(), frame::Error> {
        self.children.remove(&pid);
        self.idle_since = Instant::now();
        self.order(&Order::Release { release: pid }).await
    }
}

/// What the server wrote to its standard error, as far as it can be had soon.
async fn last_words(stderr: Option<ChildStderr>) -> String {
    let mut said = Vec::new();
    if let Some(stderr) = stderr {
        // Late or broken words are no words.
        drop(
            timeout(
                LAST_WORDS_WITHIN,
                stderr.take(LAST_WORDS).read_to_end(&mut said),
            )
            .await,
        );
    }
    String::from_utf8_lossy(&said).trim().to_owned()
}

//! A process and all it starts in its process group, as one thing that can be waited for and killed.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_open,
    test_kill_process_group, waitid,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::{sleep, timeout};
use tracing::warn;

use crate::guard::lifeline::Watch;
use crate::process::{marked, privileged};

/// How long a killed process may take to vanish before it is left to a thread.
const VANISH_WITHIN: Duration = Duration::from_millis(250);
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A running process group. Its leader stays unreaped until the end, so that its number means no other group meanwhile.
/// A dropped group is killed.
pub(crate) struct Group {
    leader: Option<Child>,
    watch: Option<Watch>,
    id: Pid,
    exit: AsyncFd<OwnedFd>,
}

impl Group {
    /// Starts `command` as the leader of a new group. The caller takes the pipes from [`Group::leader`]. Blocks while
    /// the kernel starts the process; must run inside a runtime.
    pub(crate) fn start(mut command: Command, watch: Watch) -> io::Result<Self> {
        let mut leader = command.process_group(0).spawn()?;
        let opened = opened(&leader);
        match opened {
            Ok((id, exit)) => {
                watch.group(id);
                Ok(Self {
                    leader: Some(leader),
                    watch: Some(watch),
                    id,
                    exit,
                })
            }
            Err(error) => {
                let _gone = leader.kill().and_then(|()| leader.wait());
                Err(error)
            }
        }
    }

    /// The leader, for its pipes.
    pub(crate) fn leader(&mut self) -> Option<&mut Child> {
        self.leader.as_mut()
    }

    /// Waits until the leader has ended. Others of the group may live on.
    pub(crate) async fn exited(&self) {
        // An error would mean that the runtime is going down; the drop does the rest.
        let _ready = self.exit.readable().await;
    }

    /// Sends a signal to the whole group; what runs as another user gets it through `sudo`.
    pub(crate) async fn signal(&self, signal: Signal) {
        let Some(marker) = self.watch.as_ref().map(|watch| watch.marker().to_owned()) else {
            return;
        };
        if is_refused(self.id, signal) {
            let id = self.id;
            let asking =
                tokio::task::spawn_blocking(move || privileged::signal(id, signal, &marker));
            let _or_later = timeout(VANISH_WITHIN, asking).await;
        }
    }

    /// Kills everything of the attempt, also what has left the group.
    pub(crate) async fn kill_all(&self) {
        self.signal(Signal::KILL).await;
        let Some(marker) = self.watch.as_ref().map(|watch| watch.marker().to_owned()) else {
            return;
        };
        let search = tokio::task::spawn_blocking(move || kill_marked(&marker));
        if let Err(error) = search.await {
            warn!(%error, "cannot look for processes that left their group");
        }
    }

    /// Ends the group once its leader has ended, and gives how. What is left of it may leave (as daemons do) or end
    /// within `patience`, and is killed then. None if the leader does not end, as when it hangs in the kernel: a thread
    /// goes on waiting.
    pub(crate) async fn end(mut self, patience: Duration) -> Option<ExitStatus> {
        timeout(VANISH_WITHIN, self.exited()).await.ok()?;
        let status = self.leader.take()?.wait().ok();
        if !self.vanishes(patience).await {
            self.signal(Signal::KILL).await;
            self.vanishes(VANISH_WITHIN).await;
        }
        self.watch = None;
        status
    }

    async fn vanishes(&self, within: Duration) -> bool {
        let id = self.id;
        let vanished = async {
            while test_kill_process_group(id) != Err(Errno::SRCH) {
                let search = tokio::task::spawn_blocking(move || has_living(id));
                if let Ok(false) = search.await {
                    return;
                }
                sleep(LOOK_EVERY).await;
            }
        };
        timeout(within, vanished).await.is_ok()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let Some(watch) = self.watch.take() else {
            return;
        };
        let id = self.id;
        let is_refused = is_refused(id, Signal::KILL);
        let leader = self.leader.take();
        std::thread::spawn(move || {
            if is_refused {
                privileged::signal(id, Signal::KILL, watch.marker());
            }
            kill_marked(watch.marker());
            let _status = leader.map(|mut leader| leader.wait());
            drop(watch);
        });
    }
}

/// Signals a group; says whether the system refuses that, as for processes of another user.
pub(crate) fn is_refused(group: Pid, signal: Signal) -> bool {
    kill_process_group(group, signal) == Err(Errno::PERM)
}

#[expect(
    deprecated,
    reason = "its successor is unsafe for the sake of types that are no `OwnedFd`"
)]
fn opened(leader: &Child) -> io::Result<(Pid, AsyncFd<OwnedFd>)> {
    let id = Pid::from_child(leader);
    let exit = pidfd_open(id, PidfdFlags::NONBLOCK)?;
    Ok((id, AsyncFd::with_interest(exit, Interest::READABLE)?))
}

/// Whether a group has a member that is more than a zombie. Those are for the system's init to reap, or for us where
/// we are the first process of a container.
fn has_living(group: Pid) -> bool {
    let how = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
    while let Ok(Some(_reaped)) = waitid(WaitId::Pgid(Some(group)), how) {}
    let Ok(entries) = fs_err::read_dir("/proc") else {
        return true;
    };
    entries
        .flatten()
        .filter_map(|entry| fs_err::read_to_string(entry.path().join("stat")).ok())
        .any(|stat| is_living_member(&stat, group))
}

/// Reads `<pid> (<name>) <state> <parent> <group> ...`; a name may hold anything.
fn is_living_member(stat: &str, group: Pid) -> bool {
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let mut fields = fields.split_ascii_whitespace();
    let is_living = fields
        .next()
        .is_some_and(|state| !matches!(state, "Z" | "X"));
    let its_group = fields.nth(1).and_then(|field| field.parse().ok());
    is_living && its_group == Some(group.as_raw_nonzero().get())
}

/// Looks until nothing is found: what was just being started shows up a moment later.
fn kill_marked(marker: &str) {
    for _ in 0..5 {
        if marked::kill(|variable| variable == marker) == 0 {
            return;
        }
    }
}

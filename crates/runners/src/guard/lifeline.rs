//! The server's side of the guard: starts it, tells it what begins and ends, and replaces it if it dies.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::Pid;
use tracing::error;

/// An attempt begins: its marker follows.
pub(super) const BEGIN: &str = "begin";
/// It has one more process group: marker and number follow.
pub(super) const GROUP: &str = "group";
/// It is over: its marker follows.
pub(super) const END: &str = "end";

/// The server's end of the pipe to its guard. The guard acts when this process ends, however it ends.
pub(crate) struct Lifeline {
    program: Option<Vec<OsString>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    guard: Option<(Child, ChildStdin)>,
    open: BTreeMap<String, Vec<Pid>>,
}

/// One attempt under guard. Its drop tells the guard that the attempt is over: everything of it must be dead by then.
pub(crate) struct Watch {
    lifeline: Arc<Lifeline>,
    marker: String,
}

impl Lifeline {
    /// Starts the guard: `program` is what to run and its arguments, ending in [`guard::main`](super::main). Without a
    /// program nothing is guarded.
    pub(crate) fn start(program: Option<Vec<OsString>>) -> io::Result<Arc<Self>> {
        let guard = match &program {
            Some(program) => Some(spawn(program, "")?),
            None => None,
        };
        let open = BTreeMap::new();
        Ok(Arc::new(Self {
            program,
            state: Mutex::new(State { guard, open }),
        }))
    }

    /// Announces an attempt, before its first process starts. Each of its processes must have `marker`, a whole
    /// `NAME=value`, in its environment, and no other process may.
    pub(crate) fn watch(self: &Arc<Self>, marker: String) -> Watch {
        let mut state = self.lock();
        state.open.insert(marker.clone(), Vec::new());
        self.tell(&mut state, &format!("{BEGIN} {marker}\n"));
        drop(state);
        Watch {
            lifeline: Arc::clone(self),
            marker,
        }
    }

    /// Whether any attempt is open.
    #[cfg(test)]
    pub(crate) fn is_watching(&self) -> bool {
        !self.lock().open.is_empty()
    }

    /// The guard's process.
    #[cfg(test)]
    pub(crate) fn guard(&self) -> Option<Pid> {
        let state = self.lock();
        state
            .guard
            .as_ref()
            .map(|(guard, _)| Pid::from_child(guard))
    }

    /// Lets go of the guard, as a death would.
    #[cfg(test)]
    pub(crate) fn take_pipe(&self) -> Option<ChildStdin> {
        self.lock().guard.take().map(|(_, pipe)| pipe)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes one message. A guard that is gone, or that does not read, is replaced by one that is told all that is
    /// open. Never waits.
    fn tell(&self, state: &mut State, message: &str) {
        let Some(program) = &self.program else {
            return;
        };
        if let Some((_, pipe)) = &mut state.guard
            && pipe.write_all(message.as_bytes()).is_ok()
        {
            return;
        }
        if let Some((mut gone, pipe)) = state.guard.take() {
            // Killed before its pipe closes, else it would take the server for dead.
            let _status = gone.kill().and_then(|()| gone.wait());
            drop(pipe);
        }
        error!("the guard is gone, starting another");
        match spawn(program, &state.summary()) {
            Ok(guard) => state.guard = Some(guard),
            Err(error) => error!(%error, "cannot start a guard: actions would outlive the server"),
        }
    }
}

impl State {
    /// What a new guard has to know.
    fn summary(&self) -> String {
        let mut summary = String::new();
        for (marker, groups) in &self.open {
            let _infallible = writeln!(summary, "{BEGIN} {marker}");
            for group in groups {
                let _infallible = writeln!(summary, "{GROUP} {marker} {}", group.as_raw_nonzero());
            }
        }
        summary
    }
}

impl Watch {
    /// Names a process group of the attempt, as soon as it exists.
    pub(crate) fn group(&self, group: Pid) {
        let mut state = self.lifeline.lock();
        if let Some(groups) = state.open.get_mut(&self.marker) {
            groups.push(group);
        }
        let message = format!("{GROUP} {} {}\n", self.marker, group.as_raw_nonzero());
        self.lifeline.tell(&mut state, &message);
    }

    /// The attempt's marker.
    pub(crate) fn marker(&self) -> &str {
        &self.marker
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut state = self.lifeline.lock();
        state.open.remove(&self.marker);
        let message = format!("{END} {}\n", self.marker);
        self.lifeline.tell(&mut state, &message);
    }
}

/// Starts a guard that knows what is open. The standard library closes our end of the pipe in every other child.
fn spawn(program: &[OsString], open: &str) -> io::Result<(Child, ChildStdin)> {
    let [executable, arguments @ ..] = program else {
        return Err(io::Error::other("the guard's program is not named"));
    };
    let mut child = Command::new(executable)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir("/")
        .spawn()?;
    let mut pipe = child
        .stdin
        .take()
        .ok_or_else(|| io::Error::other("the guard has no standard input"))?;
    pipe.write_all(open.as_bytes())?;
    rustix::io::ioctl_fionbio(&pipe, true)?;
    Ok((child, pipe))
}

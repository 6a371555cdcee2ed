//! A server in this process: started, reachable, stopped.

pub(crate) mod crypto_key;
pub(crate) mod folders;
pub(crate) mod plan;
pub(crate) mod ports;

mod supervisor;

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use squall_api::Wire;
use squall_api::tls::Certificate;
use squall_server::Handle;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::info;

use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::logs::{self, Log};
use crate::settings::Chosen;
pub(crate) use plan::Plan;
use ports::Opened;
pub(crate) use ports::StackstormPorts;
use supervisor::Supervisor;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The runtime, or its signals, cannot be had.
    #[error("cannot start the server's runtime")]
    Runtime(#[source] io::Error),
    /// A folder or file of the server cannot be used.
    #[error("cannot prepare the data folder `{}`", folder.display())]
    Data {
        folder: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A folder of packs cannot be read.
    #[error("cannot read the folder of packs `{}`", folder.display())]
    Packs {
        folder: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A new key file cannot be made.
    #[error("cannot make the key file `{}`", file.display())]
    MakeKey {
        file: PathBuf,
        #[source]
        source: io::Error,
    },
    /// What to log is not right.
    #[error(transparent)]
    Log(#[from] logs::Error),
    /// A server that asks nobody who they are is for one machine.
    #[error(
        "cannot listen at {address}: `squall dev` asks nobody who they are, so it is for this machine only"
    )]
    NotThisMachine { address: SocketAddr },
    /// The same for a server without sign-in.
    #[error(
        "cannot listen at {address} with --no-auth: whoever can connect could run commands on this machine"
    )]
    NobodyAsked { address: SocketAddr },
    /// Somebody else has the port, or it may not be had.
    #[error("cannot listen at {address}")]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("cannot use the TLS certificate")]
    Certificate(#[source] squall_api::tls::Error),
    /// Names and passwords cannot be read.
    #[error("cannot read the password file")]
    Passwords(#[source] squall_identity::password::Error),
    /// The server itself does not start.
    #[error("cannot start the server")]
    Start(#[source] Box<squall_server::StartError>),
}

/// Starts the log of a server, on standard error, for as long as it is held.
pub(crate) fn start_logging(chosen: &Chosen, console: &Console) -> Result<Log, Error> {
    let colour = console.notes_in_colour();
    let log = logs::start(chosen.log, &chosen.log_level, colour, io::stderr())?;
    if let Some(file) = &chosen.file {
        info!(file = %file.display(), "settings read");
    }
    Ok(log)
}

/// Serves until the process is asked to stop.
pub(crate) fn serve(plan: Plan, log: &Log, console: &mut Console) -> Result<Ending, Failure> {
    let ports_are_random = plan.stackstorm_ports == StackstormPorts::Random;
    let running = Running::start(plan)?;
    running.handle.metrics().include(
        "squall_log_lines_dropped_total",
        "Lines of the log that were not read in time.",
        log.dropped(),
    );
    // Before anybody is told that it is ready: whoever hears of it may ask it to stop.
    let signals = running.runtime.block_on(async { Signals::new() });
    let signals = signals.map_err(Error::Runtime)?;
    if ports_are_random {
        for (name, address) in &running.opened.stackstorm {
            console.note(format!("stackstorm {name} at {address}"));
        }
    }
    console.line(format!("ready {}", running.url()))?;
    let supervisor = Supervisor::of(&console.environment);
    supervisor.ready();
    Ok(match running.until_stopped(signals, &supervisor) {
        Stopped::InOrder => Ending::Well,
        Stopped::AtOnce => Ending::Badly,
    })
}

/// What starts the guard of a server: this program again.
pub(crate) fn guard() -> Option<Vec<OsString>> {
    let program = std::env::current_exe().ok()?;
    Some(vec![program.into_os_string(), "guard".into()])
}

/// What this machine is called.
pub(crate) fn node() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

/// A running server.
pub(crate) struct Running {
    runtime: Runtime,
    handle: Handle,
    opened: Opened,
}

/// How a server ended that was asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopped {
    /// After what was under way had ended, or was ended.
    InOrder,
    /// At once, since it was asked twice. The next start settles what was under way.
    AtOnce,
}

impl Running {
    /// Starts a server. When this returns, everything accepts.
    pub(crate) fn start(plan: Plan) -> Result<Self, Error> {
        let runtime = Runtime::new().map_err(Error::Runtime)?;
        match runtime.block_on(start(plan)) {
            Ok((handle, opened)) => Ok(Self {
                runtime,
                handle,
                opened,
            }),
            Err(error) => {
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    /// Where the server is.
    pub(crate) fn url(&self) -> &str {
        &self.opened.url
    }

    /// The server itself, for what nobody asks over its port.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Waits for what the server does.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Has the server stop once this is over, whoever asks it meanwhile.
    pub(crate) fn stop_after(&self, over: impl Future<Output = ()> + Send + 'static) {
        let handle = self.handle.clone();
        self.runtime.spawn(async move {
            over.await;
            let _left = handle.stop().await;
        });
    }

    /// Serves until the process is asked to stop, then stops.
    fn until_stopped(self, mut signals: Signals, supervisor: &Supervisor) -> Stopped {
        let stopped = self.runtime.block_on(async {
            signals.next().await;
            supervisor.stopping();
            tokio::select! {
                _left = self.handle.stop() => Stopped::InOrder,
                () = signals.next() => Stopped::AtOnce,
            }
        });
        // Whatever still runs in a thread is not waited for.
        self.runtime.shutdown_background();
        stopped
    }

    /// Stops now.
    pub(crate) fn stop(self) {
        let _left = self.runtime.block_on(self.handle.stop());
        self.runtime.shutdown_background();
    }
}

async fn start(plan: Plan) -> Result<(Handle, Opened), Error> {
    let Plan {
        mut server,
        wire,
        listen,
        stackstorm_ports,
        certificate,
        public_url,
        environment,
    } = plan;
    let certificate = match certificate {
        Some((certificate, key)) => {
            let read = Certificate::read(&certificate, &key).map_err(Error::Certificate)?;
            Some(Arc::new(read))
        }
        None => None,
    };
    let (ports, opened) = ports::open(listen, stackstorm_ports, certificate).await?;
    let reached = public_url.unwrap_or_else(|| opened.url.clone());
    let variables = environment.iter().map(|(name, value)| {
        let text = |text: &OsString| text.to_string_lossy().into_owned();
        (text(name), text(value))
    });
    server.playbooks.environment = variables.collect();
    server.action_api_url = format!("{}/api/v1", reached.trim_end_matches('/'));
    let handle = squall_server::start(server, environment).await;
    let handle = handle.map_err(|source| Error::Start(Box::new(source)))?;
    let wire = Wire::new(handle.clone(), wire).map_err(Error::Passwords)?;
    for port in ports {
        handle.serve("port", port.serve(wire.clone()));
    }
    Ok((handle, opened))
}

/// The signals by which a process is asked to stop.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

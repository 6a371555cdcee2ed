//! A fake cluster: an API server of our own on a port of this machine, without anything behind it.
//!
//! It speaks as the original does, so that `kubectl`, client libraries and [`Cluster`] cannot tell the difference where
//! they care: versions and conflicts, watches with bookmarks and expiry, patches, selectors, finalizers, the deletion of
//! what belongs to something deleted. Nothing happens of itself, unless [`Settings::controllers`] says so: what a test wants to
//! happen to an object, the test does, by requests or by the methods of [`FakeCluster`], which also read what was asked and
//! make things go wrong.
//!
//! Reading order: `serve` takes requests, `dispatch` finds what each does; `storage` keeps the objects in their versions,
//! `objects` and `deletion` change them by the API's rules; `lists` and `watch` read them; `faults` is what goes wrong.

mod aggregated;
mod answers;
mod autoscalers;
mod checks;
mod control;
mod controllers;
mod crash_loop;
mod defaults;
mod deletion;
mod discovery;
mod dispatch;
mod events;
mod eviction;
mod exec;
mod faults;
mod forms;
mod kinds;
mod lists;
mod logs;
mod objects;
mod openapi;
mod patch;
mod route;
mod scale;
mod selectors;
mod serve;
mod state;
mod storage;
mod stored;
mod strategic;
mod table;
mod watch;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kube::Config;
use serde_json::{from_value, json};
use squall_model::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use answers::Refusal;
pub use control::{History, Stall};
pub use exec::{Exec, Executed};

use crate::Cluster;
use crate::cluster::found::configured;
use state::State;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How a fake cluster is started.
#[derive(Clone)]
pub struct Settings {
    /// What its objects take for now. Unless another one is given, it begins with the year 2026.
    pub clock: Clock,
    /// The token that everybody must show.
    pub token: Option<String>,
    /// How many changes of each kind are kept for watches to begin at.
    pub kept_changes: usize,
    /// How long a watch lasts that does not say so.
    pub watch_lasts: Duration,
    /// How often a watch that wants bookmarks gets one.
    pub bookmark_every: Duration,
    /// Whether objects that are put there without the time of their creation have been created now. Every object of a
    /// cluster has such a time.
    pub gives_times: bool,
    /// Whether requests are carried out at once as controllers and kubelets would: pods run, and their commands are carried
    /// out by the function given to [`FakeCluster::on_exec`] (where there is none they print nothing and end well in pods
    /// that are not restarted, and go on in others); what ends in a pod that is restarted is in a crash loop; jobs get their
    /// pod; workloads get ready. Otherwise nothing happens of itself.
    pub controllers: bool,
}

impl Default for Settings {
    fn default() -> Self {
        const BEGIN: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);
        let started = Instant::now();
        let micros = move || i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX);
        Self {
            clock: Arc::new(move || BEGIN.plus_micros(micros())),
            token: None,
            kept_changes: 10_000,
            watch_lasts: Duration::from_secs(30 * 60),
            bookmark_every: Duration::from_secs(60),
            gives_times: true,
            controllers: false,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("has_token", &self.token.is_some())
            .field("kept_changes", &self.kept_changes)
            .finish_non_exhaustive()
    }
}

/// One request that somebody made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Such as `GET`.
    pub method: String,
    /// Such as `/api/v1/pods`.
    pub path: String,
    /// Parameters, decoded.
    pub query: Vec<(String, String)>,
}

/// The fake cluster could not be started or shown to others.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no port for it.
    #[error("cannot open a port for the fake cluster")]
    Port(#[source] io::Error),
    /// Its kubeconfig file cannot be written.
    #[error("cannot write the fake cluster's kubeconfig")]
    Kubeconfig(#[source] io::Error),
}

/// A running fake cluster. All clones are the same; it ends with the last of them.
#[derive(Clone)]
pub struct FakeCluster {
    state: Arc<State>,
    address: SocketAddr,
    _serving: Arc<JoinSet<()>>,
}

impl FakeCluster {
    /// Starts a cluster that has four namespaces and nothing else.
    ///
    /// # Errors
    /// There is no port to listen on.
    pub async fn start(settings: Settings) -> Result<Self, Error> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .map_err(Error::Port)?;
        let address = listener.local_addr().map_err(Error::Port)?;
        let state = Arc::new(State::new(settings));
        let mut serving = JoinSet::new();
        serving.spawn(serve::serve(listener, Arc::clone(&state)));
        let cluster = Self {
            state,
            address,
            _serving: Arc::new(serving),
        };
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            cluster.make_namespace(&mut cluster.state.storage(), name);
        }
        Ok(cluster)
    }

    /// Where it is, such as `http://127.0.0.1:41234`.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client of it.
    ///
    /// # Errors
    /// No client can be made.
    pub fn cluster(&self) -> Result<Cluster, crate::Error> {
        let address = self.address();
        let address = address.parse();
        let address = address.map_err(|error| crate::Error::Config(Box::new(error)))?;
        let mut config = Config::new(address);
        if let Some(token) = &self.state.settings.token {
            let shown = from_value(json!({"token": token}));
            config.auth_info = shown.map_err(|error| crate::Error::Config(Box::new(error)))?;
        }
        configured(config)
    }

    /// Writes a kubeconfig file that leads to it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn kubeconfig(&self, file: &Path) -> Result<(), Error> {
        let user = match &self.state.settings.token {
            Some(token) => json!({"token": token}),
            None => json!({}),
        };
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "fake", "cluster": {"server": self.address()}}],
            "users": [{"name": "fake", "user": user}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
            "current-context": "fake",
        });
        fs_err::write(file, config.to_string()).map_err(Error::Kubeconfig)
    }
}

#[cfg(test)]
mod tests;

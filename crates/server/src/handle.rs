//! What the wire and the command line hold of a running server.

use std::future::Future;
use std::sync::Arc;

use arc_swap::ArcSwap;
use squall_engine::facts::{Facts, KeyName, Keys, Needs};
use squall_expression::keyczar;
use squall_model::Id;
use squall_model::event::Event;
use squall_model::runner::RunnerType;
use squall_runners::Host;
use squall_store::Store;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use crate::access::ActionTokens;
use crate::attempts::Attempts;
use crate::changes::{Change, Changes};
use crate::clock::Seeds;
use crate::definitions::Definitions;
use crate::delayed::Delayed;
use crate::metrics::Metrics;
use crate::playbooks::Playbooks;
use crate::registry::Loaded;
use crate::schedule::Schedule;
use crate::settings::Settings;
use crate::spans::Spans;
use crate::tasks::Tasks;
use crate::undecided::Undecided;
use crate::virtualenvs::Virtualenvs;

/// A running server. Cheap to clone; all clones are the same server.
#[derive(Clone)]
pub struct Handle(pub(crate) Arc<Inner>);

/// What the tasks of a server share. Nobody outside this crate sees it.
pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) host: Arc<Host>,
    pub(crate) runners: Vec<RunnerType>,
    pub(crate) loaded: ArcSwap<Loaded>,
    pub(crate) definitions: Definitions,
    pub(crate) changes: Changes,
    pub(crate) attempts: Attempts,
    pub(crate) schedule: Schedule,
    pub(crate) delayed: Delayed,
    pub(crate) undecided: mpsc::Sender<Event>,
    pub(crate) undecided_since: Undecided,
    pub(crate) seeds: Seeds,
    pub(crate) tasks: Tasks,
    pub(crate) metrics: Metrics,
    pub(crate) spans: Spans,
    pub(crate) crypto: Option<keyczar::Key>,
    pub(crate) action_tokens: ActionTokens,
    pub(crate) virtualenvs: Virtualenvs,
    pub(crate) playbooks: Playbooks,
    /// Changes to the registered content are made one at a time.
    pub(crate) registering: tokio::sync::Mutex<()>,
}

/// Why the server does not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// There is such a thing already.
    #[error("{message}")]
    Conflict {
        /// What stands in the way.
        message: String,
        /// Its id.
        id: Id,
    },
    /// The request is not right; the text says what would be.
    #[error("{0}")]
    Invalid(String),
    /// The one who asks may not.
    #[error("{0}")]
    Forbidden(String),
    /// Too much is waiting already; nothing was accepted.
    #[error("too many {0} are waiting; try again later")]
    Overloaded(&'static str),
    /// The server is stopping; nothing was accepted.
    #[error("the server is stopping")]
    Stopping,
    /// The records could not be read or written.
    #[error("the store did not answer")]
    Store(#[from] squall_store::Error),
}

/// What a request of the server gives.
pub type Result<T> = std::result::Result<T, Error>;

/// How often a decision may ask for more datastore values before it is refused.
const MOST_ROUNDS: usize = 100;

impl Handle {
    /// The records.
    pub fn store(&self) -> &dyn Store {
        self.0.store.as_ref()
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Everything that is registered, as one consistent state.
    pub fn loaded(&self) -> Arc<Loaded> {
        self.0.loaded.load_full()
    }

    /// What has been counted.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Starts a task that serves others, and ends soon after [`Handle::closing`] fires.
    pub fn serve(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.0.tasks.serve(name, task);
    }

    /// Whether the server stops: what is under way goes on, and no new work is accepted.
    pub fn is_stopping(&self) -> bool {
        self.0.tasks.stopping().is_cancelled()
    }

    /// Fires when all work has ended, and nobody is to be answered any more.
    pub fn closing(&self) -> &CancellationToken {
        self.0.tasks.closing()
    }

    /// Reads what changes from now on.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.0.changes.subscribe()
    }

    /// Decides with facts: asks `decide`, reads the keys it needs, and asks again until it needs none.
    pub(crate) async fn with_facts<T>(
        &self,
        decide: impl Fn(&Facts<'_>) -> std::result::Result<T, Needs>,
    ) -> Result<T> {
        let mut keys = Keys::default();
        for _ in 0..MOST_ROUNDS {
            let facts = Facts {
                now: crate::clock::now(),
                keys: &keys,
                crypto: self.0.crypto.as_ref(),
                system_user: &self.0.settings.system_user,
            };
            match decide(&facts) {
                Ok(decision) => return Ok(decision),
                Err(Needs(names)) => self.read_keys(names, &mut keys).await?,
            }
        }
        Err(Error::Invalid(format!(
            "the expressions need datastore values more than {MOST_ROUNDS} times in a row"
        )))
    }

    async fn read_keys(&self, names: Vec<KeyName>, keys: &mut Keys) -> Result<()> {
        for name in names {
            let found = self
                .0
                .store
                .key(name.scope, name.user.clone(), name.name.clone())
                .await?;
            keys.insert(name, found.map(|key| key.value));
        }
        Ok(())
    }
}

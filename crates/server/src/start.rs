//! Starting a server.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use fs_err as fs;
use squall_expression::keyczar;
use squall_runners::Host;
use squall_store::Store;
use tokio::sync::{Mutex, mpsc};

use tracing::info;

use crate::access::ActionTokens;
use crate::attempts::Attempts;
use crate::changes::Changes;
use crate::clock::Seeds;
use crate::definitions::Definitions;
use crate::delayed::Delayed;
use crate::handle::{Handle, Inner};
use crate::metrics::Metrics;
use crate::playbooks::{self, Playbooks};
use crate::schedule::Schedule;
use crate::settings::Settings;
use crate::spans::{self, Receiving, Spans};
use crate::tasks::Tasks;
use crate::undecided::Undecided;
use crate::virtualenvs::Virtualenvs;
use crate::{clock, decide, delayed, expire, reload, retention, schedule, secrets, watch};

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A file or folder cannot be used.
    #[error("cannot use the data folder")]
    Data(#[source] std::io::Error),
    /// The datastore's key file is not one.
    #[error("cannot read the crypto key file `{}`", path.display())]
    CryptoKey {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There are secrets, and no key file.
    #[error(
        "{count} keys are kept secret, but there is no key file for them (setting `secrets.crypto_key_file`, flag `--crypto-key`)"
    )]
    NoKeyForSecrets {
        /// How many.
        count: usize,
    },
    /// There are secrets of another key file.
    #[error(
        "the key file (setting `secrets.crypto_key_file`, flag `--crypto-key`) opens none of the {count} keys that are kept secret"
    )]
    WrongKeyForSecrets {
        /// How many.
        count: usize,
    },
    /// The store cannot be opened.
    #[error("cannot open the store")]
    Open(#[from] squall_store::sqlite::Error),
    /// The store cannot be read.
    #[error("cannot read the store")]
    Store(#[from] squall_store::Error),
    /// The runners' host cannot be made ready.
    #[error("cannot make the runners ready")]
    Host(#[from] squall_runners::HostError),
    /// The headers for the receiver of spans cannot be had.
    #[error("cannot send spans")]
    Spans(#[from] spans::Error),
    /// Playbooks cannot be had.
    #[error("cannot make playbooks ready")]
    Playbooks(#[from] playbooks::BeginError),
    /// The system gives no randomness.
    #[error("cannot get randomness from the system")]
    Randomness(#[from] getrandom::Error),
    /// What the last stop left behind cannot be settled.
    #[error("cannot settle what the last stop left behind")]
    Recover(#[source] crate::Error),
}

/// Starts a server: opens the store, reads the packs, settles what a crash left behind, then accepts work.
///
/// `environment` is what actions inherit. Call it inside the runtime that is to run everything.
pub async fn start(
    settings: Settings,
    environment: Vec<(OsString, OsString)>,
) -> Result<Handle, StartError> {
    fs::create_dir_all(&settings.data).map_err(StartError::Data)?;
    let crypto = crypto_key(&settings)?;
    let store: Arc<dyn Store> = Arc::new(squall_store::Sqlite::open(
        &settings.data.join("squall.db"),
        Arc::new(clock::now),
    )?);
    secrets::check(store.as_ref(), crypto.as_ref()).await?;
    let host = Host::start(host_settings(&settings, environment))?;
    let runners = squall_runners::kinds();
    let loaded = reload::first(&settings, &runners, store.as_ref()).await?;
    let receiving = Receiving::of(&settings.spans)?;
    let (spans, waiting_spans) = Spans::new(&settings.spans);
    let playbooks = Playbooks::begin(&settings.playbooks, store.as_ref()).await?;
    let metrics = Metrics::new(clock::now());
    playbooks.include_in(&metrics);
    spans.include_in(&metrics);
    let (undecided, queue) = mpsc::channel(settings.pending_events);
    let handle = Handle(Arc::new(Inner {
        schedule: Schedule::new(settings.concurrent_actions),
        delayed: Delayed::default(),
        store,
        host,
        runners,
        loaded: ArcSwap::from_pointee(loaded),
        definitions: Definitions::default(),
        changes: Changes::new(),
        attempts: Attempts::default(),
        undecided,
        undecided_since: Undecided::default(),
        seeds: Seeds::random()?,
        tasks: Tasks::default(),
        metrics,
        spans,
        crypto,
        action_tokens: ActionTokens::default(),
        virtualenvs: Virtualenvs::default(),
        playbooks,
        registering: Mutex::new(()),
        settings,
    }));
    if let (Some(receiving), Some(waiting)) = (receiving, waiting_spans) {
        handle.serve("spans", spans::run(handle.clone(), receiving, waiting));
    }
    handle.begin_playbooks().await;
    handle.recover().await.map_err(StartError::Recover)?;
    handle
        .0
        .tasks
        .spawn("decide", decide::run(handle.clone(), queue));
    handle
        .0
        .tasks
        .spawn("schedule", schedule::run(handle.clone()));
    handle.0.tasks.spawn("expire", expire::run(handle.clone()));
    handle
        .0
        .tasks
        .spawn("retention", retention::run(handle.clone()));
    handle.prepare_virtualenvs(&handle.loaded().packs);
    if handle.0.settings.watch_packs {
        let watching = watch::run(handle.clone());
        handle.0.tasks.spawn("watch packs", watching);
    }
    handle.0.tasks.spawn("wake", delayed::run(handle.clone()));
    Ok(handle)
}

fn host_settings(
    settings: &Settings,
    environment: Vec<(OsString, OsString)>,
) -> squall_runners::Settings {
    let mut host = squall_runners::Settings {
        environment,
        guard: settings.guard.clone(),
        refused_networks: settings.refused_networks.clone(),
        system_user: settings.shell_user.clone(),
        limits: settings.limits,
        output_limit: usize::try_from(settings.output_limit).unwrap_or(usize::MAX),
        ..squall_runners::Settings::default()
    };
    host.python.data = settings.data.join("python");
    host
}

fn crypto_key(settings: &Settings) -> Result<Option<keyczar::Key>, StartError> {
    let Some(path) = &settings.crypto_key else {
        info!("without a crypto key, secret parameters of executions are recorded in clear");
        return Ok(None);
    };
    let wrong = |source| StartError::CryptoKey {
        path: path.clone(),
        source,
    };
    let text = fs::read_to_string(path).map_err(|error| wrong(error.into()))?;
    keyczar::Key::parse(&text)
        .map(Some)
        .map_err(|error| wrong(error.into()))
}

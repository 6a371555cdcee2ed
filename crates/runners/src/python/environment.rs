//! The Python environment of a pack: the plain interpreter, or a virtualenv with what its `requirements.txt` asks for.
//!
//! A virtualenv is named after its pack and a digest of what went into it, so changed requirements make another one and
//! running actions keep theirs. It is built in its final place, because its scripts name that place; a marker, written
//! last, tells a finished one from one that was interrupted.

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use fs_err as fs;
use sha2::{Digest as _, Sha256};
use tokio::sync::{OnceCell, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use super::install::{self, Tools};

/// StackStorm's own packs: they always have the plain interpreter.
const PLAIN: &[&str] = &["chatops", "core", "linux", "packs"];

/// The file that says what a pack needs.
const REQUIREMENTS: &str = "requirements.txt";

/// A pack's environment cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the pack needs cannot be read.
    #[error("cannot read the requirements of the pack `{pack}`")]
    Requirements {
        /// The pack.
        pack: String,
        /// Why.
        source: io::Error,
    },
    /// The virtualenv could not be made.
    #[error("cannot make the virtualenv of the pack `{pack}`")]
    Install {
        /// The pack.
        pack: String,
        /// Why.
        source: install::Error,
    },
    /// Whoever made it has vanished.
    #[error("the virtualenv of the pack `{pack}` was given up")]
    GivenUp {
        /// The pack.
        pack: String,
    },
}

/// Where the actions of a pack run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Environment {
    /// Its interpreter.
    pub interpreter: PathBuf,
    /// The folder of its packages, unless it is the plain interpreter.
    pub packages: Option<PathBuf>,
}

/// The environments of all packs.
pub(super) struct Environments {
    tools: Arc<Tools>,
    folder: PathBuf,
    known: Mutex<HashMap<PathBuf, (Stamp, Environment)>>,
    building: Mutex<HashMap<PathBuf, Progress>>,
    identity: OnceCell<String>,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

/// When a requirements file was written, how long it is, and which file it is: others may come in its place with the
/// time of an archive.
type Stamp = (Option<SystemTime>, u64, u64);

/// How a build that is under way will end.
type Progress = watch::Receiver<Option<Result<(), Arc<Error>>>>;

impl Environments {
    /// Virtualenvs stand below `folder`; `tasks` runs the builds.
    pub(super) fn new(tools: Tools, folder: PathBuf, tasks: TaskTracker) -> Self {
        Self {
            tools: Arc::new(tools),
            folder,
            known: Mutex::default(),
            building: Mutex::default(),
            identity: OnceCell::new(),
            tasks,
            stopping: CancellationToken::new(),
        }
    }

    /// Gives up the builds that are under way.
    pub(super) fn stop(&self) {
        self.stopping.cancel();
    }

    /// The plain interpreter's environment.
    pub(super) fn plain(&self) -> Environment {
        Environment {
            interpreter: self.tools.interpreter.clone(),
            packages: None,
        }
    }

    /// Whether the environment of a pack is there, so that nobody has to wait for it.
    pub(super) async fn is_there(&self, pack: &str, pack_dir: Option<&Path>) -> bool {
        let (Some(pack_dir), false) = (pack_dir, PLAIN.contains(&pack)) else {
            return true;
        };
        let file = pack_dir.join(REQUIREMENTS);
        let Ok(entry) = fs::metadata(&file) else {
            return true;
        };
        if let Some((known, _)) = lock(&self.known).get(pack_dir)
            && *known == stamp(&entry)
        {
            return true;
        }
        match fs::read_to_string(&file) {
            Ok(requirements) if asks_for_something(&requirements) => {
                let place = self.place(pack, &requirements).await;
                place.is_ok_and(|place| install::is_ready(&place))
            }
            // What is wrong is told by whoever makes it.
            _ => true,
        }
    }

    /// The environment of a pack, built if need be. Others that wait for the same build share it, and it goes on when
    /// nobody waits any more.
    pub(super) async fn of(
        &self,
        pack: &str,
        pack_dir: Option<&Path>,
    ) -> Result<Environment, Arc<Error>> {
        let (Some(pack_dir), false) = (pack_dir, PLAIN.contains(&pack)) else {
            return Ok(self.plain());
        };
        let file = pack_dir.join(REQUIREMENTS);
        let stamp = match fs::metadata(&file) {
            Ok(entry) => stamp(&entry),
            Err(_) => return Ok(self.plain()),
        };
        if let Some((known, environment)) = lock(&self.known).get(pack_dir)
            && *known == stamp
        {
            return Ok(environment.clone());
        }
        let unreadable = |source| Error::Requirements {
            pack: pack.to_owned(),
            source,
        };
        let requirements = fs::read_to_string(&file).map_err(unreadable)?;
        let environment = if asks_for_something(&requirements) {
            self.virtualenv(pack, pack_dir, &requirements).await?
        } else {
            self.plain()
        };
        let known = (stamp, environment.clone());
        lock(&self.known).insert(pack_dir.to_owned(), known);
        Ok(environment)
    }

    async fn virtualenv(
        &self,
        pack: &str,
        pack_dir: &Path,
        requirements: &str,
    ) -> Result<Environment, Arc<Error>> {
        let failed = |source| Error::Install {
            pack: pack.to_owned(),
            source,
        };
        let place = self.place(pack, requirements).await.map_err(failed)?;
        let mut progress = self.build(pack, pack_dir, place.clone());
        let given_up = |_| {
            Arc::new(Error::GivenUp {
                pack: pack.to_owned(),
            })
        };
        let ended = progress.wait_for(Option::is_some).await.map_err(given_up)?;
        ended.clone().unwrap_or(Ok(()))?;
        Ok(Environment {
            interpreter: place.join("bin/python"),
            packages: install::packages(&place),
        })
    }

    /// Where the virtualenv for these requirements of a pack is, or will be.
    async fn place(&self, pack: &str, requirements: &str) -> Result<PathBuf, install::Error> {
        let identity = self
            .identity
            .get_or_try_init(|| self.tools.identity())
            .await?;
        let name = format!("{}-{}", file_name(pack), digest(&[requirements, identity]));
        Ok(self.folder.join(name))
    }

    /// Starts a build, or joins the one that is under way.
    fn build(&self, pack: &str, pack_dir: &Path, place: PathBuf) -> Progress {
        let mut building = lock(&self.building);
        // Builds that have ended are of no use: the next one may find the fault repaired.
        building
            .retain(|_, progress| progress.borrow().is_none() && progress.has_changed().is_ok());
        if let Some(progress) = building.get(&place) {
            return progress.clone();
        }
        let (ends, progress) = watch::channel(None);
        building.insert(place.clone(), progress.clone());
        let (tools, pack, pack_dir) = (
            Arc::clone(&self.tools),
            pack.to_owned(),
            pack_dir.to_owned(),
        );
        let stopping = self.stopping.clone();
        self.tasks.spawn(async move {
            let file = pack_dir.join(REQUIREMENTS);
            let built = tokio::select! {
                built = install::virtualenv(&tools, &place, &file) => built,
                () = stopping.cancelled() => return,
            };
            match &built {
                Ok(()) => info!(pack, place = %place.display(), "virtualenv ready"),
                Err(error) => {
                    let error: &dyn std::error::Error = error;
                    warn!(pack, error, "virtualenv failed");
                }
            }
            let failed = |source| Arc::new(Error::Install { pack, source });
            ends.send_replace(Some(built.map_err(failed)));
        });
        progress
    }
}

fn stamp(entry: &std::fs::Metadata) -> Stamp {
    (entry.modified().ok(), entry.len(), entry.ino())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether there is more than comments and empty lines.
fn asks_for_something(requirements: &str) -> bool {
    let mut lines = requirements.lines().map(str::trim);
    lines.any(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A pack's name as part of a folder's name.
fn file_name(pack: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    pack.chars().map(safe).take(100).collect()
}

fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

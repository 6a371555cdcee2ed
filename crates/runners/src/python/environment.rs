//! Python environments: the plain interpreter, or a virtualenv with what a pack's `requirements.txt` or a set of playbook
//! repositories asks for.
//!
//! A virtualenv is named after its owner and a digest of what went into it, so changed requirements make another one and
//! running actions keep theirs. It is built in its final place, because its scripts name that place; a marker, written
//! last, tells a finished one from one that was interrupted.

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use fs_err as fs;
use sha2::{Digest as _, Sha256};
use tokio::sync::{OnceCell, watch};
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use super::install::{self, Requirements, Tools};
use super::repository::Repository;
use super::{code, dependencies, playbook_packages};

/// StackStorm's own packs: they always have the plain interpreter.
const PLAIN: &[&str] = &["chatops", "core", "linux", "packs"];

/// How many sets of repositories are remembered; more than a server has at once.
const KNOWN_SETS: usize = 32;

/// How long what a repository imports is taken to be what it was.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The file that says what a pack needs.
const REQUIREMENTS: &str = "requirements.txt";

/// An environment cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What it is to hold cannot be read.
    #[error("cannot read what {whose} needs")]
    Requirements {
        /// Whose environment it is.
        whose: String,
        /// Why.
        source: dependencies::Error,
    },
    /// The virtualenv could not be made.
    #[error("cannot make the virtualenv of {whose}")]
    Install {
        /// Whose environment it is.
        whose: String,
        /// Why.
        source: install::Error,
    },
    /// Whoever made it has vanished.
    #[error("the virtualenv of {whose} was given up")]
    GivenUp {
        /// Whose environment it is.
        whose: String,
    },
}

/// Where actions run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Environment {
    /// Its interpreter.
    pub interpreter: PathBuf,
    /// The folder of its packages, unless it is the plain interpreter.
    pub packages: Option<PathBuf>,
}

/// All environments.
pub(super) struct Environments {
    tools: Arc<Tools>,
    folder: PathBuf,
    known: Mutex<HashMap<PathBuf, (Stamp, Environment)>>,
    known_sets: Mutex<HashMap<Vec<Repository>, KnownSet>>,
    is_fit_for_playbooks: OnceCell<bool>,
    building: Mutex<HashMap<PathBuf, Progress>>,
    identity: OnceCell<String>,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

/// When a requirements file was written, how long it is, and which file it is: others may come in its place with the
/// time of an archive.
type Stamp = (Option<SystemTime>, u64, u64);

/// Those of files that may not be there.
type Stamps = Vec<Option<Stamp>>;

/// The environment of a set of repositories, and what it was made for.
struct KnownSet {
    stamps: Stamps,
    /// Stands for the code of the repositories, as it was when it was last looked at.
    code: u64,
    looked_at: Instant,
    environment: Environment,
}

/// A virtualenv that somebody wants.
struct Wanted {
    /// Whose it is, in words.
    whose: String,
    /// What the name of its folder begins with.
    prefix: String,
    /// All that goes into it, so that another content makes another one.
    content: String,
    /// Where that stands.
    requirements: Requirements,
}

/// How a build that is under way will end.
type Progress = watch::Receiver<Option<Result<(), Arc<Error>>>>;

impl Environments {
    /// Virtualenvs stand below `folder`; `tasks` runs the builds.
    pub(super) fn new(tools: Tools, folder: PathBuf, tasks: TaskTracker) -> Self {
        Self {
            tools: Arc::new(tools),
            folder,
            known: Mutex::default(),
            known_sets: Mutex::default(),
            is_fit_for_playbooks: OnceCell::new(),
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
                let place = self.place(&of_pack(pack, requirements, file)).await;
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
        let unreadable = |error: io::Error| Error::Requirements {
            whose: format!("the pack `{pack}`"),
            source: error.into(),
        };
        let requirements = fs::read_to_string(&file).map_err(unreadable)?;
        let environment = if asks_for_something(&requirements) {
            self.virtualenv(of_pack(pack, requirements, file)).await?
        } else {
            self.plain()
        };
        let known = (stamp, environment.clone());
        lock(&self.known).insert(pack_dir.to_owned(), known);
        Ok(environment)
    }

    /// The environment of a set of playbook repositories, built if need be: what playbooks import, and what the
    /// repositories depend on.
    pub(super) async fn of_repositories(
        &self,
        repositories: &[Repository],
    ) -> Result<Environment, Arc<Error>> {
        let stamps: Stamps = dependencies::files(repositories)
            .map(|file| fs::metadata(file).ok().as_ref().map(stamp))
            .collect();
        if let Some(environment) = self.known_set(repositories, &stamps).await {
            return Ok(environment);
        }
        let unreadable = |source| Error::Requirements {
            whose: in_words(repositories),
            source,
        };
        let code = code_of(repositories).await;
        let mut asked = dependencies::of(repositories).map_err(unreadable)?;
        let imported = dependencies::imported::beside(repositories, &asked);
        let is_fit = asked.is_empty() && self.is_fit_for_playbooks(&imported).await;
        asked.extend(imported.iter().map(|(_, line)| (*line).to_owned()));
        let environment = if is_fit {
            self.plain()
        } else {
            self.virtualenv(of_repositories(repositories, &asked))
                .await?
        };
        let mut known_sets = lock(&self.known_sets);
        if known_sets.len() >= KNOWN_SETS {
            known_sets.clear();
        }
        let known = KnownSet {
            stamps,
            code,
            looked_at: Instant::now(),
            environment: environment.clone(),
        };
        known_sets.insert(repositories.to_vec(), known);
        Ok(environment)
    }

    /// The environment that these repositories had, if neither what they ask for nor their code has changed. Code is not
    /// looked at for every event.
    async fn known_set(&self, repositories: &[Repository], stamps: &Stamps) -> Option<Environment> {
        let looked_at = {
            let known_sets = lock(&self.known_sets);
            let known = known_sets.get(repositories)?;
            if known.stamps != *stamps {
                return None;
            }
            known.looked_at
        };
        let code = if looked_at.elapsed() < LOOK_AGAIN_AFTER {
            None
        } else {
            Some(code_of(repositories).await)
        };
        let mut known_sets = lock(&self.known_sets);
        let known = known_sets.get_mut(repositories)?;
        if let Some(code) = code {
            if known.code != code {
                return None;
            }
            known.looked_at = Instant::now();
        }
        Some(known.environment.clone())
    }

    /// Whether the plain interpreter has what playbooks import, and these modules.
    async fn is_fit_for_playbooks(&self, modules: &[(&str, &str)]) -> bool {
        let asking = || self.tools.succeeds(playbook_packages::ARE_THERE);
        if !*self.is_fit_for_playbooks.get_or_init(asking).await {
            return false;
        }
        let names: Vec<&str> = modules.iter().map(|(name, _)| *name).collect();
        names.is_empty() || self.tools.succeeds(&playbook_packages::have(&names)).await
    }

    async fn virtualenv(&self, wanted: Wanted) -> Result<Environment, Arc<Error>> {
        let failed = |source| Error::Install {
            whose: wanted.whose.clone(),
            source,
        };
        let place = self.place(&wanted).await.map_err(failed)?;
        let given_up = Error::GivenUp {
            whose: wanted.whose.clone(),
        };
        let mut progress = self.build(wanted, place.clone());
        let ended = progress.wait_for(Option::is_some).await;
        let ended = ended.map_err(|_| Arc::new(given_up))?;
        ended.clone().unwrap_or(Ok(()))?;
        Ok(Environment {
            interpreter: place.join("bin/python"),
            packages: install::packages(&place),
        })
    }

    /// Where a virtualenv is, or will be.
    async fn place(&self, wanted: &Wanted) -> Result<PathBuf, install::Error> {
        let identity = self
            .identity
            .get_or_try_init(|| self.tools.identity())
            .await?;
        let digest = digest(&[&wanted.content, identity]);
        Ok(self.folder.join(format!("{}-{digest}", wanted.prefix)))
    }

    /// Starts a build, or joins the one that is under way.
    fn build(&self, wanted: Wanted, place: PathBuf) -> Progress {
        let mut building = lock(&self.building);
        // Builds that have ended are of no use: the next one may find the fault repaired.
        building
            .retain(|_, progress| progress.borrow().is_none() && progress.has_changed().is_ok());
        if let Some(progress) = building.get(&place) {
            return progress.clone();
        }
        let (ends, progress) = watch::channel(None);
        building.insert(place.clone(), progress.clone());
        let tools = Arc::clone(&self.tools);
        let stopping = self.stopping.clone();
        let whose = wanted.whose;
        self.tasks.spawn(async move {
            let built = tokio::select! {
                built = install::virtualenv(&tools, &place, &wanted.requirements) => built,
                () = stopping.cancelled() => return,
            };
            match &built {
                Ok(()) => info!(whose, place = %place.display(), "virtualenv ready"),
                Err(error) => {
                    let error: &dyn std::error::Error = error;
                    warn!(whose, error, "virtualenv failed");
                }
            }
            let failed = |source| Arc::new(Error::Install { whose, source });
            ends.send_replace(Some(built.map_err(failed)));
        });
        progress
    }
}

fn of_pack(pack: &str, requirements: String, file: PathBuf) -> Wanted {
    Wanted {
        whose: format!("the pack `{pack}`"),
        prefix: file_name(pack),
        content: requirements,
        requirements: Requirements::File(file),
    }
}

fn of_repositories(repositories: &[Repository], asked: &[String]) -> Wanted {
    let lines = playbook_packages::with(asked).join("\n");
    let names: Vec<&str> = repositories.iter().map(|one| one.name.as_str()).collect();
    Wanted {
        whose: in_words(repositories),
        // Not the names themselves: there may be many. Other sets are other owners.
        prefix: format!("playbooks_{}", digest(&names)),
        content: lines.clone(),
        requirements: Requirements::Lines(lines),
    }
}

/// What stands for their code: what it imports is installed.
async fn code_of(repositories: &[Repository]) -> u64 {
    let folders: Vec<PathBuf> = repositories.iter().map(|one| one.folder.clone()).collect();
    let looking = spawn_blocking(move || code::fingerprint(&folders));
    looking.await.unwrap_or_default()
}

fn in_words(repositories: &[Repository]) -> String {
    let names = repositories.iter().map(|one| format!("`{}`", one.name));
    match names.collect::<Vec<_>>().as_slice() {
        [] => "playbooks".to_owned(),
        [name] => format!("the playbook repository {name}"),
        names => format!("the playbook repositories {}", names.join(", ")),
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

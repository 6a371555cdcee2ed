//! The fork servers of this machine: one for each Python environment, started when first needed.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use fs_err as fs;
use tokio::process::Command;
use tokio_util::task::TaskTracker;

use super::child::Child;
use super::environment::{self, Environment, Environments};
use super::install::Tools;
use super::server::{self, Care, Server};
use super::worker;

/// How Python actions are carried out.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The interpreter, by path or by its name in the environment's `PATH`.
    pub interpreter: PathBuf,
    /// The folder for what Squall itself needs here: the Python side of the runner, and virtualenvs.
    pub data: PathBuf,
    /// How many forked children of an environment wait for work.
    pub waiting: usize,
    /// After how long without work an environment's fork server ends.
    pub idle: Duration,
}

impl Default for Settings {
    /// `python3`, with its data below `.squall`, three waiting children, and ten minutes.
    fn default() -> Self {
        Self {
            interpreter: PathBuf::from("python3"),
            data: PathBuf::from(".squall/python"),
            waiting: 3,
            idle: Duration::from_secs(600),
        }
    }
}

/// An action could not be given a Python process.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The Python side of the runner could not be written.
    #[error("cannot unpack the Python side of the runner below `{folder}`")]
    Unpack {
        /// The data folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The interpreter does not start.
    #[error("cannot start the Python interpreter `{interpreter}`")]
    Start {
        /// As it was asked for.
        interpreter: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The pack's environment cannot be had.
    #[error(transparent)]
    Environment(#[from] Arc<environment::Error>),
    /// The fork server gave no child.
    #[error(transparent)]
    NoChild(#[from] server::Error),
}

/// All fork servers.
pub struct Servers {
    settings: Settings,
    variables: Vec<(OsString, OsString)>,
    environments: Environments,
    running: Mutex<HashMap<PathBuf, Running>>,
    tasks: TaskTracker,
}

struct Running {
    server: Server,
    /// When the environment's packages had changed last, when the server started.
    packages_at: Option<SystemTime>,
}

impl Servers {
    /// None yet. Processes start with these environment variables, and no others.
    pub fn new(mut settings: Settings, variables: Vec<(OsString, OsString)>) -> Self {
        // Tools run in other folders than the server.
        settings.data = std::path::absolute(&settings.data).unwrap_or(settings.data);
        let tasks = TaskTracker::new();
        let tools = Tools {
            interpreter: settings.interpreter.clone(),
            environment: variables.clone(),
        };
        let folder = settings.data.join("virtualenvs");
        Self {
            environments: Environments::new(tools, folder, tasks.clone()),
            settings,
            variables,
            running: Mutex::default(),
            tasks,
        }
    }

    /// Starts the fork server that most actions need, so that the first one does not wait for it.
    pub fn warm(&self) -> Result<(), Error> {
        self.server(&self.environments.plain()).map(drop)
    }

    /// Makes the virtualenv of a pack, if its requirements ask for one, so that its first action does not wait for it.
    pub async fn prepare(&self, pack: &str, pack_dir: &Path) -> Result<(), Error> {
        self.environments.of(pack, Some(pack_dir)).await?;
        Ok(())
    }

    /// Whether the virtualenv of a pack is there, or it needs none: its action starts at once.
    pub async fn is_prepared(&self, pack: &str, pack_dir: Option<&Path>) -> bool {
        self.environments.is_there(pack, pack_dir).await
    }

    /// Ends all servers, waits until they have noticed, and gives up what is being installed. Actions must have ended.
    pub async fn stop(&self) {
        self.environments.stop();
        self.lock().clear();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// A child in the environment of a pack, which is made if need be.
    pub(super) async fn child(&self, pack: &str, pack_dir: Option<&Path>) -> Result<Child, Error> {
        let environment = self.environments.of(pack, pack_dir).await?;
        let child = self.server(&environment)?.child().await;
        match child {
            // It may have ended for lack of work just when it was asked.
            Err(server::Error::Ended(_)) => Ok(self.server(&environment)?.child().await?),
            Err(error @ server::Error::Stuck) => {
                self.lock().remove(&environment.interpreter);
                Err(error.into())
            }
            child => Ok(child?),
        }
    }

    /// The environment's server, started if it does not run, or runs with packages that have changed since.
    fn server(&self, environment: &Environment) -> Result<Server, Error> {
        let interpreter = &environment.interpreter;
        let packages = environment.packages.as_ref();
        let packages_at = packages.and_then(|folder| fs::metadata(folder).ok()?.modified().ok());
        let mut running = self.lock();
        if let Some(known) = running.get(interpreter)
            && !known.server.has_ended()
            && known.packages_at == packages_at
        {
            return Ok(known.server.clone());
        }
        let server = self.start(interpreter)?;
        let known = Running {
            server: server.clone(),
            packages_at,
        };
        running.insert(interpreter.clone(), known);
        Ok(server)
    }

    fn start(&self, interpreter: &Path) -> Result<Server, Error> {
        let folder = &self.settings.data;
        let worker = worker::unpack(folder).map_err(|source| Error::Unpack {
            folder: folder.clone(),
            source,
        })?;
        let care = Care {
            waiting: self.settings.waiting,
            idle: self.settings.idle,
        };
        let mut command = Command::new(interpreter);
        command.arg("-u").arg(worker).env_clear();
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let (server, task) = Server::start(command, care).map_err(|source| Error::Start {
            interpreter: interpreter.to_owned(),
            source,
        })?;
        self.tasks.spawn(task);
        Ok(server)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

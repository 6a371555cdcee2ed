//! The fork servers of this machine: one for each Python environment, started when first needed.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::process::Command;
use tokio_util::task::TaskTracker;

use super::child::Child;
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
pub(super) enum Error {
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
    /// The fork server gave no child.
    #[error(transparent)]
    NoChild(#[from] server::Error),
}

/// All fork servers.
pub struct Servers {
    settings: Settings,
    environment: Vec<(OsString, OsString)>,
    running: Mutex<HashMap<PathBuf, Server>>,
    tasks: TaskTracker,
}

impl Servers {
    /// None yet. Processes start with this environment, and no other.
    pub fn new(settings: Settings, environment: Vec<(OsString, OsString)>) -> Self {
        Self {
            settings,
            environment,
            running: Mutex::default(),
            tasks: TaskTracker::new(),
        }
    }

    /// A child of the interpreter's fork server, which is started if need be.
    pub(super) async fn child(&self, interpreter: &Path) -> Result<Child, Error> {
        let child = self.server(interpreter)?.child().await;
        match child {
            // It may have ended for lack of work just when it was asked.
            Err(server::Error::Ended(_)) => Ok(self.server(interpreter)?.child().await?),
            child => Ok(child?),
        }
    }

    /// The plain interpreter.
    pub(super) fn interpreter(&self) -> &Path {
        &self.settings.interpreter
    }

    /// Ends all servers and waits until they have noticed.
    pub async fn stop(&self) {
        self.lock().clear();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn server(&self, interpreter: &Path) -> Result<Server, Error> {
        let mut running = self.lock();
        if let Some(server) = running
            .get(interpreter)
            .filter(|server| !server.has_ended())
        {
            return Ok(server.clone());
        }
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
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let (server, task) = Server::start(command, care).map_err(|source| Error::Start {
            interpreter: interpreter.to_owned(),
            source,
        })?;
        self.tasks.spawn(task);
        running.insert(interpreter.to_owned(), server.clone());
        Ok(server)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Server>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

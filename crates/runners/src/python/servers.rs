//! The fork servers of this machine: one for each purpose, started when first needed. A purpose is a Python environment,
//! and for playbooks also the repositories whose code the server imports before it forks.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use fs_err as fs;
use tokio::process::Command;
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::child::Child;
use super::environment::{self, Environment, Environments};
use super::install::Tools;
use super::repository::{Located, Repository};
use super::server::{self, Care, Server};
use super::{code, worker};

/// How long a repository's code may have changed before it is noticed: each look takes longer than a small action.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// How long code that ended its server is not tried again unless it changes: each try takes a second of a processor.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(30);

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
    /// The environment cannot be had.
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
    running: Mutex<HashMap<Purpose, Running>>,
    tasks: TaskTracker,
}

/// What a fork server is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Purpose {
    environment: Environment,
    /// The playbook repositories that it imports; none if it is for the actions of packs.
    playbooks: Option<Vec<Located>>,
}

struct Running {
    server: Server,
    /// What it has imported.
    code: Code,
    /// When that was compared last with what is on disk.
    looked_at: Instant,
    /// When and how it ended twice before it gave a child.
    failed: Option<(Instant, server::Error)>,
}

/// What stands for the code that a server has imported: when the environment's packages had changed last, and what was
/// in the repositories.
type Code = (Option<SystemTime>, u64);

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
        let purpose = Purpose::of_actions(self.environments.plain());
        let code = purpose.code();
        self.server_with(&purpose, code).map(drop)
    }

    /// Starts the fork server for playbooks of these repositories, so that the first event does not wait for it. Makes
    /// its environment first, which may take minutes.
    pub async fn warm_playbooks(&self, repositories: &[Repository]) -> Result<(), Error> {
        let purpose = self.purpose_of_playbooks(repositories).await?;
        self.server(&purpose).await.map(drop)
    }

    /// Lets playbooks run with code that is read anew, from the next event on.
    pub fn reload_playbooks(&self) {
        self.lock().retain(|purpose, _| purpose.playbooks.is_none());
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
        self.child_for(&Purpose::of_actions(environment)).await
    }

    /// A child that knows the code of these repositories, in their environment, which is made if need be; and where it
    /// knows them to be.
    pub(super) async fn playbook_child(
        &self,
        repositories: &[Repository],
    ) -> Result<(Child, Vec<Located>), Error> {
        let purpose = self.purpose_of_playbooks(repositories).await?;
        let child = self.child_for(&purpose).await?;
        Ok((child, purpose.playbooks.unwrap_or_default()))
    }

    async fn purpose_of_playbooks(&self, repositories: &[Repository]) -> Result<Purpose, Error> {
        Ok(Purpose {
            environment: self.environments.of_repositories(repositories).await?,
            playbooks: Some(repositories.iter().map(Located::of).collect()),
        })
    }

    async fn child_for(&self, purpose: &Purpose) -> Result<Child, Error> {
        let child = self.server(purpose).await?.child().await;
        match child {
            // It may have ended for lack of work just when it was asked.
            Err(server::Error::Ended(_)) => self.second_child_for(purpose).await,
            Err(error @ server::Error::Stuck) => {
                self.lock().remove(purpose);
                Err(error.into())
            }
            child => Ok(child?),
        }
    }

    async fn second_child_for(&self, purpose: &Purpose) -> Result<Child, Error> {
        let child = self.server(purpose).await?.child().await;
        if let Err(error @ server::Error::Ended(_)) = &child
            && purpose.playbooks.is_some()
            && let Some(known) = self.lock().get_mut(purpose)
        {
            known.failed = Some((Instant::now(), error.clone()));
        }
        Ok(child?)
    }

    /// The server for a purpose, started if it does not run, or runs with code that has changed since.
    async fn server(&self, purpose: &Purpose) -> Result<Server, Error> {
        if purpose.playbooks.is_none() {
            return self.server_with(purpose, purpose.code());
        }
        if let Some(known) = self.lock().get(purpose)
            && !known.server.has_ended()
            && known.looked_at.elapsed() < LOOK_AGAIN_AFTER
        {
            return Ok(known.server.clone());
        }
        let looking = {
            let purpose = purpose.clone();
            spawn_blocking(move || purpose.code())
        };
        let code = looking.await.unwrap_or_default();
        self.server_with(purpose, code)
    }

    /// The server for a purpose, if it runs with this code; else a new one.
    fn server_with(&self, purpose: &Purpose, code: Code) -> Result<Server, Error> {
        let mut running = self.lock();
        if let Some(known) = running.get_mut(purpose)
            && !known.server.has_ended()
            && known.code == code
        {
            known.looked_at = Instant::now();
            return Ok(known.server.clone());
        }
        if let Some(known) = running.get(purpose)
            && known.code == code
            && let Some((at, error)) = &known.failed
            && at.elapsed() < TRY_AGAIN_AFTER
        {
            return Err(error.clone().into());
        }
        // Others that have ended will not be asked for again: their repositories may be gone.
        running.retain(|_, known| !known.server.has_ended());
        let server = self.start(purpose)?;
        let known = Running {
            server: server.clone(),
            code,
            looked_at: Instant::now(),
            failed: None,
        };
        running.insert(purpose.clone(), known);
        Ok(server)
    }

    fn start(&self, purpose: &Purpose) -> Result<Server, Error> {
        let folder = &self.settings.data;
        let worker = worker::unpack(folder).map_err(|source| Error::Unpack {
            folder: folder.clone(),
            source,
        })?;
        let care = Care {
            waiting: self.settings.waiting,
            idle: self.settings.idle,
        };
        let interpreter = &purpose.environment.interpreter;
        let mut command = Command::new(interpreter);
        command.arg("-u").arg(worker).args(purpose.arguments());
        command.env_clear();
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let (server, task) = Server::start(command, care).map_err(|source| Error::Start {
            interpreter: interpreter.clone(),
            source,
        })?;
        self.tasks.spawn(task);
        Ok(server)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Purpose, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Purpose {
    fn of_actions(environment: Environment) -> Self {
        Self {
            environment,
            playbooks: None,
        }
    }

    /// What a fork server is told when it starts.
    fn arguments(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
        if let Some(repositories) = &self.playbooks {
            arguments.push(OsString::from("--playbooks"));
            arguments.extend(repositories.iter().map(|one| {
                let mut argument = OsString::from(format!("--repository={}=", one.name));
                argument.push(&one.folder);
                argument
            }));
        }
        arguments
    }

    /// What stands for the code as it is now.
    fn code(&self) -> Code {
        let packages = self.environment.packages.as_ref();
        let packages_at = packages.and_then(|folder| fs::metadata(folder).ok()?.modified().ok());
        let repositories = self.playbooks.iter().flatten();
        let folders: Vec<PathBuf> = repositories.map(|one| one.folder.clone()).collect();
        (packages_at, code::fingerprint(&folders))
    }
}

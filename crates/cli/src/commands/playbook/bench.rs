//! What playbooks are loaded and run with where there is no server.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use squall_model::playbook::Repository;
use squall_pack::ReadPlaybooks;
use squall_runners::{Host, Settings, python};
use squall_server::playbooks::repositories::Fetcher;
use squall_server::playbooks::{Code, Loaded, load};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::console::Console;
use crate::serving::Error;

/// A runtime, a host for Python, and a place for repositories.
pub(super) struct Bench {
    runtime: Runtime,
    host: Arc<Host>,
    fetcher: Fetcher,
    _scratch: TempDir,
}

impl Bench {
    /// Nothing of Python is started before it is needed. What is fetched and installed is kept in the user's cache.
    pub(super) fn start(console: &Console) -> Result<Self, Error> {
        let scratch = tempfile::tempdir().map_err(Error::Runtime)?;
        let cache = cache(console).unwrap_or_else(|| scratch.path().to_owned());
        let settings = Settings {
            environment: console.environment.for_actions(),
            python: python::Settings {
                data: cache.join("python"),
                waiting: 1,
                ..python::Settings::default()
            },
            ..Settings::default()
        };
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.enable_all().build().map_err(Error::Runtime)?;
        let started = runtime.block_on(async { Host::start(settings) });
        let host = started.map_err(io::Error::other).map_err(Error::Runtime)?;
        Ok(Self {
            runtime,
            fetcher: Fetcher::new(cache.join("repositories"), &host),
            host,
            _scratch: scratch,
        })
    }

    pub(super) fn host(&self) -> Arc<Host> {
        Arc::clone(&self.host)
    }

    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// What was read with the actions there are: repositories are fetched, and their code is imported.
    pub(super) fn load(&self, read: ReadPlaybooks) -> Loaded {
        self.wait(load(read, &self.fetcher, &self.host))
    }

    /// The actions there are with these repositories.
    pub(super) fn code(&self, repositories: &[Repository]) -> Code {
        self.wait(Code::of(repositories, &self.fetcher, &self.host))
    }

    /// Ends what was started.
    pub(super) fn stop(self) {
        self.runtime.block_on(self.host.python.stop());
    }
}

/// Where what was fetched and installed is kept for the next time.
fn cache(console: &Console) -> Option<PathBuf> {
    let environment = &console.environment;
    let told = environment.text("XDG_CACHE_HOME").map(PathBuf::from);
    let usual = || Some(Path::new(environment.text("HOME")?).join(".cache"));
    told.or_else(usual).map(|folder| folder.join("squall"))
}

//! `squall playbook`

mod check;
mod list;

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use squall_model::playbook::Repository;
use squall_pack::{ReadPlaybooks, read_playbooks};
use squall_runners::{Host, Settings, python};
use squall_server::playbooks::repositories::Fetcher;
use squall_server::playbooks::{Loaded, load};

use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::serving::Error;

/// Look at Robusta's playbooks, and check them
#[derive(Debug, Subcommand)]
pub(crate) enum Playbook {
    Check(check::Check),
    List(list::List),
}

/// Which files, and what is added to them.
#[derive(Debug, Args)]
pub(crate) struct Files {
    /// Robusta's `active_playbooks.yaml`, or values of its Helm chart; several are read as one
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A folder with a playbook repository, beside those that the files name
    #[arg(long = "repo", value_name = "DIR")]
    repositories: Vec<PathBuf>,
}

impl Playbook {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        match self {
            Self::Check(check) => check.run(console),
            Self::List(list) => list.run(console),
        }
    }
}

impl Files {
    /// What the files say, with the variables of this process in them.
    fn read(&self, console: &Console) -> ReadPlaybooks {
        let variable = |name: &str| console.environment.text(name).map(str::to_owned);
        let mut read = read_playbooks(&self.files, &variable);
        let added = self.repositories.iter().map(|folder| {
            Repository::in_folder(&std::path::absolute(folder).unwrap_or_else(|_| folder.clone()))
        });
        read.playbooks.repositories.extend(added);
        read
    }

    /// The same with the actions there are: repositories are fetched, and their code is imported.
    fn load(&self, console: &Console) -> Result<Loaded, Error> {
        let read = self.read(console);
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
        runtime.block_on(async {
            let host = Host::start(settings).map_err(io::Error::other);
            let host = host.map_err(Error::Runtime)?;
            let fetcher = Fetcher::new(cache.join("repositories"), &host);
            let loaded = load(read, &fetcher, &host).await;
            host.python.stop().await;
            Ok(loaded)
        })
    }
}

/// Where what was fetched and installed for a check is kept for the next one.
fn cache(console: &Console) -> Option<PathBuf> {
    let environment = &console.environment;
    let told = environment.text("XDG_CACHE_HOME").map(PathBuf::from);
    let usual = || Some(Path::new(environment.text("HOME")?).join(".cache"));
    told.or_else(usual).map(|folder| folder.join("squall"))
}

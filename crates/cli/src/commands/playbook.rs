//! `squall playbook`

mod check;
mod list;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use squall_model::playbook::Repository;
use squall_pack::{ReadPlaybooks, read_playbooks};

use crate::console::Console;
use crate::failure::{Ending, Failure};

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
        let added = self.repositories.iter().map(|folder| repository(folder));
        read.playbooks.repositories.extend(added);
        read
    }
}

/// A repository in a folder, with nothing installed for it.
fn repository(folder: &Path) -> Repository {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let name = folder.file_name().unwrap_or(folder.as_os_str());
    Repository {
        name: name.to_string_lossy().into_owned(),
        url: format!("file://{}", folder.display()),
        pip_install: false,
        ..Repository::default()
    }
}

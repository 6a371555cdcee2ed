//! `squall playbook`

mod bench;
mod check;
mod list;
mod packs;
mod test;
mod trigger;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use squall_model::playbook::Repository;
use squall_model::problem::Problem;
use squall_pack::{ReadPlaybooks, read_playbooks};
use squall_server::playbooks::InForce;

use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::serving::Error;
use bench::Bench;
pub(crate) use test::NotTried;

/// Look at Robusta's playbooks, check them, try them out
#[derive(Debug, Subcommand)]
pub(crate) enum Playbook {
    Check(check::Check),
    List(list::List),
    Test(test::Test),
    Trigger(trigger::Trigger),
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
            Self::Test(test) => test.run(console),
            Self::Trigger(trigger) => trigger.run(console),
        }
    }
}

impl Files {
    /// What the files say, with the variables of this process in them.
    fn read(&self, console: &Console) -> ReadPlaybooks {
        let variable = |name: &str| console.environment.text(name).map(str::to_owned);
        let mut read = read_playbooks(&self.files, &variable);
        let added = in_folders(&self.repositories);
        read.playbooks.repositories.extend(added);
        read
    }

    /// The same made ready as a server would, and everything that is wrong with it.
    fn load(&self, console: &Console) -> Result<(InForce, Vec<Problem>), Error> {
        let bench = Bench::start(console)?;
        let loaded = bench.load(self.read(console));
        bench.stop();
        Ok(InForce::of(loaded))
    }
}

/// Folders with repositories, as files would name them.
fn in_folders(folders: &[PathBuf]) -> impl Iterator<Item = Repository> {
    folders.iter().map(|folder| {
        Repository::in_folder(&std::path::absolute(folder).unwrap_or_else(|_| folder.clone()))
    })
}

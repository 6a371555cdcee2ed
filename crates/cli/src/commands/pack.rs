//! `squall pack`

mod check;
mod install;

use clap::{Args, Subcommand};

use crate::client::Place;
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::remote::Remote;
use crate::show::Column;

pub(crate) use install::Error as InstallError;

const COLUMNS: &[Column] = &[
    Column::plain("pack", "ref"),
    Column::plain("version", "version"),
    Column::plain("author", "author"),
    Column::plain("description", "description"),
];

const ROWS: &[Column] = &[
    Column::plain("pack", "ref"),
    Column::plain("name", "name"),
    Column::plain("description", "description"),
    Column::plain("version", "version"),
    Column::plain("author", "author"),
    Column::plain("folder", "path"),
    Column::plain("keywords", "keywords"),
    Column::plain("needs", "dependencies"),
];

/// Look at packs, check them, and install them
#[derive(Debug, Subcommand)]
pub(crate) enum Pack {
    /// List packs by name
    List(List),
    /// Show a pack
    Get(Get),
    Check(check::Check),
    Install(install::Install),
}

/// Which packs.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// At most so many
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 500)]
    limit: u32,
    #[command(flatten)]
    remote: Remote,
}

/// One pack.
#[derive(Debug, Args)]
pub(crate) struct Get {
    /// Its name
    pack: String,
    #[command(flatten)]
    remote: Remote,
}

impl Pack {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        match self {
            Self::List(list) => {
                let place = Place::api(&["packs"]).with("limit", list.limit);
                list.remote.list(console, &place, COLUMNS)
            }
            Self::Get(get) => get
                .remote
                .item(console, &Place::api(&["packs", &get.pack]), ROWS),
            Self::Check(check) => check.run(console),
            Self::Install(install) => install.run(console),
        }
    }
}

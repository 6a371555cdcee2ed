//! `squall pack`

mod check;
mod install;
mod status;

use clap::{Args, Subcommand};
use squall_model::Json;

use crate::client::Place;
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::remote::Remote;
use crate::show::{self, Column, Format};

pub(super) use check::kinds;
pub(crate) use install::Error as InstallError;

const COLUMNS: &[Column] = &[
    Column::plain("pack", "ref"),
    Column::plain("version", "version"),
    Column::status("state", "state"),
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
    Status(status::Status),
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
            Self::List(list) => list.run(console),
            Self::Get(get) => get
                .remote
                .item(console, &Place::api(&["packs", &get.pack]), ROWS),
            Self::Status(status) => status.run(console),
            Self::Check(check) => check.run(console),
            Self::Install(install) => install.run(console),
        }
    }
}

impl List {
    fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let answer = self
            .remote
            .client(console)?
            .get(&Place::squall(&["packs"]))?;
        let packs = answer.body.get("packs").and_then(Json::as_array);
        let packs = packs.map(Vec::as_slice).unwrap_or_default();
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let (shown, more) = packs.split_at(packs.len().min(limit));
        show::list(console, self.remote.output, shown, COLUMNS)?;
        let is_for_people = self.remote.output == Format::Table;
        if is_for_people && !more.is_empty() {
            let (count, total) = (shown.len(), packs.len());
            console.note(format!("{count} of {total}; -n NUMBER shows more"));
        }
        let is_refused = |pack: &&Json| pack.get("state").is_some_and(|state| state == "refused");
        if is_for_people && packs.iter().any(|pack| is_refused(&pack)) {
            console.note("newer files of a pack are refused: `squall pack status` says why");
        }
        Ok(Ending::Well)
    }
}

//! `squall admin`: looking after what is recorded, without a server or beside it.

mod backup;
mod doctor;
mod restore;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use squall_store::sqlite;

use crate::console::Console;
use crate::failure::{Ending, Failure};

/// Back up, restore and examine what a server has recorded
#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    Backup(backup::Backup),
    Restore(restore::Restore),
    Doctor(doctor::Doctor),
}

/// Why the store cannot be looked after.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what}")]
pub(crate) struct Error {
    what: &'static str,
    #[source]
    pub(crate) source: Box<sqlite::Error>,
}

impl Admin {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        match self {
            Self::Backup(backup) => backup.run(console),
            Self::Restore(restore) => restore.run(console),
            Self::Doctor(doctor) => doctor.run(console),
        }
    }
}

/// For `map_err`: what could not be done.
fn cannot(what: &'static str) -> impl FnOnce(sqlite::Error) -> Error {
    move |source| Error {
        what,
        source: Box::new(source),
    }
}

/// Which server's folder is meant.
#[derive(Debug, Args)]
struct DataFolder {
    /// The server's data folder [default: SQUALL_SERVER_DATA, or ./.squall if it is there, or /var/lib/squall]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl DataFolder {
    fn path(&self, console: &Console) -> PathBuf {
        let told = console.environment.text("SQUALL_SERVER_DATA");
        let of_dev = || Some(PathBuf::from("./.squall")).filter(|folder| folder.is_dir());
        let known = self.data.clone().or_else(|| told.map(PathBuf::from));
        let known = known.or_else(of_dev);
        known.unwrap_or_else(|| PathBuf::from("/var/lib/squall"))
    }
}

/// The store in a data folder.
fn store(data: &Path) -> PathBuf {
    data.join("squall.db")
}

/// A number of bytes for people.
fn size(bytes: u64) -> String {
    let units = [
        ("GB", 1_000_000_000),
        ("MB", 1_000_000),
        ("kB", 1_000),
        ("B", 1),
    ];
    let found = units.into_iter().find(|(_, unit)| bytes >= *unit);
    let (name, unit) = found.unwrap_or(("B", 1));
    let (whole, tenth) = (bytes / unit, bytes % unit * 10 / unit);
    if whole < 10 && unit > 1 {
        format!("{whole}.{tenth} {name}")
    } else {
        format!("{whole} {name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let shown = [0, 999, 1_500, 12_345_678, 3_900_000_000].map(size);
        assert_eq!(shown, ["0 B", "999 B", "1.5 kB", "12 MB", "3.9 GB"]);
    }
}

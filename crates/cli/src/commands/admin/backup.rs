//! `squall admin backup`

use std::path::PathBuf;

use clap::Args;
use squall_store::sqlite;

use super::{DataFolder, cannot, size, store};
use crate::console::Console;
use crate::failure::{Ending, Failure};

/// Write everything that is recorded to one file, while the server goes on
///
/// The file holds the state of one moment, and only its owner may read it. Packs, their configs and the key file of the
/// datastore's secrets are not in it.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The new file
    file: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    folder: DataFolder,
}

impl Backup {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let store = store(&self.folder.path(console));
        let written = sqlite::backup(&store, &self.file, self.force);
        let written = written.map_err(cannot("back up the store"))?;
        let bytes = size(written.bytes);
        console.line(format!("wrote {bytes} to {}", self.file.display()))?;
        console
            .note("keep the key file of the datastore's secrets elsewhere: it is not in the copy");
        Ok(Ending::Well)
    }
}

//! `squall admin restore`

use std::path::PathBuf;

use clap::Args;
use squall_model::Timestamp;
use squall_store::sqlite;

use super::{DataFolder, cannot, size, store};
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::serving::folders;

/// Make a data folder's store of a backup
///
/// The backup is checked from its first byte to its last before anything changes. The store that was there stays beside
/// the new one, under a name with the time. Refused while a server uses the folder.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// What `squall admin backup` has written
    file: PathBuf,
    #[command(flatten)]
    folder: DataFolder,
}

impl Restore {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let store = store(&folders::data(&self.folder.path(console))?);
        let written = sqlite::restore(&self.file, &store, now());
        let written = written.map_err(cannot("restore the backup"))?;
        let bytes = size(written.bytes);
        console.line(format!("restored {bytes} in {}", store.display()))?;
        if let Some(kept) = written.kept {
            console.note(format!("what was there is now {}", kept.display()));
        }
        console.note(
            "the next start of the server settles what was under way at the time of the backup",
        );
        Ok(Ending::Well)
    }
}

/// The time of this machine.
pub(super) fn now() -> Timestamp {
    squall_server::clock::now()
}

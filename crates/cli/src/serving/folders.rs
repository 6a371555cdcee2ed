//! The folders of a server: its data, and its packs.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;

use super::Error;
use crate::built_in;

/// Where packs are installed, below the data folder.
pub(crate) const INSTALLED: &str = "packs";

/// The data folder by its full path, made if it is not there.
pub(crate) fn data(folder: &Path) -> Result<PathBuf, Error> {
    let made = fs::create_dir_all(folder).and_then(|()| fs::canonicalize(folder));
    made.map_err(|source| Error::Data {
        folder: folder.to_owned(),
        source,
    })
}

/// All folders of packs, in the order in which they count: those given, what is installed, what comes with Squall.
pub(crate) fn packs(data: &Path, given: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut folders = Vec::new();
    for folder in given {
        // Links stay links: they may lead elsewhere tomorrow.
        let found = fs::metadata(folder).and_then(|found| match found.is_dir() {
            true => std::path::absolute(folder),
            false => Err(io::ErrorKind::NotADirectory.into()),
        });
        folders.push(found.map_err(|source| Error::Packs {
            folder: folder.clone(),
            source,
        })?);
    }
    let unusable = |source| Error::Data {
        folder: data.to_owned(),
        source,
    };
    let installed = data.join(INSTALLED);
    fs::create_dir_all(&installed).map_err(unusable)?;
    built_in::default_pack(&installed).map_err(unusable)?;
    folders.push(installed);
    folders.push(built_in::packs(data).map_err(unusable)?);
    Ok(folders)
}

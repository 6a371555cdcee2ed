//! The key that the datastore's secrets are encrypted with, in keyczar's format, as StackStorm has it.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use fs_err as fs;
use fs_err::os::unix::fs::OpenOptionsExt as _;
use squall_expression::keyczar::{KEY_LENGTH, Key};

use super::Error;

/// What the file is called in a data folder.
pub(crate) const NAME: &str = "crypto.json";

/// The key file of a data folder, made if it is not there.
pub(crate) fn of_data(data: &Path) -> Result<PathBuf, Error> {
    let file = data.join(NAME);
    if !file.exists() {
        make(&file)?;
    }
    Ok(file)
}

/// Makes a key file that only its owner may read. A file that is there already is never touched.
pub(crate) fn make(file: &Path) -> Result<(), Error> {
    write(file).map_err(|source| Error::MakeKey {
        file: file.to_owned(),
        source,
    })
}

fn write(file: &Path) -> io::Result<()> {
    let key = Key::generate(&random()?, &random()?);
    let mut made = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    made.write_all(key.as_bytes())?;
    made.sync_all()
}

fn random() -> io::Result<[u8; KEY_LENGTH]> {
    let mut bytes = [0; KEY_LENGTH];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_opens_what_it_sealed_and_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("crypto.json");
        make(&file).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let key = Key::parse(&text).unwrap();
        let sealed = key.encrypt("swordfish", [7; 16]);
        assert_eq!(key.decrypt(&sealed).unwrap(), "swordfish");
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(make(&file).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}

//! The packs that come with Squall, carried in the binary and unpacked where actions can be run from.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use fs_err as fs;
use sha2::{Digest as _, Sha256};

/// One file of a pack.
pub(crate) struct File {
    /// Its path below the folder it was taken from.
    path: &'static str,
    content: &'static [u8],
    executable: bool,
}

include!(concat!(env!("OUT_DIR"), "/pack_files.rs"));

/// The folder of the packs that come with Squall: unpacked below `data` unless it is there already.
///
/// It is named after what is in it, so a newer Squall unpacks its own; those of older ones are removed.
pub(crate) fn packs(data: &Path) -> io::Result<PathBuf> {
    let all = data.join("built-in");
    let folder = all.join(digest(BUILT_IN));
    if !folder.is_dir() {
        let aside = all.join(format!("unpacking-{}", std::process::id()));
        unpack(BUILT_IN, &aside)?;
        fs::rename(&aside, &folder)?;
    }
    for entry in fs::read_dir(&all)? {
        let other = entry?.path();
        if other != folder {
            fs::remove_dir_all(other)?;
        }
    }
    Ok(folder)
}

/// The pack of the demo, as `folder`.
pub(crate) fn labs_sre(folder: &Path) -> io::Result<()> {
    unpack(LABS_SRE, folder)
}

fn unpack(files: &[File], folder: &Path) -> io::Result<()> {
    for file in files {
        let path = folder.join(file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, file.content)?;
        if file.executable {
            fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(())
}

fn digest(files: &[File]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.path);
        hash.update([0, u8::from(file.executable)]);
        hash.update(file.content.len().to_le_bytes());
        hash.update(file.content);
    }
    let bytes = hash.finalize();
    bytes
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_are_unpacked_once_and_older_ones_removed() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir_all(data.path().join("built-in/older/core")).unwrap();
        let folder = packs(data.path()).unwrap();
        for pack in ["core", "examples", "default"] {
            assert!(folder.join(pack).join("pack.yaml").is_file(), "{pack}");
        }
        assert_eq!(
            fs::read_dir(data.path().join("built-in")).unwrap().count(),
            1
        );
        let mark = folder.join("core/mark");
        fs::write(&mark, "").unwrap();
        assert_eq!(packs(data.path()).unwrap(), folder);
        assert!(mark.is_file(), "it was unpacked again");
    }

    #[test]
    fn scripts_can_be_executed() {
        let data = tempfile::tempdir().unwrap();
        let folder = packs(data.path()).unwrap();
        let script = folder.join("examples/actions/env_reader.sh");
        assert_eq!(
            fs::metadata(script).unwrap().permissions().mode() & 0o111,
            0o111
        );
    }
}

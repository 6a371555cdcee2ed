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
    let folder = all.join(digest(shared()));
    if !folder.is_dir() {
        let aside = all.join(format!("unpacking-{}", std::process::id()));
        unpack(shared(), &aside)?;
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

/// The pack of what users make over the API, put among the packs of `installed` unless it is there already: it is theirs
/// to fill, so no newer Squall replaces it.
pub(crate) fn default_pack(installed: &Path) -> io::Result<()> {
    let folder = installed.join(DEFAULT);
    if folder.is_dir() {
        return Ok(());
    }
    let aside = installed.join(format!(".{DEFAULT}-{}", std::process::id()));
    unpack(BUILT_IN.iter().filter(|file| file.is_of(DEFAULT)), &aside)?;
    fs::rename(aside.join(DEFAULT), folder)?;
    fs::remove_dir_all(aside)
}

/// The pack of what users make over the API.
const DEFAULT: &str = "default";

/// All packs but that one.
fn shared() -> impl Iterator<Item = &'static File> {
    BUILT_IN.iter().filter(|file| !file.is_of(DEFAULT))
}

impl File {
    fn is_of(&self, pack: &str) -> bool {
        Path::new(self.path).starts_with(pack)
    }
}

/// The pack of the demo, as `folder`.
pub(crate) fn labs_sre(folder: &Path) -> io::Result<()> {
    unpack(LABS_SRE, folder)
}

fn unpack<'a>(files: impl IntoIterator<Item = &'a File>, folder: &Path) -> io::Result<()> {
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

fn digest<'a>(files: impl Iterator<Item = &'a File>) -> String {
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
        for pack in ["core", "examples"] {
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
    fn the_default_pack_is_its_users_own() {
        let installed = tempfile::tempdir().unwrap();
        let manifest = installed.path().join("default/pack.yaml");
        default_pack(installed.path()).unwrap();
        assert!(manifest.is_file());
        fs::write(&manifest, "mine").unwrap();
        default_pack(installed.path()).unwrap();
        assert_eq!(fs::read_to_string(&manifest).unwrap(), "mine");
        assert_eq!(fs::read_dir(installed.path()).unwrap().count(), 1);
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

//! What can be seen of a folder without reading its files: whether anything in it has changed since, and where the next
//! change would show.
//!
//! Links are followed, because packs are often deployed as links that are swapped: Kubernetes' volumes (`..data`) and
//! git-sync do so. Hidden files, compiled Python and links that go round are left out.

use std::collections::{BTreeSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use fs_err as fs;

use crate::folder;

/// Of more entries than these only the first are looked at.
const MOST_ENTRIES: usize = 20_000;

/// As many links may follow each other as the system itself allows.
const MOST_LINKS: usize = 40;

/// What was seen of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Differs if any file below the folder is another, or was written.
    pub digest: u64,
    /// The real folders in which any change is one of this folder.
    pub folders: BTreeSet<PathBuf>,
    /// Entries of other folders that make the folder another when they are replaced: links on the way to it, itself, or
    /// the first part of its path that is not there.
    pub entries: BTreeSet<PathBuf>,
}

/// Looks at everything below a folder.
pub fn footprint(dir: &Path) -> Footprint {
    let mut walk = Walk {
        hash: DefaultHasher::new(),
        left: MOST_ENTRIES,
        open: VecDeque::new(),
        found: Footprint::default(),
    };
    walk.enter(dir, dir);
    walk.found.entries.extend(way_to(dir));
    while let Some((named, real)) = walk.open.pop_front() {
        walk.list(&named, &real);
    }
    walk.found.digest = walk.hash.finish();
    walk.found
}

/// What on the way to a path could be replaced: links, the last part, and the first that is not there.
pub fn way_to(path: &Path) -> BTreeSet<PathBuf> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut ahead = parts(&path);
    let mut place = PathBuf::from("/");
    let mut found = BTreeSet::new();
    let mut links = 0;
    while let Some(part) = ahead.pop_front() {
        if part == ".." {
            place.pop();
            continue;
        }
        let entry = place.join(&part);
        let leads_to = fs::read_link(&entry);
        if leads_to.is_ok() || ahead.is_empty() || fs::symlink_metadata(&entry).is_err() {
            found.insert(entry.clone());
        }
        let Ok(leads_to) = leads_to else {
            place = entry;
            continue;
        };
        links += 1;
        if links > MOST_LINKS {
            break;
        }
        if leads_to.is_absolute() {
            place = PathBuf::from("/");
        }
        for part in parts(&leads_to).into_iter().rev() {
            ahead.push_front(part);
        }
    }
    found
}

struct Walk {
    hash: DefaultHasher,
    left: usize,
    /// Folders to be listed, each as it is named and as it really is.
    open: VecDeque<(PathBuf, PathBuf)>,
    found: Footprint,
}

impl Walk {
    /// Lists a folder later, unless it has been seen.
    fn enter(&mut self, named: &Path, path: &Path) {
        if let Ok(real) = fs::canonicalize(path)
            && real.is_dir()
            && self.found.folders.insert(real.clone())
        {
            self.open.push_back((named.to_owned(), real));
        }
    }

    fn list(&mut self, named: &Path, real: &Path) {
        let Ok(entries) = fs::read_dir(real) else {
            return named.hash(&mut self.hash);
        };
        let mut names: Vec<OsString> = entries.flatten().map(|entry| entry.file_name()).collect();
        names.retain(|name| is_looked_at(name));
        names.sort();
        for name in names {
            let Some(left) = self.left.checked_sub(1) else {
                return;
            };
            self.left = left;
            self.note(&named.join(&name), &real.join(&name));
        }
    }

    fn note(&mut self, named: &Path, path: &Path) {
        named.hash(&mut self.hash);
        let is_link = fs::symlink_metadata(path).is_ok_and(|entry| entry.is_symlink());
        if is_link {
            self.found.entries.extend(way_to(path));
        }
        match fs::metadata(path) {
            Ok(entry) if entry.is_dir() => self.enter(named, path),
            Ok(entry) => {
                let size = (entry.size(), entry.mode());
                let written = (
                    entry.mtime(),
                    entry.mtime_nsec(),
                    entry.ctime(),
                    entry.ctime_nsec(),
                );
                (entry.dev(), entry.ino(), size, written).hash(&mut self.hash);
                if is_link && let Ok(real) = fs::canonicalize(path) {
                    self.found.entries.insert(real);
                }
            }
            Err(_) => "nothing is there".hash(&mut self.hash),
        }
    }
}

/// Whether an entry of this name is one that packs are read for.
pub fn is_looked_at(name: &OsStr) -> bool {
    let path = Path::new(name);
    !folder::is_hidden(path)
        && name != "__pycache__"
        && path.extension().is_none_or(|extension| extension != "pyc")
}

fn parts(path: &Path) -> VecDeque<OsString> {
    path.components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn write(path: PathBuf, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn any_change_shows_and_what_python_leaves_behind_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let pack = folder.path().join("pack");
        write(pack.join("pack.yaml"), "1");
        write(pack.join("rules/a.yaml"), "1");
        let before = footprint(&pack);
        assert_eq!(footprint(&pack), before);
        write(pack.join("actions/__pycache__/a.pyc"), "1");
        fs::remove_dir_all(pack.join("actions")).unwrap();
        write(pack.join(".git/HEAD"), "1");
        assert_eq!(footprint(&pack).digest, before.digest);
        write(pack.join("rules/a.yaml"), "2");
        let changed = footprint(&pack).digest;
        assert_ne!(changed, before.digest);
        write(pack.join("rules/b.yaml"), "");
        assert_ne!(footprint(&pack).digest, changed);
    }

    /// As Kubernetes does: everything is a link into `..data`, which is a link that is swapped.
    #[test]
    fn a_swapped_link_shows_in_the_folder_it_stands_in() {
        let folder = tempfile::tempdir().unwrap();
        let volume = fs::canonicalize(folder.path()).unwrap();
        for version in ["..1", "..2"] {
            write(volume.join(version).join("pack.yaml"), "same");
            write(volume.join(version).join("rules/a.yaml"), "same");
        }
        symlink("..1", volume.join("..data")).unwrap();
        symlink("..data/pack.yaml", volume.join("pack.yaml")).unwrap();
        symlink("..data/rules", volume.join("rules")).unwrap();
        let before = footprint(&volume);
        assert!(
            before.folders.contains(&volume.join("..1/rules")),
            "{before:?}"
        );
        assert!(
            before.entries.contains(&volume.join("..data")),
            "{before:?}"
        );
        symlink("..2", volume.join("..new")).unwrap();
        fs::rename(volume.join("..new"), volume.join("..data")).unwrap();
        let after = footprint(&volume);
        assert_ne!(after.digest, before.digest);
        assert!(
            after.folders.contains(&volume.join("..2/rules")),
            "{after:?}"
        );
    }

    #[test]
    fn what_is_not_there_yet_is_waited_for_and_circles_end() {
        let folder = tempfile::tempdir().unwrap();
        let place = fs::canonicalize(folder.path()).unwrap();
        let missing = footprint(&place.join("later/packs"));
        assert!(
            missing.entries.contains(&place.join("later")),
            "{missing:?}"
        );
        symlink("round", place.join("round")).unwrap();
        symlink(".", place.join("self")).unwrap();
        let found = footprint(&place);
        assert_eq!(found.folders.len(), 1, "{found:?}");
    }
}

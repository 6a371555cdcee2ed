//! Whether code has changed since a fork server imported it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use fs_err as fs;

/// How many files of all repositories are looked at, and how deep. Nobody has more code than that in a repository.
const MOST_FILES: usize = 20_000;
const DEEPEST: usize = 16;

/// Stands for what is in these folders: other names, lengths and times of files make another one.
pub(super) fn fingerprint(folders: &[PathBuf]) -> u64 {
    let mut look = Look {
        files: 0,
        fingerprint: 0,
    };
    for folder in folders {
        look.at_folder(folder, 0);
    }
    look.fingerprint
}

struct Look {
    files: usize,
    fingerprint: u64,
}

impl Look {
    fn at_folder(&mut self, folder: &Path, depth: usize) {
        let Ok(entries) = fs::read_dir(folder) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            // What Python writes beside code, and what tools keep there, is no code.
            if name == "__pycache__" || name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            self.files = self.files.saturating_add(1);
            if self.files > MOST_FILES {
                return;
            }
            let path = entry.path();
            match fs::metadata(&path) {
                Ok(found) if found.is_dir() && depth < DEEPEST => {
                    self.at_folder(&path, depth.saturating_add(1));
                }
                Ok(found) => self.note(&path, &found),
                Err(_) => {}
            }
        }
    }

    /// The order in which a folder tells its files is of no importance.
    fn note(&mut self, path: &Path, found: &std::fs::Metadata) {
        let mut hasher = DefaultHasher::new();
        path.hash(&mut hasher);
        let times = (found.mtime(), found.mtime_nsec());
        (times, found.len(), found.ino()).hash(&mut hasher);
        self.fingerprint = self.fingerprint.wrapping_add(hasher.finish());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_counts_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let look = || fingerprint(&[folder.path().to_owned()]);
        let mut seen = vec![look()];
        fs::create_dir(at("inner")).unwrap();
        for (name, text) in [("a.py", "1"), ("inner/b.py", "2"), ("a.py", "11")] {
            fs::write(at(name), text).unwrap();
            assert!(!seen.contains(&look()), "{name}");
            seen.push(look());
        }
        fs::create_dir(at(".git")).unwrap();
        fs::create_dir(at("inner/__pycache__")).unwrap();
        fs::write(at(".git/index"), "1").unwrap();
        fs::write(at("inner/__pycache__/b.pyc"), "1").unwrap();
        assert_eq!(seen.last(), Some(&look()));
        fs::rename(at("a.py"), at("c.py")).unwrap();
        assert!(!seen.contains(&look()));
        assert_eq!(fingerprint(&[at("nowhere")]), fingerprint(&[]));
    }
}

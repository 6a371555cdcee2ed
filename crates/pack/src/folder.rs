//! What lies in a pack's folder. Links that lead out of it are not followed.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// A pack's list of files stops here.
const MAX_FILES: usize = 20_000;

/// The metadata files right below `root/folder`, in the order StackStorm registers them; those beginning with a dot are
/// none.
pub(crate) fn metadata_files(root: &Path, folder: &str) -> Result<Vec<PathBuf>, std::io::Error> {
    let path = root.join(folder);
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let real = fs_err::canonicalize(&path)?;
    if !real.starts_with(root) {
        return Err(std::io::Error::other("the link leads out of the pack"));
    }
    let mut files = Vec::new();
    for entry in fs_err::read_dir(&path)? {
        let file = entry?.path();
        let is_metadata = file
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_metadata && !is_hidden(&file) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// Whether its name begins with a dot.
pub(crate) fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Whether `file` is a file inside `root`; what is wrong otherwise.
pub(crate) fn check_inside(root: &Path, file: &Path) -> Result<(), &'static str> {
    let Ok(real) = fs_err::canonicalize(file) else {
        return Err("does not exist");
    };
    if !real.starts_with(root) {
        return Err("lies outside the pack");
    }
    if !real.is_file() {
        return Err("is not a file");
    }
    Ok(())
}

/// Every file below `root`, relative to it and sorted; compiled Python and git's own files are left out.
pub(crate) fn all_files(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut seen = HashSet::from([root.to_owned()]);
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs_err::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            // Kubernetes keeps the versions of a volume in folders that begin so, and links into the present one.
            if name.as_encoded_bytes().starts_with(b"..") || path == root.join(".git") {
                continue;
            }
            let Ok(real) = fs_err::canonicalize(&path) else {
                continue;
            };
            if real.is_dir() && real.starts_with(root) && seen.insert(real) {
                open.push(path);
            } else if check_inside(root, &path).is_ok() {
                files.extend(relative(root, &path));
            }
        }
        if files.len() > MAX_FILES {
            break;
        }
    }
    files.retain(|file| !file.ends_with(".pyc"));
    files.sort();
    files.truncate(MAX_FILES);
    files
}

/// A path as text relative to `root`, if it is text.
pub(crate) fn relative(root: &Path, path: &Path) -> Option<String> {
    let relative = path.strip_prefix(root).ok()?;
    relative.to_str().map(ToOwned::to_owned)
}

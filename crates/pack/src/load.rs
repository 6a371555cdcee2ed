//! Many packs at once.

use std::path::{Path, PathBuf};

use squall_model::content::PackContent;
use squall_model::problem::{Problem, Severity};

use crate::{Site, check_references, manifest, read};

/// Every pack found, and everything that is wrong with them.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The packs, in the order found.
    pub packs: Vec<PackContent>,
    /// What is wrong, of all packs.
    pub problems: Vec<Problem>,
}

/// Reads every pack in `dirs`, and checks what they need of each other. Each folder is a pack itself or holds packs. Of
/// two packs with the same name the first counts.
pub fn load_packs(dirs: &[PathBuf], site: &Site<'_>) -> Loaded {
    let mut loaded = Loaded::default();
    let mut mentions = Vec::new();
    let folders: Vec<PathBuf> = dirs
        .iter()
        .flat_map(|dir| pack_folders(dir, &mut loaded.problems))
        .collect();
    for folder in folders {
        let found = read(&folder, site);
        for problem in found.problems {
            // Files that speak of every pack are read again for each.
            if !loaded.problems.contains(&problem) {
                loaded.problems.push(problem);
            }
        }
        let Some(content) = found.content else {
            continue;
        };
        let name = &content.pack.reference;
        if let Some(first) = loaded
            .packs
            .iter()
            .find(|pack| pack.pack.reference == *name)
        {
            let message = format!(
                "the pack `{name}` is left out: `{}` has the same name",
                first.pack.path.display()
            );
            loaded
                .problems
                .push(of_folder(Severity::Warning, &folder, message));
            continue;
        }
        mentions.extend(found.mentions);
        loaded.packs.push(content);
    }
    let missing = check_references(&loaded.packs, &mentions, site.kinds);
    loaded.problems.extend(missing);
    loaded
}

/// The folder itself if it is a pack, else those in it that are, by name.
fn pack_folders(dir: &Path, problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let is_pack = |folder: &Path| fs_err::symlink_metadata(folder.join(manifest::FILE)).is_ok();
    if is_pack(dir) {
        return vec![dir.to_owned()];
    }
    let entries = match fs_err::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) => {
            let message = format!("cannot be read: {}", error.kind());
            problems.push(of_folder(Severity::Error, dir, message));
            return Vec::new();
        }
    };
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.retain(|folder| folder.is_dir());
    folders.sort();
    for folder in &folders {
        let looks_like_one = ["actions", "rules", "sensors", "triggers"]
            .iter()
            .any(|part| folder.join(part).is_dir());
        if !is_pack(folder) && looks_like_one {
            let message = "looks like a pack, but has no pack.yaml".to_owned();
            problems.push(of_folder(Severity::Warning, folder, message));
        }
    }
    folders.retain(|folder| is_pack(folder));
    folders
}

fn of_folder(severity: Severity, folder: &Path, message: String) -> Problem {
    Problem {
        severity,
        file: folder.to_owned(),
        line: None,
        column: None,
        key: String::new(),
        message,
        hint: None,
    }
}

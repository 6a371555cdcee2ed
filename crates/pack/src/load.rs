//! Many packs at once.

use std::path::{Path, PathBuf};

use squall_model::content::PackContent;
use squall_model::problem::{Problem, Severity};

use crate::{Site, check_references, folder, manifest, read};

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
    let mut mentions = Vec::new();
    let Folders {
        folders, problems, ..
    } = pack_folders(dirs);
    let mut loaded = Loaded {
        packs: Vec::new(),
        problems,
    };
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
            let first = &first.pack.path;
            loaded.problems.push(left_out(name, &folder, first));
            continue;
        }
        mentions.extend(found.mentions);
        loaded.packs.push(content);
    }
    let packs: Vec<&PackContent> = loaded.packs.iter().collect();
    let missing = check_references(&packs, &mentions, site.kinds);
    loaded.problems.extend(missing);
    loaded
}

/// Of two packs with one name the later is left out.
pub fn left_out(name: &str, folder: &Path, first: &Path) -> Problem {
    let message = format!(
        "the pack `{name}` is left out: `{}` has the same name",
        first.display()
    );
    of_folder(Severity::Warning, folder, message)
}

/// Where packs are.
#[derive(Debug, Default)]
pub struct Folders {
    /// The folders of packs, in the order in which they count.
    pub folders: Vec<PathBuf>,
    /// What is wrong with the folders themselves.
    pub problems: Vec<Problem>,
    /// Folders that cannot be looked into: what packs they hold is not known.
    pub unreadable: Vec<PathBuf>,
}

/// The folders of packs: each of `dirs` itself if it is a pack, else those in it that are, by name.
pub fn pack_folders(dirs: &[PathBuf]) -> Folders {
    let mut found = Folders::default();
    for dir in dirs {
        if is_pack(dir) {
            found.folders.push(dir.clone());
            continue;
        }
        if looks_like_a_pack(dir) {
            found.add_inside(dir.clone());
        }
        match fs_err::read_dir(dir) {
            Ok(entries) => {
                let mut inside: Vec<PathBuf> =
                    entries.flatten().map(|entry| entry.path()).collect();
                inside.retain(|folder| folder.is_dir() && !folder::is_hidden(folder));
                inside.sort();
                inside
                    .into_iter()
                    .for_each(|folder| found.add_inside(folder));
            }
            Err(error) => {
                let message = format!("cannot be read: {}", error.kind());
                let problem = of_folder(Severity::Error, dir, message);
                found.problems.push(problem);
                found.unreadable.push(dir.clone());
            }
        }
    }
    found
}

impl Folders {
    fn add_inside(&mut self, folder: PathBuf) {
        if is_pack(&folder) {
            self.folders.push(folder);
        } else if looks_like_a_pack(&folder) {
            let message = "looks like a pack, but has no pack.yaml".to_owned();
            self.problems
                .push(of_folder(Severity::Warning, &folder, message));
        }
    }
}

fn is_pack(folder: &Path) -> bool {
    fs_err::symlink_metadata(folder.join(manifest::FILE)).is_ok()
}

/// Whether a folder without a pack.yaml has what packs have.
pub fn looks_like_a_pack(folder: &Path) -> bool {
    ["actions", "rules", "sensors", "triggers"]
        .iter()
        .any(|part| folder.join(part).is_dir())
}

/// What is wrong with a folder as a whole.
pub fn of_folder(severity: Severity, folder: &Path, message: String) -> Problem {
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

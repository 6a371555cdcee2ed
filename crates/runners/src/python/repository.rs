//! Playbook repositories on disk.

use std::path::PathBuf;

use serde::Serialize;

use super::dependencies;

/// A folder with Python actions, fetched already.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Repository {
    /// Its key in the file of playbooks.
    pub name: String,
    /// Where it is: the folder with its `pyproject.toml`, its package, or its modules.
    pub folder: PathBuf,
    /// Whether what it depends on is installed.
    pub install: bool,
}

/// A repository as the Python side is told of it: the name is that of its package.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Located {
    pub name: String,
    pub folder: PathBuf,
}

impl Located {
    /// Where the modules of a repository are. Its `pyproject.toml` may say, else its key is its package's name.
    pub(super) fn of(repository: &Repository) -> Self {
        let project = dependencies::package(&repository.folder);
        let folder = match project.folder {
            Some(within) => repository.folder.join(within),
            None => repository.folder.clone(),
        };
        let is_there = |name: &String| folder.join(name).join("__init__.py").is_file();
        let name = project.name.filter(is_there);
        Self {
            name: name.unwrap_or_else(|| repository.name.clone()),
            folder,
        }
    }
}

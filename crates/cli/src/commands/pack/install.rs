//! `squall pack install DIR`: a checked copy where the server finds it.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use fs_err as fs;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use serde_json::json;
use squall_model::Json;
use squall_model::problem::Severity;

use super::check;
use crate::client::{self, Place};
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::remote::Remote;
use crate::serving::folders;
use crate::show;

/// Install a pack: check it, copy it into the data folder, and let the server read it
///
/// The copy stands in `packs` below the data folder, in the place of an older one. A server that runs with that data
/// folder reads it at once; one that does not run reads it when it starts.
#[derive(Debug, Args)]
pub(crate) struct Install {
    /// The pack's folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The server's data folder
    #[arg(long, value_name = "DIR", default_value = "./.squall")]
    data: PathBuf,
    #[command(flatten)]
    remote: Remote,
}

/// Why a pack is not installed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It has errors.
    #[error("cannot install `{}`: it has errors", folder.display())]
    HasErrors { folder: PathBuf },
    /// It cannot be copied.
    #[error("cannot copy the pack to `{}`", folder.display())]
    Copy {
        folder: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The server reads the pack from another folder.
    #[error("the pack is in `{}`, but the server at {url} reads it from `{other}`", folder.display())]
    Elsewhere {
        folder: PathBuf,
        url: String,
        other: String,
    },
    /// The server does not know the folder.
    #[error("the pack is in `{}`, but the server at {url} does not read that folder", folder.display())]
    Unknown { folder: PathBuf, url: String },
}

impl Install {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let name = self.checked(console)?;
        let data = folders::data(&self.data)?;
        let target = data.join(folders::INSTALLED).join(&name);
        let failed = |source| Error::Copy {
            folder: target.clone(),
            source,
        };
        replace(&self.folder, &target, &data).map_err(failed)?;
        match self.register(&name, &target, console) {
            Ok(()) => console.line(format!("installed {name} in {}", target.display()))?,
            Err(Failure::Client(client::Error::Unreachable { url, .. })) => {
                console.line(format!("installed {name} in {}", target.display()))?;
                console.note(format!(
                    "no server answers at {url}: the next one with this data folder reads it"
                ));
            }
            Err(failure) => return Err(failure),
        }
        Ok(Ending::Well)
    }

    /// The pack's name, if there is no error in it.
    fn checked(&self, console: &mut Console) -> Result<String, Failure> {
        let found = check::read(std::slice::from_ref(&self.folder), None)?;
        for problem in &found.problems {
            show::problem(console, problem)?;
        }
        let is_good = found
            .problems
            .iter()
            .all(|problem| problem.severity != Severity::Error);
        match found.packs.as_slice() {
            [pack] if is_good => Ok(pack.pack.reference.clone()),
            _ => Err(Error::HasErrors {
                folder: self.folder.clone(),
            }
            .into()),
        }
    }

    /// Lets the server read its packs again, and checks that it has found this one.
    fn register(&self, name: &str, target: &Path, console: &Console) -> Result<(), Failure> {
        let client = self.remote.client(console)?;
        let elsewhere = |other: &str| {
            let (folder, url) = (target.to_owned(), client.url().to_owned());
            Failure::from(match other {
                "" => Error::Unknown { folder, url },
                other => Error::Elsewhere {
                    folder,
                    url,
                    other: other.to_owned(),
                },
            })
        };
        match client.post(
            &Place::api(&["packs", "register"]),
            &json!({ "packs": [name] }),
        ) {
            Err(client::Error::Rejected(_)) => return Err(elsewhere("")),
            other => drop(other?),
        }
        let known = client.get(&Place::api(&["packs", name]))?.body;
        let path = known.get("path").and_then(Json::as_str).unwrap_or_default();
        if Path::new(path) == target {
            Ok(())
        } else {
            Err(elsewhere(path))
        }
    }
}

/// Copies a folder into `data`, then puts the copy in the target's place. There is no moment without the one or the other.
fn replace(from: &Path, target: &Path, data: &Path) -> io::Result<()> {
    let fresh = data.join(format!("installing-{}", std::process::id()));
    let source = fs::canonicalize(from)?;
    copy(&source, &fresh, data).inspect_err(|_| drop(fs::remove_dir_all(&fresh)))?;
    if let Some(packs) = target.parent() {
        fs::create_dir_all(packs)?;
    }
    if !target.exists() {
        return fs::rename(&fresh, target);
    }
    match renameat_with(CWD, &fresh, CWD, target, RenameFlags::EXCHANGE) {
        Ok(()) => fs::remove_dir_all(&fresh),
        // Some file systems cannot; then there is such a moment, which a running server waits out.
        Err(Errno::INVAL | Errno::NOSYS) => {
            let older = data.join(format!("replaced-{}", std::process::id()));
            fs::rename(target, &older)?;
            fs::rename(&fresh, target)?;
            fs::remove_dir_all(&older)
        }
        Err(error) => Err(error.into()),
    }
}

/// Copies files and folders with their permissions: no links, nothing that is hidden or that Python leaves behind, and
/// not the data folder itself, should it stand in the pack.
fn copy(from: &Path, to: &Path, data: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, name) = (entry.file_type()?, entry.file_name());
        let is_hidden = name.to_string_lossy().starts_with('.');
        if is_hidden || name == "__pycache__" || entry.path() == data {
            continue;
        }
        let target = to.join(&name);
        if kind.is_dir() {
            copy(&entry.path(), &target, data)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_copy_takes_the_place_of_the_older() {
        let folder = tempfile::tempdir().unwrap();
        let pack = fs::canonicalize(folder.path()).unwrap().join("pack");
        let data = pack.join("data");
        let target = data.join("packs/mine");
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::create_dir_all(pack.join("actions/__pycache__")).unwrap();
        fs::create_dir_all(pack.join(".git")).unwrap();
        fs::write(pack.join("pack.yaml"), "name: mine").unwrap();
        replace(&pack, &target, &data).unwrap();
        fs::write(target.join("left over"), "").unwrap();
        fs::write(pack.join("pack.yaml"), "name: mine2").unwrap();
        replace(&pack, &target, &data).unwrap();
        assert_eq!(
            fs::read_to_string(target.join("pack.yaml")).unwrap(),
            "name: mine2"
        );
        let names = |folder: &Path| {
            let mut names: Vec<_> = fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            names.sort();
            names
        };
        assert_eq!(names(&target), ["actions", "pack.yaml"]);
        assert_eq!(names(&data), ["packs"]);
        assert_eq!(names(&target.join("actions")).len(), 0);
    }
}

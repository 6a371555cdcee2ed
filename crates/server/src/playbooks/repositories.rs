//! Playbook repositories, brought to this machine: folders as they are, others into a folder of Squall's own.
//!
//! What was fetched before stays until something newer is there whole, and is used as long as nothing newer can be had.

mod archive;
mod git;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fs_err as fs;
use squall_model::Id;
use squall_model::http::Http;
use squall_model::playbook::Repository;
use squall_runners::{Host, Sender};

/// Why a repository is not there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is a folder of this machine, and not there.
    #[error("there is no folder `{}`", .0.display())]
    NoFolder(PathBuf),
    /// It is somewhere whence nothing can be fetched.
    #[error("cannot fetch from `{0}`: it is no folder, git repository or archive")]
    Unknown(String),
    /// Squall's own folder cannot be written.
    #[error("cannot keep the playbook repository in `{}`", folder.display())]
    Keep {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Git did not fetch it.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// The archive was not had, or is none.
    #[error(transparent)]
    Archive(#[from] archive::Error),
}

/// A repository on this machine.
#[derive(Debug)]
pub struct Fetched {
    /// Where it is.
    pub folder: PathBuf,
    /// Why it is only what was fetched last, if it is.
    pub stale: Option<Error>,
}

/// Fetches repositories.
pub struct Fetcher {
    /// What is fetched is kept in folders below.
    folder: PathBuf,
    /// What git is started with.
    environment: Vec<(OsString, OsString)>,
    http: Arc<dyn Http>,
}

impl Fetcher {
    /// Keeps what it fetches below `folder`, and fetches as the actions of `host` would.
    pub fn new(folder: PathBuf, host: &Arc<Host>) -> Self {
        Self {
            folder,
            environment: host.settings.environment.clone(),
            http: Arc::new(Sender::new(Arc::clone(host))),
        }
    }

    /// Brings a repository to this machine.
    ///
    /// # Errors
    /// It cannot be had now, and was not had before.
    pub async fn fetch(&self, repository: &Repository) -> Result<Fetched, Error> {
        if let Some(folder) = repository.url.strip_prefix("file://") {
            let folder = PathBuf::from(folder);
            return match folder.is_dir() {
                true => Ok(Fetched {
                    folder,
                    stale: None,
                }),
                false => Err(Error::NoFolder(folder)),
            };
        }
        let of_branch = repository.branch.as_deref().unwrap_or_default();
        let id = Id::of(&format!("{} {of_branch}", repository.url));
        let kept = self.folder.join(id.to_string());
        match self.fetch_to(&kept, repository).await {
            Ok(()) => Ok(Fetched {
                folder: inner(&kept),
                stale: None,
            }),
            Err(error) if kept.is_dir() => Ok(Fetched {
                folder: inner(&kept),
                stale: Some(error),
            }),
            Err(error) => Err(error),
        }
    }

    /// Makes `kept` anew.
    async fn fetch_to(&self, kept: &Path, repository: &Repository) -> Result<(), Error> {
        let keep = |source| Error::Keep {
            folder: self.folder.clone(),
            source,
        };
        fs::create_dir_all(&self.folder).map_err(keep)?;
        let new = Scratch::beside(kept, "new").map_err(keep)?;
        let url = &repository.url;
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        if is_web && (url.ends_with(".tgz") || url.ends_with(".tar.gz")) {
            let bytes = archive::download(&*self.http, url, &repository.http_headers).await?;
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            crate::aside(length, || archive::unpack(&bytes, &new.0))?;
        } else if url.starts_with("git@") || url.starts_with("https://") {
            git::fetch(repository, &new.0, &self.environment).await?;
        } else {
            return Err(Error::Unknown(url.clone()));
        }
        let old = Scratch::beside(kept, "old").map_err(keep)?;
        if kept.exists() {
            fs::rename(kept, old.0.join("old")).map_err(keep)?;
        }
        fs::rename(&new.0, kept).map_err(keep)
    }
}

/// An archive often holds one folder that holds everything.
fn inner(folder: &Path) -> PathBuf {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut entries = entries.filter(|entry| entry.file_name() != ".git");
    match (entries.next(), entries.next()) {
        (Some(one), None) if one.path().is_dir() && !one.path().join("__init__.py").exists() => {
            one.path()
        }
        _ => folder.to_owned(),
    }
}

/// A folder for what is not whole yet, gone with what is left in it.
struct Scratch(PathBuf);

impl Scratch {
    /// An empty folder, beside the one that is kept.
    fn beside(kept: &Path, what: &str) -> io::Result<Self> {
        let folder = kept.with_extension(what);
        // What a server left that was killed.
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind is in nobody's way.
        drop(fs::remove_dir_all(&self.0));
    }
}

#[cfg(test)]
mod tests;

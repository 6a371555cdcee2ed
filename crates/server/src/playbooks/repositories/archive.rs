//! Repositories in archives: `.tgz` by HTTP, bounded in size, and nothing in them leads out of their folder.

use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use flate2::read::GzDecoder;
use fs_err as fs;
use squall_model::http::{Answer, Http, NoAnswer, Request};
use squall_model::{Json, Object};
use tar::{Archive, EntryType};
use url::Url;

/// How long a download may take.
const WITHIN: Duration = Duration::from_secs(120);

/// So many redirects are followed.
const REDIRECTS: usize = 5;

/// An archive may become so large.
const MAX_BYTES: u64 = 100 * 1024 * 1024;

/// An archive may have so many files and folders.
const MAX_ENTRIES: usize = 20_000;

/// An archive was not had, or is none.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answered.
    #[error("cannot download the playbook repository")]
    NoAnswer(#[from] NoAnswer),
    /// The answer was something else.
    #[error("cannot download the playbook repository: `{host}` answers with status {status}")]
    Status {
        /// Who answered.
        host: String,
        /// The status.
        status: u16,
    },
    /// It was sent elsewhere, where nothing is fetched from, or for ever.
    #[error("cannot download the playbook repository: `{host}` leads nowhere")]
    Redirect {
        /// Who sent it.
        host: String,
    },
    /// It is no archive.
    #[error("cannot unpack the playbook repository: it is no archive")]
    NoArchive(#[source] io::Error),
    /// It holds what could be written anywhere.
    #[error("cannot unpack the playbook repository: `{0}` leads out of it")]
    LeadsOut(String),
    /// It holds too much.
    #[error("cannot unpack the playbook repository: it has more than {MAX_ENTRIES} files, or {} MiB", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    /// What it holds cannot be written.
    #[error("cannot keep what is in the playbook repository")]
    Keep(#[source] io::Error),
}

/// What is at an address. Headers are sent to its host only, wherever redirects lead.
pub(super) async fn download(
    http: &dyn Http,
    address: &str,
    headers: &Object,
) -> Result<Vec<u8>, Error> {
    let mut address = address.to_owned();
    let first = host(&address);
    for _ in 0..=REDIRECTS {
        let own = headers.iter().filter(|_| host(&address) == first);
        let request = Request {
            method: "GET",
            url: address.clone(),
            headers: own
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            body: Vec::new(),
            patience: WITHIN,
        };
        let answer = http.send(request).await?;
        match answer.status {
            200 => return Ok(answer.body),
            301 | 302 | 303 | 307 | 308 => {
                let next = location(&address, &answer);
                address = next.ok_or_else(|| Error::Redirect {
                    host: host(&address),
                })?;
            }
            status => {
                let host = host(&address);
                return Err(Error::Status { host, status });
            }
        }
    }
    Err(Error::Redirect {
        host: host(&address),
    })
}

/// Where an answer leads, if something may be fetched from there: never from https to http.
fn location(address: &str, answer: &Answer) -> Option<String> {
    let named = answer.headers.iter().find(|(name, _)| name == "location");
    let here = Url::parse(address).ok()?;
    let there = here.join(&named?.1).ok()?;
    let is_safe = there.scheme() == "https" || (there.scheme(), here.scheme()) == ("http", "http");
    is_safe.then(|| there.into())
}

fn host(address: &str) -> String {
    let url = Url::parse(address).ok();
    let host = url.and_then(|url| {
        let port = url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        Some(format!("{}{port}", url.host_str()?))
    });
    host.unwrap_or_default()
}

fn text(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Unpacks files and folders into `folder`. Links and the like are left out.
pub(super) fn unpack(bytes: &[u8], folder: &Path) -> Result<(), Error> {
    let is_packed = bytes.starts_with(&[0x1f, 0x8b]);
    let plain: Box<dyn Read + '_> = if is_packed {
        Box::new(GzDecoder::new(bytes))
    } else {
        Box::new(bytes)
    };
    // One byte more than allowed shows that there is more.
    let mut archive = Archive::new(plain.take(MAX_BYTES + 1));
    let mut read = 0;
    for (number, entry) in archive.entries().map_err(Error::NoArchive)?.enumerate() {
        let mut entry = entry.map_err(|error| cut(error, read))?;
        read += entry.size();
        if number >= MAX_ENTRIES || read > MAX_BYTES {
            return Err(Error::TooLarge);
        }
        let name = entry.path().map_err(Error::NoArchive)?.into_owned();
        let Some(name) = within(&name)? else { continue };
        let place = folder.join(name);
        match entry.header().entry_type() {
            EntryType::Directory => fs::create_dir_all(&place).map_err(Error::Keep)?,
            EntryType::Regular | EntryType::Continuous => {
                if let Some(parent) = place.parent() {
                    fs::create_dir_all(parent).map_err(Error::Keep)?;
                }
                let mut file = fs::File::create(&place).map_err(Error::Keep)?;
                io::copy(&mut entry, &mut file).map_err(|error| cut(error, read))?;
            }
            _ => {}
        }
    }
    if read == 0 && fs::read_dir(folder).map_err(Error::Keep)?.next().is_none() {
        return Err(Error::NoArchive(io::Error::other("it is empty")));
    }
    Ok(())
}

/// An archive that ends where no more is read is too large; another is broken.
fn cut(error: io::Error, read: u64) -> Error {
    if read >= MAX_BYTES {
        Error::TooLarge
    } else {
        Error::NoArchive(error)
    }
}

/// A name as a path below the folder; nothing for the folder itself.
fn within(name: &Path) -> Result<Option<PathBuf>, Error> {
    let mut path = PathBuf::new();
    for part in name.components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(Error::LeadsOut(name.display().to_string()));
            }
        }
    }
    Ok(Some(path).filter(|path| !path.as_os_str().is_empty()))
}

//! A copy of a store in one file, made while the store is in use; and a store made of such a copy.
//!
//! Both write a file of their own first and give it its name when it is complete and on disk.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;
use rusqlite::{Connection, ErrorCode};
use squall_model::Timestamp;

use super::file::{self, Error, Owned};

/// What has been written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// How large the file is, in bytes.
    pub bytes: u64,
    /// Where the store is now that was there before, if there was one.
    pub kept: Option<PathBuf>,
}

/// Writes everything in the store `path` to the new file `to`, as it is at one moment. A server may go on using the store;
/// what it commits meanwhile is not in the copy. Only its owner may read the file.
///
/// A file that is there already is replaced only if `replace` says so.
pub fn backup(path: &Path, to: &Path, replace: bool) -> Result<Written, Error> {
    if !replace && fs::symlink_metadata(to).is_ok() {
        return Err(Error::Exists(to.to_owned()));
    }
    let source = existing(path)?;
    let unfinished = beside(to, "-unfinished");
    let copied = copy(&source, &unfinished).map_err(|error| unsound(error, path));
    let copied = copied.and_then(|bytes| {
        name(&unfinished, to, replace)?;
        Ok(bytes)
    });
    if copied.is_err() {
        // It may not be there at all.
        drop(fs::remove_file(&unfinished));
    }
    Ok(Written {
        bytes: copied?,
        kept: None,
    })
}

/// Makes the store `path` of a copy that [`backup`] has written, after the copy has been found sound. The store that was
/// there stays beside it, under another name. Refused while somebody uses the store.
pub fn restore(from: &Path, path: &Path, now: Timestamp) -> Result<Written, Error> {
    let _owned = Owned::claim(path)?;
    let source = existing(from)?;
    check(&source, from)?;
    let unfinished = beside(path, "-unfinished");
    let bytes = copy(&source, &unfinished).map_err(|error| unsound(error, from))?;
    check(&existing(&unfinished)?, &unfinished)?;
    let kept = set_aside(path, now)?;
    fs::rename(&unfinished, path)?;
    sync_folder(path)?;
    Ok(Written { bytes, kept })
}

/// A connection to a store that must be there, and be one that this version knows.
pub(super) fn existing(path: &Path) -> Result<Connection, Error> {
    if !fs::metadata(path)?.is_file() {
        return Err(Error::Foreign(path.to_owned()));
    }
    let read = || {
        let connection = file::reader(path)?;
        let schema = file::schema(&connection, path)?;
        Ok((connection, schema))
    };
    match read().map_err(|error| unsound(error, path))? {
        (_, 0) => Err(Error::Foreign(path.to_owned())),
        (connection, _) => Ok(connection),
    }
}

/// Says of which file SQLite complains that it is malformed.
fn unsound(error: Error, path: &Path) -> Error {
    match &error {
        Error::Sqlite(cause) if cause.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
            Error::Unsound {
                path: path.to_owned(),
                fault: cause.to_string(),
            }
        }
        _ => error,
    }
}

/// Refuses a database whose pages contradict one another.
fn check(connection: &Connection, path: &Path) -> Result<(), Error> {
    let faults = faults(connection).map_err(|error| unsound(error.into(), path))?;
    match faults.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(Error::Unsound {
            path: path.to_owned(),
            fault: first.clone(),
        }),
    }
}

/// What SQLite itself finds wrong.
pub(super) fn faults(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut faults = Vec::new();
    for row in rows {
        match row {
            Ok(fault) if fault == "ok" => {}
            Ok(fault) => faults.push(fault),
            // Some damage breaks the check itself off.
            Err(error) => {
                faults.push(error.to_string());
                break;
            }
        }
    }
    Ok(faults)
}

/// Copies a store as it is at one moment to a file that nobody else may read; how many bytes that are.
fn copy(source: &Connection, to: &Path) -> Result<u64, Error> {
    let made = file::private(to)?;
    // What an earlier try has left must not be added to.
    made.set_len(0)?;
    let Some(name) = to.to_str() else {
        let wrong = "its path is no text that SQLite understands";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, wrong).into());
    };
    source.execute("VACUUM INTO ?", [name])?;
    made.sync_all()?;
    Ok(made.metadata()?.len())
}

/// Gives a complete file its name.
fn name(unfinished: &Path, to: &Path, replace: bool) -> Result<(), Error> {
    if replace {
        fs::rename(unfinished, to)?;
    } else {
        // Unlike a renaming this fails if somebody has made such a file meanwhile.
        fs::hard_link(unfinished, to).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Error::Exists(to.to_owned()),
            _ => error.into(),
        })?;
        fs::remove_file(unfinished)?;
    }
    sync_folder(to)
}

/// Gives the store another name, too, so that its own can go to the next one; its log comes along.
fn set_aside(path: &Path, now: Timestamp) -> Result<Option<PathBuf>, Error> {
    if !path.exists() {
        return Ok(None);
    }
    // What is still in the log only. A store that is too damaged for this is kept with its log.
    let busy = file::mover(path).and_then(|connection| {
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        connection.query_row(sql, [], |row| row.get::<_, bool>(0))
    });
    let is_moved = matches!(busy, Ok(false));
    let time: String = now
        .to_string()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let kept = beside(path, &format!("-before-{time}"));
    let (log, index) = (beside(path, "-wal"), beside(path, "-shm"));
    if log.exists() {
        if is_moved {
            fs::remove_file(&log)?;
        } else {
            fs::rename(&log, beside(&kept, "-wal"))?;
        }
    }
    if index.exists() {
        fs::remove_file(&index)?;
    }
    fs::hard_link(path, &kept)?;
    Ok(Some(kept))
}

/// The same name with something behind it.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Makes sure that a name survives a power cut.
fn sync_folder(path: &Path) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new("."));
    Ok(fs::File::open(folder)?.sync_all()?)
}

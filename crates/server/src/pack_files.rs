//! Files of packs, as people look at them and as actions made over REST bring them.
//!
//! Nothing outside a pack's folder is ever read, written or removed: paths are resolved first, links and all, and what is
//! then not below the folder is not there.

use std::io;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use fs_err as fs;
use fs_err::os::unix::fs::OpenOptionsExt as _;
use squall_model::action::Action;
use squall_model::pack::Pack;

use crate::handle::{Error, Result};

/// The largest file that is shown, in bytes, as in StackStorm.
pub const LARGEST: u64 = 500 * 1000;

/// How much text of one pack is shown at a time, in bytes; the rest can be had file by file.
const MOST_TEXT: usize = 20 * 1000 * 1000;

/// Files whose first bytes hold one of these are no text.
const LOOKED_AT: usize = 1024;

/// One file of a pack.
#[derive(Debug, Clone, PartialEq)]
pub struct PackFile {
    /// What is in it.
    pub content: Vec<u8>,
    /// When it was last changed, in seconds and nanoseconds since 1970.
    pub modified: (i64, i64),
}

/// A file of a pack by its path relative to the pack's folder.
///
/// # Errors
/// There is no such file in the pack, or it is too large.
pub fn read(pack: &Pack, relative: &str) -> Result<PackFile> {
    let missing = || Error::NotFound(format!("File \"{relative}\" not found"));
    let file = inside(&pack.path, relative).ok_or_else(missing)?;
    let too_large = || {
        Error::Invalid(format!(
            "File {relative} exceeds maximum allowed file size ({LARGEST} bytes)"
        ))
    };
    let read = read_bounded(&file).map_err(|_| missing())?;
    read.ok_or_else(too_large)
}

/// The text of the file that an action runs; `None` if there is none to be shown.
pub fn read_entry_point(pack: &Pack, action: &Action) -> Option<String> {
    if action.entry_point.is_empty() {
        return None;
    }
    let file = inside(&pack.path.join(ACTIONS), &action.entry_point)?;
    let read = read_bounded(&file).ok()??;
    String::from_utf8(read.content).ok()
}

/// Every text file of a pack with its path. What is large or no text is left out.
pub fn texts(pack: &Pack) -> Vec<(String, String)> {
    let mut shown = Vec::new();
    let mut room = MOST_TEXT;
    for relative in &pack.files {
        let Some(file) = inside(&pack.path, relative) else {
            continue;
        };
        let Ok(Some(read)) = read_bounded(&file) else {
            continue;
        };
        let start = read.content.get(..LOOKED_AT).unwrap_or(&read.content);
        let is_marked = |mark: &[u8]| start.windows(mark.len()).any(|bytes| bytes == mark);
        if is_marked(b"\0") || is_marked("\u{feff}".as_bytes()) || read.content.len() > room {
            continue;
        }
        if let Ok(text) = String::from_utf8(read.content) {
            room = room.saturating_sub(text.len());
            shown.push((relative.clone(), text));
        }
    }
    shown
}

/// The folder of a pack's actions.
pub(crate) const ACTIONS: &str = "actions";

/// The file that a relative path leads to, if it is a file below `folder`.
pub(crate) fn inside(folder: &Path, relative: &str) -> Option<PathBuf> {
    // What is absolute or climbs is no path within anything, even if it came back.
    plain(relative)?;
    let folder = fs::canonicalize(folder).ok()?;
    let file = fs::canonicalize(folder.join(relative)).ok()?;
    (file.starts_with(&folder) && file.is_file()).then_some(file)
}

/// A relative path that only goes down.
pub(crate) fn plain(relative: &str) -> Option<&Path> {
    let path = Path::new(relative);
    let goes_down = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    let is_plain = !relative.is_empty()
        && !relative.contains('\0')
        && path.components().all(goes_down)
        && path.file_name().is_some();
    is_plain.then_some(path)
}

/// What is in a file, unless it is too large.
fn read_bounded(file: &Path) -> io::Result<Option<PackFile>> {
    let opened = fs::File::open(file)?;
    let known = opened.metadata()?;
    if known.len() > LARGEST {
        return Ok(None);
    }
    let mut content = Vec::new();
    opened.take(LARGEST + 1).read_to_end(&mut content)?;
    let is_within = u64::try_from(content.len()).is_ok_and(|length| length <= LARGEST);
    Ok(is_within.then_some(PackFile {
        content,
        modified: (known.mtime(), known.mtime_nsec()),
    }))
}

/// Writes a file below `folder`, which is there; folders between are made. The file is there whole or not at all.
pub(crate) fn write(folder: &Path, relative: &str, content: &[u8]) -> io::Result<PathBuf> {
    write_for(folder, relative, content, 0o664)
}

/// The same for a file that may hold secrets: nobody else may read it.
pub(crate) fn write_private(folder: &Path, relative: &str, content: &[u8]) -> io::Result<PathBuf> {
    write_for(folder, relative, content, 0o600)
}

fn write_for(folder: &Path, relative: &str, content: &[u8], mode: u32) -> io::Result<PathBuf> {
    let outside = || {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path leads out of its folder",
        )
    };
    let relative = plain(relative).ok_or_else(outside)?;
    let folder = fs::canonicalize(folder)?;
    let file = folder.join(relative);
    let parent = file.parent().ok_or_else(outside)?;
    // Before anything is made: a link on the way must not have folders made elsewhere.
    let known = parent.ancestors().find(|known| known.exists());
    let is_below =
        |known: &Path| fs::canonicalize(known).is_ok_and(|real| real.starts_with(&folder));
    if !known.is_some_and(is_below) || file.is_symlink() {
        return Err(outside());
    }
    fs::create_dir_all(parent)?;
    let mut aside = file.clone().into_os_string();
    aside.push(format!(".{}.writing", std::process::id()));
    let aside = PathBuf::from(aside);
    let written = create(&aside, mode)
        .and_then(|mut new| new.write_all(content))
        .and_then(|()| fs::rename(&aside, &file));
    if written.is_err() {
        drop(fs::remove_file(&aside));
    }
    written.map(|()| file)
}

/// A new file, and only a new one.
fn create(file: &Path, mode: u32) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    options.mode(mode).open(file)
}

#[cfg(test)]
mod tests;

//! What the system tells of changes in folders: Linux' inotify.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tracing::warn;

/// What is asked to be told of.
const CHANGES: WatchFlags = WatchFlags::CLOSE_WRITE
    .union(WatchFlags::CREATE)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::ONLYDIR);

/// Of more folders than these only the first are watched: memory of the system is spent on each.
const MOST_FOLDERS: usize = 20_000;

/// What to watch, by real folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// Folders in which anything counts that packs are read for.
    pub(super) any: BTreeSet<PathBuf>,
    /// Folders in which only entries of these names count.
    pub(super) named: BTreeMap<PathBuf, BTreeSet<OsString>>,
}

/// Tells when something has happened in one of the places.
pub(super) struct Hints {
    queue: AsyncFd<OwnedFd>,
    folders: HashMap<i32, PathBuf>,
    watched: HashMap<PathBuf, i32>,
    places: Places,
    has_warned: bool,
}

impl Hints {
    /// Watches nothing yet.
    pub(super) fn open() -> io::Result<Self> {
        let queue = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        #[expect(
            deprecated,
            reason = "its successor is unsafe, for descriptors that may be closed under it; this one is ours alone"
        )]
        let queue = AsyncFd::with_interest(queue, Interest::READABLE)?;
        Ok(Self {
            queue,
            folders: HashMap::new(),
            watched: HashMap::new(),
            places: Places::default(),
            has_warned: false,
        })
    }

    /// Watches these places and no others; true if some of them were not watched before.
    pub(super) fn watch(&mut self, places: &Places) -> bool {
        let wanted: BTreeSet<&PathBuf> = places.any.iter().chain(places.named.keys()).collect();
        let unwanted: Vec<PathBuf> = self
            .watched
            .keys()
            .filter(|folder| !wanted.contains(folder))
            .cloned()
            .collect();
        for folder in unwanted {
            self.forget(&folder);
        }
        let mut is_new = false;
        for folder in wanted {
            if !self.watched.contains_key(folder) && self.watched.len() < MOST_FOLDERS {
                is_new |= self.add(folder);
            }
        }
        is_new |= places.named.iter().any(|(folder, names)| {
            let known = self.places.named.get(folder);
            names
                .iter()
                .any(|name| !known.is_some_and(|known| known.contains(name)))
        });
        self.places = Places {
            any: places.any.clone(),
            named: places.named.clone(),
        };
        is_new
    }

    /// Returns when something has happened. May be dropped at any time.
    pub(super) async fn next(&mut self) {
        loop {
            let Ok(mut ready) = self.queue.readable().await else {
                // The queue is broken: from now on only looking helps.
                return std::future::pending().await;
            };
            ready.clear_ready();
            drop(ready);
            if self.drain() {
                return;
            }
        }
    }

    fn add(&mut self, folder: &Path) -> bool {
        match inotify::add_watch(self.queue.get_ref(), folder, CHANGES) {
            Ok(number) => {
                self.folders.insert(number, folder.to_owned());
                self.watched.insert(folder.to_owned(), number);
                true
            }
            Err(Errno::NOSPC) if !self.has_warned => {
                self.has_warned = true;
                warn!(
                    folder = %folder.display(),
                    "the system lets nobody watch more folders (fs.inotify.max_user_watches): changes in the others are noticed later"
                );
                false
            }
            // What cannot be watched is looked at.
            Err(_) => false,
        }
    }

    fn forget(&mut self, folder: &Path) {
        if let Some(number) = self.watched.remove(folder) {
            self.folders.remove(&number);
            let _gone_already = inotify::remove_watch(self.queue.get_ref(), number);
        }
    }

    /// Takes everything that is in the queue; true if something of it counts.
    fn drain(&mut self) -> bool {
        let mut buffer = [MaybeUninit::uninit(); 8192];
        let mut happened = Vec::new();
        let mut reader = Reader::new(self.queue.get_ref(), &mut buffer);
        while let Ok(event) = reader.next() {
            let name = event
                .file_name()
                .map(|name| OsStr::from_bytes(name.to_bytes()));
            happened.push((event.wd(), event.events(), name.map(OsStr::to_owned)));
        }
        let mut counts = false;
        for (number, flags, name) in happened {
            counts |= self.counts(number, flags, name.as_deref());
        }
        counts
    }

    fn counts(&mut self, number: i32, flags: ReadFlags, name: Option<&OsStr>) -> bool {
        if flags.contains(ReadFlags::QUEUE_OVERFLOW) {
            return true;
        }
        let Some(folder) = self.folders.get(&number).cloned() else {
            return false;
        };
        let Some(name) = name else {
            // The folder itself: it is gone, or somewhere else.
            let is_over = ReadFlags::IGNORED | ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF;
            if flags.intersects(is_over) {
                self.forget(&folder);
            }
            return true;
        };
        let is_named = |names: &BTreeSet<OsString>| names.contains(name);
        self.places.named.get(&folder).is_some_and(is_named)
            || self.places.any.contains(&folder) && squall_pack::is_looked_at(name)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fs_err as fs;

    use super::*;

    /// Whether a hint comes at all: a little later than at once, since nothing else tells that none will come.
    async fn is_told(hints: &mut Hints) -> bool {
        tokio::time::timeout(Duration::from_millis(200), hints.next())
            .await
            .is_ok()
    }

    #[tokio::test]
    async fn only_what_counts_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let place = fs::canonicalize(folder.path()).unwrap();
        let inner = place.join("inner");
        fs::create_dir(&inner).unwrap();
        let mut hints = Hints::open().unwrap();
        let places = Places {
            any: BTreeSet::from([inner.clone()]),
            named: BTreeMap::from([(place.clone(), BTreeSet::from(["link".into()]))]),
        };
        assert!(hints.watch(&places));
        assert!(!hints.watch(&places));
        fs::write(place.join("other"), "").unwrap();
        fs::write(inner.join(".hidden"), "").unwrap();
        fs::create_dir(inner.join("__pycache__")).unwrap();
        assert!(!is_told(&mut hints).await);
        fs::write(inner.join("a.yaml"), "").unwrap();
        assert!(is_told(&mut hints).await);
        std::os::unix::fs::symlink("inner", place.join("link")).unwrap();
        assert!(is_told(&mut hints).await);
        fs::remove_dir_all(&inner).unwrap();
        assert!(is_told(&mut hints).await);
        fs::create_dir(&inner).unwrap();
        assert!(hints.watch(&places), "a folder made anew is watched anew");
    }
}

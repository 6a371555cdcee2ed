//! Moving what is committed from the write-ahead log into the database, without holding up commits.
//!
//! SQLite by itself does this within a commit, every thousand pages. Here a thread of its own moves most of it while the
//! writer goes on; when the log has grown long, the writer moves what little came since, and the log starts anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU8, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use rusqlite::hooks::Wal;

/// Pages in the log between two runs of the thread: 4 MB.
const EVERY: i32 = 1_000;

/// Pages in the log from which on it is to start anew: 16 MB.
const LONG: i32 = 4_000;

const MOVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// What the thread is about.
const IDLE: u8 = 0;
const MOVING: u8 = 1;
/// It has just moved what was in the log when it was woken.
const MOVED: u8 = 2;

/// The thread, and what the writer knows of it.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// Pages in the log after the last commit.
    pages: Arc<AtomicI32>,
    /// Pages that were in the log when the thread was last woken.
    seen: i32,
    state: Arc<AtomicU8>,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Watches the log of `writer`; `mover` is the thread's own connection.
    pub(super) fn start(writer: &mut Connection, mover: Connection) -> Result<Self, super::Error> {
        let pages = Arc::new(AtomicI32::new(0));
        let after_commit = Arc::clone(&pages);
        // This also switches SQLite's own way off.
        writer.wal_hook(Some(move |_: &mut Wal, pages| {
            after_commit.store(pages, Ordering::Relaxed);
            Ok(())
        }))?;
        let state = Arc::new(AtomicU8::new(IDLE));
        let told = Arc::clone(&state);
        let (wake, woken) = mpsc::sync_channel(1);
        let builder = thread::Builder::new().name("store-move".to_owned());
        Ok(Self {
            pages,
            seen: 0,
            state,
            wake: Some(wake),
            thread: Some(builder.spawn(move || work(&mover, &woken, &told))?),
        })
    }

    /// To be called after each commit.
    pub(super) fn committed(&mut self, writer: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.seen {
            // The log has started anew.
            self.seen = 0;
        }
        match self.state.load(Ordering::Acquire) {
            MOVED if pages >= LONG => {
                self.state.store(IDLE, Ordering::Release);
                move_pages(writer);
                self.seen = pages;
            }
            IDLE | MOVED if pages - self.seen >= EVERY => {
                self.state.store(MOVING, Ordering::Release);
                self.seen = pages;
                if let Some(wake) = &self.wake {
                    // There is room for one, and none is under way.
                    wake.try_send(()).unwrap_or_default();
                }
            }
            _ => {}
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so already.
            drop(thread.join());
        }
    }
}

fn work(mover: &Connection, woken: &Receiver<()>, state: &AtomicU8) {
    while woken.recv().is_ok() {
        move_pages(mover);
        state.store(MOVED, Ordering::Release);
    }
}

/// A failure loses nothing: everything stays in the log, and is tried again.
fn move_pages(connection: &Connection) {
    let moved = connection.query_row(MOVE, [], |_| Ok(()));
    if let Err(error) = moved {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "cannot move commits from the log into the store");
    }
}

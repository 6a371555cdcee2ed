//! The one stream of what changes: REST, SSE and the CLI are readers of it.

use std::sync::Arc;

use squall_model::execution::Execution;
use squall_model::record::OutputChunk;
use squall_model::{Json, Object};
use tokio::sync::broadcast;

/// Something that has been recorded, or announced. Readers that fall behind are told how much they missed and read the store.
#[derive(Debug, Clone)]
pub enum Change {
    /// An execution was made.
    Created(Arc<Execution>),
    /// An execution came to another status.
    Updated(Arc<Execution>),
    /// An action printed something.
    Output(Arc<OutputChunk>),
    /// An action has something to say to those who listen now.
    Announced(Arc<Announcement>),
}

/// What an action announces.
#[derive(Debug)]
pub struct Announcement {
    /// By which listeners choose.
    pub route: String,
    /// The message, secrets masked.
    pub payload: Object,
    /// The trace of the execution that says it, or null.
    pub trace: Json,
}

/// How many changes a slow reader may be behind.
const BEHIND: usize = 4096;

/// Tells readers what changed.
#[derive(Debug)]
pub struct Changes(broadcast::Sender<Change>);

impl Changes {
    /// A stream without readers.
    pub fn new() -> Self {
        Self(broadcast::channel(BEHIND).0)
    }

    /// Reads from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.0.subscribe()
    }

    /// Tells everybody who listens; makes the change only if somebody does.
    pub fn tell(&self, change: impl FnOnce() -> Change) {
        if self.0.receiver_count() > 0 {
            // Nobody listening any more is no failure: the change is recorded.
            drop(self.0.send(change()));
        }
    }
}

impl Default for Changes {
    fn default() -> Self {
        Self::new()
    }
}

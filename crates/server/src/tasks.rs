//! Every task of the server has a name and ends with it.
//!
//! `tokio::spawn` is banned elsewhere: a task that nobody counts is a task that nobody stops.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, info_span};

/// Starts tasks, and waits for them at the end.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stopping: CancellationToken,
}

impl Tasks {
    /// Starts a task. It is expected to end soon after [`Tasks::stopping`] fires.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let task = task.instrument(info_span!("task", name));
        #[expect(
            clippy::disallowed_methods,
            reason = "the tracker is what makes this task counted"
        )]
        let running = tokio::spawn(self.tracker.track_future(task));
        drop(running);
    }

    /// Fires when the server stops.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Asks every task to stop and waits for them, at most `within`. True if all have ended.
    pub async fn stop(&self, within: Duration) -> bool {
        self.stopping.cancel();
        self.tracker.close();
        tokio::time::timeout(within, self.tracker.wait())
            .await
            .is_ok()
    }
}

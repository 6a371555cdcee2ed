//! Every task of the server has a name and ends with it.
//!
//! `tokio::spawn` is banned elsewhere: a task that nobody counts is a task that nobody stops.

use std::future::Future;
use std::time::Duration;

use squall_model::Json;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, info_span};

/// Work on more bytes than this takes longer than the other tasks of a thread should wait.
const LONG: u64 = 256 * 1024;

/// Does work that takes its time with so many bytes, without holding up the tasks that share the thread.
pub fn aside<T>(bytes: u64, work: impl FnOnce() -> T) -> T {
    let has_other_threads = Handle::try_current()
        .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
    if bytes > LONG && has_other_threads {
        tokio::task::block_in_place(work)
    } else {
        work()
    }
}

/// About how many bytes a value has as text. What is long is not counted to its end.
pub(crate) fn about_bytes(value: &Json) -> u64 {
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let (mut bytes, mut open) = (0_u64, vec![value]);
    while let Some(value) = open.pop().filter(|_| bytes <= LONG) {
        bytes = bytes.saturating_add(match value {
            Json::Null | Json::Bool(_) | Json::Number(_) => 4,
            Json::String(text) => count(text.len()),
            Json::Array(items) => count(items.len()),
            Json::Object(members) => count(members.len()).saturating_mul(4),
        });
        // The members of what is long by their number alone need not be looked at.
        match value {
            Json::Array(items) if bytes <= LONG => open.extend(items),
            Json::Object(members) if bytes <= LONG => open.extend(members.values()),
            _ => {}
        }
    }
    bytes
}

/// Starts tasks, and waits for them at the end: first for those that work, then for those that serve. Whoever asks how it
/// goes, and the actions that use the API, are answered until the last of the work is recorded.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    work: TaskTracker,
    service: TaskTracker,
    stopping: CancellationToken,
    closing: CancellationToken,
}

impl Tasks {
    /// Starts a task that works. It is expected to come to a recorded point and end soon after [`Tasks::stopping`] fires.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        drop(begin(&self.work, name, task));
    }

    /// [`Tasks::spawn`], for who wants to know when it has ended.
    pub fn spawn_joined(
        &self,
        name: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> JoinHandle<()> {
        begin(&self.work, name, task)
    }

    /// Starts a task that serves others. It is expected to end soon after [`Tasks::closing`] fires.
    pub fn serve(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        drop(begin(&self.service, name, task));
    }

    /// Fires when the server begins to stop: no new work from here on.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Fires when all work has ended.
    pub fn closing(&self) -> &CancellationToken {
        &self.closing
    }

    /// Asks what works to stop and waits for it, at most `within`. True if all has ended.
    pub async fn stop(&self, within: Duration) -> bool {
        self.stopping.cancel();
        has_ended(&self.work, within).await
    }

    /// Asks what serves to end and waits for it, at most `within`. True if all has ended.
    pub async fn close(&self, within: Duration) -> bool {
        self.closing.cancel();
        has_ended(&self.service, within).await
    }
}

fn begin(
    tracker: &TaskTracker,
    name: &'static str,
    task: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    let task = task.instrument(info_span!("task", task = name));
    #[expect(
        clippy::disallowed_methods,
        reason = "the tracker is what makes this task counted"
    )]
    let running = tokio::spawn(tracker.track_future(task));
    running
}

async fn has_ended(tracker: &TaskTracker, within: Duration) -> bool {
    tracker.close();
    tokio::time::timeout(within, tracker.wait()).await.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_long_is_known_to_be() {
        let check = |value: Json, is_long| assert_eq!(about_bytes(&value) > LONG, is_long);
        check(json!({"stdout": "a line", "failed": false}), false);
        check(json!({"stdout": "x".repeat(300_000)}), true);
        check(json!({"result": vec![json!([1, "two"]); 50_000]}), true);
        check(json!(vec![0; 300_000]), true);
    }
}

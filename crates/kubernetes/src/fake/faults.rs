//! What goes wrong on demand: answers that refuse, watches that break, a server that stalls or restarts.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;
use tokio::sync::watch;

use super::answers::Refusal;

/// What everybody who serves a request keeps an eye on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Signals {
    /// How many stalls are not over.
    pub(super) stalls: u32,
    /// Whether connections are refused.
    pub(super) is_down: bool,
    /// How often all connections were closed.
    pub(super) closed: u64,
    /// How often all watches were broken off.
    pub(super) broken: u64,
    /// How often all watches were ended in good order.
    pub(super) ended: u64,
    /// How often all watches were told where they are.
    pub(super) bookmarks: u64,
}

/// Faults that are to happen.
#[derive(Debug, Default)]
pub(super) struct Faults {
    signals: watch::Sender<Signals>,
    refusals: Mutex<VecDeque<Planned>>,
}

/// An answer that is given instead of the real one.
#[derive(Debug)]
struct Planned {
    within: String,
    refusal: Refusal,
}

impl Faults {
    /// To look at the signals, and to be told when they change.
    pub(super) fn signals(&self) -> watch::Receiver<Signals> {
        self.signals.subscribe()
    }

    /// Changes the signals.
    pub(super) fn signal(&self, change: impl FnOnce(&mut Signals)) {
        self.signals.send_modify(change);
    }

    /// The next requests whose path contains `within` are refused.
    pub(super) fn plan(&self, within: &str, times: usize, refusal: &Refusal) {
        let planned = (0..times).map(|_| Planned {
            within: within.to_owned(),
            refusal: refusal.clone(),
        });
        self.refusals().extend(planned);
    }

    /// The refusal that is planned for a request to this path.
    pub(super) fn planned(&self, path: &str) -> Option<Refusal> {
        let mut refusals = self.refusals();
        let mut all = refusals.iter();
        let at = all.position(|planned| path.contains(&planned.within))?;
        Some(refusals.remove(at)?.refusal)
    }

    fn refusals(&self) -> MutexGuard<'_, VecDeque<Planned>> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a server says that refuses with this status.
pub(super) fn refusal(status: u16, retry_after: Option<u64>) -> Refusal {
    let (reason, message) = match status {
        401 => ("Unauthorized", "Unauthorized"),
        403 => (
            "Forbidden",
            "forbidden: the fake cluster was told to refuse",
        ),
        404 => (
            "NotFound",
            "the server could not find the requested resource",
        ),
        409 => ("Conflict", "the fake cluster was told to refuse"),
        410 => ("Expired", "too old resource version"),
        429 => (
            "TooManyRequests",
            "Too many requests, please try again later.",
        ),
        500 => (
            "InternalError",
            "Internal error occurred: the fake cluster was told to fail",
        ),
        503 => ("ServiceUnavailable", "apiserver is shutting down"),
        504 => (
            "Timeout",
            "Timeout: request did not complete within the allotted timeout",
        ),
        _ => ("Unknown", "the fake cluster was told to refuse"),
    };
    let refusal = Refusal::new(status, reason, message);
    match retry_after {
        Some(seconds) => refusal.with_details(json!({"retryAfterSeconds": seconds})),
        None => refusal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_come_in_order_to_those_they_are_meant_for() {
        let faults = Faults::default();
        faults.plan("/pods", 2, &refusal(429, Some(1)));
        faults.plan("", 1, &refusal(500, None));
        let status = |path: &str| faults.planned(path).map(|refusal| refusal.code);
        assert_eq!(status("/api/v1/pods"), Some(429));
        assert_eq!(status("/api/v1/nodes"), Some(500));
        assert_eq!(status("/api/v1/nodes"), None);
        assert_eq!(status("/api/v1/pods/x"), Some(429));
        assert_eq!(status("/api/v1/pods/x"), None);
    }
}

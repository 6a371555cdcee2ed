//! The attempts this node has under way, so that a cancel finds its process.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use squall_model::Id;
use tokio_util::sync::CancellationToken;

/// What this node is carrying out.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    running: Mutex<HashMap<Id, CancellationToken>>,
    killed: AtomicBool,
}

impl Attempts {
    /// Registers an attempt before its start is recorded, so that no cancel can slip in between.
    pub(crate) fn begin(&self, execution: Id) -> CancellationToken {
        let token = CancellationToken::new();
        self.with(|all| all.insert(execution, token.clone()));
        token
    }

    /// The attempt has ended, or never came to be.
    pub(crate) fn end(&self, execution: Id) {
        self.with(|all| all.remove(&execution));
    }

    /// Kills what the attempt started, if it is ours.
    pub(crate) fn stop(&self, execution: Id) {
        self.with(|all| all.get(&execution).cloned())
            .inspect(CancellationToken::cancel);
    }

    /// Kills everything: the server stops, and some did not end in time.
    pub(crate) fn kill_all(&self) {
        self.killed.store(true, Ordering::Release);
        self.with(|all| all.values().for_each(CancellationToken::cancel));
    }

    /// Whether it was the server that killed them, and nobody else.
    pub(crate) fn are_killed(&self) -> bool {
        self.killed.load(Ordering::Acquire)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.with(|all| all.len())
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<Id, CancellationToken>) -> T) -> T {
        // Nothing in here can panic half-way, so a poisoned map is still a whole one.
        act(&mut self
            .running
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

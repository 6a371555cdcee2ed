//! What all requests share.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Request;
use super::Settings;
use super::exec::Commands;
use super::faults::Faults;
use super::logs::Logs;
use super::objects::Occasion;
use super::storage::Storage;

/// How many requests are remembered.
const REMEMBERED: usize = 100_000;

/// The server, apart from its connections.
pub(super) struct State {
    /// How it was started.
    pub(super) settings: Settings,
    /// What is to go wrong.
    pub(super) faults: Faults,
    /// What containers have printed.
    pub(super) logs: Logs,
    /// Who carries out commands in containers.
    pub(super) commands: Commands,
    storage: Mutex<Storage>,
    requests: Mutex<VecDeque<Request>>,
}

impl State {
    /// A server without objects.
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            storage: Mutex::new(Storage::new(settings.kept_changes)),
            faults: Faults::default(),
            requests: Mutex::default(),
            logs: Logs::default(),
            commands: Commands::default(),
            settings,
        }
    }

    /// The objects, for as long as the guard lives.
    pub(super) fn storage(&self) -> MutexGuard<'_, Storage> {
        self.storage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now, to the second, as objects write it.
    pub(super) fn now(&self) -> String {
        let now = (self.settings.clock)();
        now.calendar().format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// A write that happens now.
    pub(super) fn occasion(&self, dry_run: bool) -> Occasion {
        Occasion {
            now: self.now(),
            dry_run,
            gives_times: true,
        }
    }

    /// Remembers a request.
    pub(super) fn remember(&self, request: Request) {
        let mut requests = self.requests();
        if requests.len() == REMEMBERED {
            requests.pop_front();
        }
        requests.push_back(request);
    }

    /// The requests so far.
    pub(super) fn requests(&self) -> MutexGuard<'_, VecDeque<Request>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! What an action prints, on its way to the store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use squall_model::Id;
use squall_model::execution::Execution;
use squall_model::record::{Batch, OutputChunk, OutputKind, Record};
use squall_runners::{Later, Output};
use tracing::error;

use crate::changes::Change;
use crate::clock;
use crate::handle::Handle;

/// How much may wait in memory before the action has to wait for the store.
const WAITING_BYTES: usize = 256 * 1024;

/// An attempt does not print more pieces than this.
const NUMBERS_OF_AN_ATTEMPT: u64 = 1 << 32;

/// Collects what one attempt prints; writes it out from time to time and, what is left, with the outcome.
pub(crate) struct Recorder {
    handle: Handle,
    execution: Id,
    printed: Mutex<Printed>,
}

#[derive(Default)]
struct Printed {
    waiting: Vec<OutputChunk>,
    waiting_bytes: usize,
    sequence: u64,
    accepted_bytes: u64,
    /// Whether the recorded output says already that something is missing.
    is_cut: bool,
}

impl Recorder {
    /// For the attempt under way.
    pub(crate) fn new(handle: Handle, execution: &Execution) -> Self {
        let attempt = execution
            .attempt
            .as_ref()
            .map_or(1, |attempt| attempt.epoch);
        Self {
            handle,
            execution: execution.id,
            printed: Mutex::new(Printed {
                // What an earlier attempt printed is recorded under numbers of its own.
                sequence: u64::from(attempt.saturating_sub(1))
                    .saturating_mul(NUMBERS_OF_AN_ATTEMPT),
                ..Printed::default()
            }),
        }
    }

    /// Takes what has not been written yet.
    pub(crate) fn take(&self) -> Vec<OutputChunk> {
        let mut printed = self.printed();
        printed.waiting_bytes = 0;
        std::mem::take(&mut printed.waiting)
    }

    /// Writes what is waiting and tells readers.
    pub(crate) async fn write_out(&self) {
        let chunks = self.take();
        if chunks.is_empty() {
            return;
        }
        let records = chunks.iter().cloned().map(Record::Output).collect();
        if let Err(error) = self.handle.0.store.commit(Batch { records }).await {
            // The action goes on; its outcome will meet the same store and is tried until it is recorded.
            error!(execution = %self.execution, error = &error as &dyn std::error::Error, "cannot record output");
            return;
        }
        for chunk in chunks {
            self.handle
                .0
                .changes
                .tell(|| Change::Output(Arc::new(chunk)));
        }
    }

    /// Accepts a piece, or what is left of the limit. True if the action has to wait for the store.
    fn accept(&self, kind: OutputKind, mut data: String) -> bool {
        let mut printed = self.printed();
        let left = self
            .handle
            .0
            .settings
            .output_limit
            .saturating_sub(printed.accepted_bytes);
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        if data.len() > left {
            let kept = data.floor_char_boundary(left);
            self.handle
                .0
                .metrics
                .output_dropped
                .add(u64::try_from(data.len().saturating_sub(kept)).unwrap_or(0));
            data.truncate(kept);
            if !printed.is_cut {
                printed.is_cut = true;
                data.push_str("\n[cut here: what follows is not recorded]\n");
            }
        }
        if data.is_empty() {
            return false;
        }
        printed.sequence = printed.sequence.saturating_add(1);
        printed.accepted_bytes = printed
            .accepted_bytes
            .saturating_add(u64::try_from(data.len()).unwrap_or(0));
        printed.waiting_bytes = printed.waiting_bytes.saturating_add(data.len());
        let chunk = OutputChunk {
            execution: self.execution,
            sequence: printed.sequence,
            kind,
            at: clock::now(),
            data,
        };
        printed.waiting.push(chunk);
        printed.waiting_bytes >= WAITING_BYTES
    }

    fn printed(&self) -> MutexGuard<'_, Printed> {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Output for Recorder {
    fn write(&self, kind: OutputKind, data: String) -> Later<'_, ()> {
        Box::pin(async move {
            if self.accept(kind, data) {
                self.write_out().await;
            }
        })
    }
}

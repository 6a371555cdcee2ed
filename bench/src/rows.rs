//! What is measured.

mod acknowledged;
mod decision;
mod finished;
mod flat;
mod long_result;
mod memory;
mod playbooks;
mod pods;
mod rules;
mod start;
mod stored;
mod sustained;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::failure::Result;
use crate::figure::Figure;
use crate::server::Program;

/// One thing to measure, by the name it is asked for.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) measure: fn(&Bench) -> Result<Vec<Figure>>,
}

/// Every row there is, in the order of the table.
pub(crate) static ALL: &[Row] = &[
    acknowledged::ROW,
    finished::NOOP,
    finished::SHELL,
    finished::PYTHON,
    sustained::ROW,
    decision::ROW,
    playbooks::ROW,
    pods::ROW,
    rules::ROW,
    memory::ROW,
    start::ROW,
    stored::ROW,
    long_result::ROW,
    flat::ROW,
];

/// What rows are measured with.
pub(crate) struct Bench {
    pub(crate) program: Program,
    pub(crate) scale: Scale,
    pub(crate) runtime: Runtime,
}

/// How much is measured.
#[derive(Debug, Clone)]
pub(crate) struct Scale {
    /// How often each row is measured; the spread is over these.
    pub(crate) runs: usize,
    /// How long a run under load lasts.
    pub(crate) load_for: Duration,
    /// How many events a run sends one at a time.
    pub(crate) samples: usize,
    /// How many events a run sends that must all end as executions.
    pub(crate) events: u64,
    /// How many updates of pods are made in a run.
    pub(crate) updates: usize,
    /// How many pods are watched to see what they cost.
    pub(crate) watched: usize,
    /// How many rules listen.
    pub(crate) rules: [usize; 3],
    /// How long a run decides in a loop.
    pub(crate) decide_for: Duration,
    /// How long a server is left alone before its memory counts as idle.
    pub(crate) settle: Duration,
    /// How many executions are stored when their first page is read.
    pub(crate) stored: u64,
    /// How long a long result is, in megabytes.
    pub(crate) long_result: u64,
    /// How long the same load goes on to see whether memory grows.
    pub(crate) flat_for: Duration,
    /// How many events are sent in each second of it.
    pub(crate) flat_events: u64,
}

impl Scale {
    /// Enough to tell.
    pub(crate) fn full() -> Self {
        Self {
            runs: 5,
            load_for: Duration::from_secs(4),
            samples: 300,
            events: 20_000,
            updates: 20_000,
            watched: 10_000,
            rules: [1, 1_000, 10_000],
            decide_for: Duration::from_millis(400),
            settle: Duration::from_secs(3),
            stored: 1_000_000,
            long_result: 20,
            flat_events: 500,
            flat_for: Duration::from_secs(180),
        }
    }

    /// Enough to see that everything works; its figures mean nothing.
    pub(crate) fn smoke() -> Self {
        Self {
            runs: 2,
            load_for: Duration::from_millis(200),
            samples: 5,
            events: 200,
            updates: 200,
            watched: 100,
            rules: [1, 10, 100],
            decide_for: Duration::from_millis(5),
            settle: Duration::from_millis(100),
            stored: 300,
            long_result: 2,
            flat_events: 20,
            flat_for: Duration::from_secs(2),
        }
    }
}

/// The playbooks of the rows about clusters, and the repository with their Python action.
pub(crate) fn own_playbooks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("playbooks")
}

/// The pack that the webhooks and rules of most rows come from.
pub(crate) fn own_pack() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/bench")
}

//! Why a row has no figure.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a row has no figure. Nothing is made up in its place.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The server did not come up.
    #[error("`{program}` did not get ready; its log ends with:\n{log}", program = program.display())]
    NotReady { program: PathBuf, log: String },
    /// A program, file or connection cannot be used.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The server did not answer in time.
    #[error("{awaited} did not come within {within:?}")]
    Late {
        awaited: &'static str,
        within: Duration,
    },
    /// The server answered something else than it should.
    #[error("{asked} was answered with {status}: {body}")]
    Answer {
        asked: String,
        status: u16,
        body: String,
    },
    /// What came over the wire cannot be read.
    #[error("cannot read {0}")]
    Unreadable(&'static str),
    /// What should have succeeded did not.
    #[error("an execution ended as {status}: {result}")]
    Ended { status: String, result: String },
    /// Something acknowledged was not done, or was done twice.
    #[error("{counted}: {found} where {expected} were sent")]
    Lost {
        counted: &'static str,
        expected: u64,
        found: u64,
    },
    /// A rule of ours is not one.
    #[error("cannot make the rules to measure")]
    Rules(#[source] serde_json::Error),
    /// A playbook of ours is not one.
    #[error("cannot make the playbooks to measure: {0} problems")]
    Playbooks(usize),
    /// The fake cluster does not do as it is told.
    #[error("the fake cluster: {0}")]
    Fake(String),
    /// The rules said something else than they should.
    #[error("{found} rules match an event that {expected} should match")]
    Matched { expected: usize, found: usize },
    /// Nothing was measured.
    #[error("no run gave a figure")]
    NoRuns,
}

/// What measuring gives.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

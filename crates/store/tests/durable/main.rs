//! What the embedded store keeps when its process is killed, and what it tells the operating system.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows functions marked as tests, not their helpers"
)]

mod crash;
mod opening;
mod parts;
#[path = "../../examples/committer/story.rs"]
mod story;
mod system_calls;

use std::path::PathBuf;
use std::sync::Arc;

use squall_model::Timestamp;
use squall_store::sqlite::Clock;

/// A clock that stands still.
fn clock() -> Clock {
    Arc::new(|| Timestamp::from_micros(0))
}

/// The example `committer`, which is built with the tests.
fn committer() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let committer = profile.join("examples/committer");
    assert!(
        committer.exists(),
        "{} is missing: run all tests of this crate, or `cargo build --examples`",
        committer.display()
    );
    committer
}

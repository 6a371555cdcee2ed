//! Waiting for what must come to pass, and failing with the last thing seen when it does not.

use std::thread;
use std::time::{Duration, Instant};

/// How long stories wait for anything. Long, because only a failure ever waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks again and again until there is an answer; `Err` tells what was seen instead.
pub(crate) fn until<T>(what: &str, look: impl FnMut() -> Result<T, String>) -> T {
    until_within(PATIENCE, what, look)
}

/// [`until`] with a patience of its own.
pub(crate) fn until_within<T>(
    patience: Duration,
    what: &str,
    mut look: impl FnMut() -> Result<T, String>,
) -> T {
    #[expect(clippy::disallowed_methods, reason = "stories run in real time")]
    let now = Instant::now;
    let begun = now();
    loop {
        let seen = match look() {
            Ok(found) => return found,
            Err(seen) => seen,
        };
        assert!(
            now().duration_since(begun) < patience,
            "waited {patience:?} for {what}; last seen: {seen}"
        );
        thread::sleep(PAUSE);
    }
}

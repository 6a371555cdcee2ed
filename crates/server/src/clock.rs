//! The one place that reads the wall clock and the dice.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use squall_model::Timestamp;
use squall_model::id::Ids;

/// Now, in UTC, to the microsecond.
pub fn now() -> Timestamp {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everybody else is given"
    )]
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Gives every decision its own seed: random at start, counting from there.
#[derive(Debug)]
pub struct Seeds(AtomicU64);

impl Seeds {
    /// Seeds that no other process uses.
    pub fn random() -> Result<Self, getrandom::Error> {
        Ok(Self(AtomicU64::new(getrandom::u64()?)))
    }

    /// Ids for whatever is made now.
    pub fn ids(&self, now: Timestamp) -> Ids {
        // An odd step far from SplitMix64's own keeps the sequences of two seeds apart.
        Ids::new(
            now,
            self.0.fetch_add(0xD1B5_4A32_D192_ED03, Ordering::Relaxed),
        )
    }
}

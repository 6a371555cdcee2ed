//! The clock on the wall, which records are written by, and the processor's.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use squall_model::Timestamp;

/// The moment, as the server would record it.
#[expect(
    clippy::disallowed_methods,
    reason = "what the server recorded is held against when we sent it, so both need the clock on the wall"
)]
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let micros = since.map_or(0, |since| since.as_micros());
    Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

/// Processor time that this process has used, without the servers it has started. Whatever else the machine does hardly
/// shows in it.
pub(crate) fn own_cpu() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(used).unwrap_or_default()
}

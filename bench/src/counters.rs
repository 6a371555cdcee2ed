//! What the server has counted, as its `/metrics` say: the cheapest way to see how far it has come.

use std::time::Duration;

use tokio::time::Instant;

use crate::connection::Connection;
use crate::failure::{Failure, Result};

/// How often the counters are looked at while something is awaited.
const EVERY: Duration = Duration::from_millis(20);

/// Events made durable.
pub(crate) const ACCEPTED: &str = "squall_events_accepted_total";

/// Events that the rules have been asked about.
pub(crate) const DECIDED: &str = "squall_events_decided_total";

/// Executions that came to a good end.
pub(crate) const SUCCEEDED: &str = "squall_executions_ended_total{status=\"succeeded\"}";

/// The counter of this name, labels included.
pub(crate) async fn read(connection: &mut Connection, name: &str) -> Result<u64> {
    let (_, text) = connection.get_text("/metrics").await?;
    find(&text, name).ok_or(Failure::Unreadable("the server's counters"))
}

/// Waits until a counter stands at `expected` or beyond; what it stands at in the end. Gives up when it has not moved
/// for `patience`.
pub(crate) async fn wait_for(
    connection: &mut Connection,
    name: &str,
    expected: u64,
    patience: Duration,
) -> Result<u64> {
    let mut last = read(connection, name).await?;
    let mut moved = Instant::now();
    while last < expected && moved.elapsed() < patience {
        tokio::time::sleep(EVERY).await;
        let now = read(connection, name).await?;
        if now > last {
            moved = Instant::now();
        }
        last = now;
    }
    Ok(last)
}

fn find(text: &str, name: &str) -> Option<u64> {
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_found_by_their_whole_name() {
        let text = "# TYPE a counter\na_total 1\na{status=\"x\"} 2\na 3\n";
        assert_eq!(find(text, "a"), Some(3));
        assert_eq!(find(text, "a{status=\"x\"}"), Some(2));
        assert_eq!(find(text, "b"), None);
    }
}

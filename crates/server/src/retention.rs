//! Forgetting what is old: now and then, a slice at a time, with pauses, so that nobody waits for it.

use std::time::Duration;

use squall_model::Timestamp;
use squall_model::record::{Forgotten, Horizon};
use squall_store::Walk;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::{error, info};

use crate::clock;
use crate::handle::{Handle, Result};
use crate::settings::Retention;

/// After each slice there is a pause, so many times as long as it took: two thirds of the writer are always left to
/// those who wait for it.
const PAUSES: u32 = 2;

/// Forgets until the server stops. The first time is soon after the start.
pub(crate) async fn run(handle: Handle) {
    let stopping = handle.0.tasks.stopping().clone();
    let mut due = tokio::time::interval(handle.0.settings.retention.every);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            _ = due.tick() => {}
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            done = handle.forget() => {
                if let Err(error) = done {
                    error!(error = &error as &dyn std::error::Error, "cannot forget what is old; the next run tries again");
                }
            }
        }
    }
}

impl Handle {
    /// Forgets everything that is too old by now.
    async fn forget(&self) -> Result<()> {
        let now = clock::now();
        let horizon = horizon(&self.0.settings.retention, now);
        let mut forgotten = Forgotten::default();
        let mut walk = Some(Walk::default());
        while let Some(going) = walk {
            let started = Instant::now();
            let slice = self.0.store.forget(horizon, going).await?;
            self.0.metrics.forgot(&slice.forgotten);
            forgotten.add(slice.forgotten);
            walk = slice.rest;
            if walk.is_some() {
                tokio::time::sleep(started.elapsed().saturating_mul(PAUSES)).await;
            }
        }
        if !forgotten.is_nothing() {
            info!(
                executions = forgotten.executions,
                output = forgotten.output,
                decisions = forgotten.decisions,
                events = forgotten.events,
                "forgot what was older than the settings keep"
            );
        }
        Ok(())
    }
}

/// What was over before these moments goes.
fn horizon(retention: &Retention, now: Timestamp) -> Horizon {
    let before = |age: Option<Duration>| {
        let millis = i64::try_from(age?.as_millis()).unwrap_or(i64::MAX);
        Some(now.plus_millis(millis.saturating_neg()))
    };
    Horizon {
        executions: before(retention.executions),
        output: before(retention.output),
        decisions: before(retention.decisions),
        events: before(retention.events),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_for_ever_has_no_horizon() {
        let now = Timestamp::from_micros(1_000_000_000);
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let retention = Retention {
            executions: seconds(10),
            output: None,
            decisions: seconds(u64::MAX),
            events: seconds(20),
            ..Retention::default()
        };
        let found = horizon(&retention, now);
        assert_eq!(found.executions, Some(Timestamp::from_micros(990_000_000)));
        assert_eq!(found.output, None);
        assert_eq!(found.events, Some(Timestamp::from_micros(980_000_000)));
        assert!(found.decisions < found.events, "an age beyond all time");
    }
}

//! Stopping a server: no new work, then what runs comes to a recorded point, then nobody is answered any more.

use std::time::Duration;

use tracing::{info, warn};

use crate::handle::Handle;

/// How long what has been killed may take to be recorded, and how long answers may take to be sent.
const LAST_MOMENTS: Duration = Duration::from_secs(5);

/// What a server left behind that stopped. All of it is recorded, and the next start goes on with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Left {
    /// Actions that did not end in time: they were killed, and their executions are abandoned.
    pub killed: usize,
    /// Executions that still wait for their turn.
    pub waiting: usize,
    /// Executions whose end could not be recorded; the next start finds them running and settles them.
    pub unsettled: usize,
}

impl Handle {
    /// Stops. From here on new events and executions are refused, while everything else is still answered: running
    /// actions may need the API, and people want to see how it goes. Running actions get a while to end; then they are
    /// killed, which is recorded. Connections end last.
    pub async fn stop(&self) -> Left {
        let within = self.0.settings.stop_within;
        let running = self.0.attempts.count();
        info!(running, within = ?within, "stopping; new work is refused");
        let mut left = Left::default();
        if !self.0.tasks.stop(within).await {
            left.killed = self.0.attempts.count();
            warn!(
                killed = left.killed,
                "some actions did not end in time and are killed"
            );
            self.0.attempts.kill_all();
            self.0.tasks.stop(LAST_MOMENTS).await;
        }
        left.unsettled = self.0.attempts.count();
        left.waiting = self.0.schedule.waiting();
        if !self.0.tasks.close(LAST_MOMENTS).await {
            warn!("some connections did not end in time");
        }
        self.0.host.python.stop().await;
        info!(
            ended = running.saturating_sub(left.killed),
            killed = left.killed,
            unsettled = left.unsettled,
            waiting = left.waiting,
            "stopped; the next start goes on with what is left"
        );
        left
    }
}

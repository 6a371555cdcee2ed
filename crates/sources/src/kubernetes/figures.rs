//! What a watch has been through, for whoever looks at how it goes.

use std::time::Duration;

use squall_kubernetes::watch::Figures as WatchFigures;
use tokio::time::Instant;

/// What one watch has been through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// How the cluster answered.
    pub watch: WatchFigures,
    /// How many objects there are.
    pub objects: usize,
    /// Whether all of them are known.
    pub is_synced: bool,
    /// How many versions were taken.
    pub taken: u64,
    /// How often one was refused for the moment.
    pub refused: u64,
    /// How often it could not be remembered how far everything is taken.
    pub unsaved: u64,
    /// How many versions are being taken.
    pub waiting: usize,
    /// Since when the first one of those waits.
    pub waiting_since: Option<Instant>,
}

impl Figures {
    /// How long the version that waits longest waits.
    pub fn lag(&self) -> Duration {
        let waits = self.waiting_since.map(|since| since.elapsed());
        waits.unwrap_or_default()
    }
}

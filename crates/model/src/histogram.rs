//! How long something takes, counted: the one measure that the store and the server share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Durations counted by upper bounds. Counting is two additions, and nobody waits for anybody.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [f64],
    /// One for each bound, and one for what is beyond them all.
    counts: Vec<AtomicU64>,
    micros: AtomicU64,
}

impl Histogram {
    /// For what is quick, such as a commit or an answer: from half a millisecond to ten seconds.
    pub const QUICK: &'static [f64] = &[
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
    ];

    /// For work of any length: from five milliseconds to an hour.
    pub const WORK: &'static [f64] = &[
        0.005, 0.025, 0.1, 0.25, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0,
    ];

    /// Nothing counted yet; `bounds` are seconds and rise.
    pub fn new(bounds: &'static [f64]) -> Self {
        let counts = std::iter::repeat_with(AtomicU64::default);
        Self {
            bounds,
            counts: counts.take(bounds.len().saturating_add(1)).collect(),
            micros: AtomicU64::new(0),
        }
    }

    /// Counts one.
    pub fn observe(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let place = self.bounds.partition_point(|bound| *bound < seconds);
        if let Some(count) = self.counts.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// What has been counted up to now.
    pub fn counted(&self) -> Counted {
        let mut total: u64 = 0;
        let mut sum = |count: &AtomicU64| {
            total = total.saturating_add(count.load(Ordering::Relaxed));
            total
        };
        let up_to: Vec<u64> = self.counts.iter().map(&mut sum).collect();
        Counted {
            up_to: self.bounds.iter().copied().zip(up_to).collect(),
            total,
            sum: Duration::from_micros(self.micros.load(Ordering::Relaxed)),
        }
    }
}

/// What a [`Histogram`] has counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counted {
    /// How many took at most so many seconds, for each bound.
    pub up_to: Vec<(f64, u64)>,
    /// How many there were.
    pub total: u64,
    /// How long they took together.
    pub sum: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_counted_below_every_bound_that_it_keeps() {
        let histogram = Histogram::new(&[0.1, 1.0]);
        for millis in [50, 100, 101, 2000] {
            histogram.observe(Duration::from_millis(millis));
        }
        let counted = histogram.counted();
        assert_eq!(counted.up_to, [(0.1, 2), (1.0, 3)]);
        assert_eq!(counted.total, 4);
        assert_eq!(counted.sum, Duration::from_millis(2251));
    }
}

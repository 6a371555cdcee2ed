//! How long to stay away from a server that is in trouble.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

/// Pauses that double, up to a bound, each shortened by chance so that many clients do not come back at once.
#[derive(Debug, Clone)]
pub(crate) struct Pauses {
    first: Duration,
    longest: Duration,
    so_far: u32,
}

impl Pauses {
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            so_far: 0,
        }
    }

    /// The next pause. What the server asked for counts as long as it stays within the bound.
    pub(crate) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let doubled = self.first.saturating_mul(1 << self.so_far.min(16));
        self.so_far = self.so_far.saturating_add(1);
        let pause = doubled.min(self.longest).mul_f64(1.0 - chance() / 2.0);
        asked.map_or(pause, |asked| asked.min(self.longest).max(pause))
    }

    /// All is well again: the next pause is a short one.
    pub(crate) fn reset(&mut self) {
        self.so_far = 0;
    }
}

/// A number from 0 to 1, another one each time.
pub(crate) fn chance() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    let high = u32::try_from(bits >> 32).unwrap_or_default();
    f64::from(high) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_their_bound_and_vary_downwards() {
        let mut pauses = Pauses::new(Duration::from_secs(1), Duration::from_secs(5));
        for most in [1.0, 2.0, 4.0, 5.0, 5.0] {
            let pause = pauses.next(None).as_secs_f64();
            assert!((most / 2.0..=most).contains(&pause), "{pause} of {most}");
        }
        pauses.reset();
        assert!(pauses.next(None) <= Duration::from_secs(1));
    }

    #[test]
    fn the_server_is_listened_to_within_the_bound() {
        let mut pauses = Pauses::new(Duration::from_millis(1), Duration::from_secs(5));
        assert_eq!(
            pauses.next(Some(Duration::from_secs(3))),
            Duration::from_secs(3)
        );
        assert_eq!(
            pauses.next(Some(Duration::from_secs(3600))),
            Duration::from_secs(5)
        );
    }

    #[test]
    fn chance_varies() {
        let some: std::collections::HashSet<u64> = (0..20).map(|_| chance().to_bits()).collect();
        assert!(some.len() > 1);
    }
}

//! Slowing down whoever guesses passwords.

use std::collections::HashMap;

use squall_model::Timestamp;

/// Names remembered at most; more than this many at once are strangers to each other anyway.
const REMEMBERED: usize = 10_000;

/// How many wrong guesses are free, and how soon another one becomes so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Wrong guesses in a row that nobody minds.
    pub free: u32,
    /// Milliseconds after which one more is forgiven.
    pub forgiven_after_millis: u32,
}

impl Default for Limit {
    /// Ten at once, then one in six seconds: nothing to a person, 14,400 a day to a machine.
    fn default() -> Self {
        Self {
            free: 10,
            forgiven_after_millis: 6_000,
        }
    }
}

/// Wrong guesses of late, by any name the caller keeps count for: an address, a user.
///
/// A guess is counted before it is checked ([`Attempts::begin`]), so that guesses made at the same time count too, and
/// taken back when it was right ([`Attempts::succeeded`]).
#[derive(Debug, Default)]
pub struct Attempts {
    limit: Limit,
    /// When the last of a name's guesses will have been forgiven.
    forgiven_at: HashMap<String, Timestamp>,
}

/// There were too many wrong guesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many sign-in attempts; try again in {retry_after_seconds} s")]
pub struct TooMany {
    /// Seconds until the next guess is heard, for `Retry-After`; at least one.
    pub retry_after_seconds: u64,
}

impl Attempts {
    /// Nobody has guessed yet.
    pub fn new(limit: Limit) -> Self {
        Self {
            limit,
            forgiven_at: HashMap::new(),
        }
    }

    /// Counts a guess that is about to be checked, or refuses to hear it.
    pub fn begin(&mut self, name: &str, now: Timestamp) -> Result<(), TooMany> {
        let owed_until = self.owed_until(name, now);
        let step = i64::from(self.limit.forgiven_after_millis.max(1));
        let most = now.plus_millis(step.saturating_mul(i64::from(self.limit.free.max(1))));
        let next = owed_until.plus_millis(step);
        if next > most {
            let micros = next.micros().saturating_sub(most.micros());
            let seconds = u64::try_from(micros).unwrap_or(0).div_ceil(1_000_000);
            return Err(TooMany {
                retry_after_seconds: seconds.max(1),
            });
        }
        self.make_room(name, now);
        self.forgiven_at.insert(name.to_owned(), next);
        Ok(())
    }

    /// Forgets what was held against a name, because its guess was right.
    pub fn succeeded(&mut self, name: &str) {
        self.forgiven_at.remove(name);
    }

    fn owed_until(&self, name: &str, now: Timestamp) -> Timestamp {
        self.forgiven_at
            .get(name)
            .map_or(now, |forgiven_at| (*forgiven_at).max(now))
    }

    fn make_room(&mut self, name: &str, now: Timestamp) {
        if self.forgiven_at.len() < REMEMBERED || self.forgiven_at.contains_key(name) {
            return;
        }
        self.forgiven_at.retain(|_, forgiven_at| *forgiven_at > now);
        if self.forgiven_at.len() < REMEMBERED {
            return;
        }
        // Still full: the tenth that owes least is forgotten first.
        let mut owed: Vec<Timestamp> = self.forgiven_at.values().copied().collect();
        let (_, cut, _) = owed.select_nth_unstable(REMEMBERED / 10);
        let cut = *cut;
        self.forgiven_at.retain(|_, forgiven_at| *forgiven_at > cut);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn attempts() -> Attempts {
        Attempts::new(Limit {
            free: 3,
            forgiven_after_millis: 2_000,
        })
    }

    #[test]
    fn some_are_free_then_one_at_a_time() {
        let mut attempts = attempts();
        for _ in 0..3 {
            attempts.begin("ann", NOW).unwrap();
        }
        let refused = attempts.begin("ann", NOW.plus_millis(1)).unwrap_err();
        assert_eq!(refused.retry_after_seconds, 2);
        let later = NOW.plus_millis(2_000);
        attempts.begin("ann", later).unwrap();
        attempts.begin("ann", later).unwrap_err();
        attempts.begin("bob", later).unwrap();
    }

    #[test]
    fn a_right_guess_clears_the_name() {
        let mut attempts = attempts();
        for _ in 0..100 {
            attempts.begin("ann", NOW).unwrap();
            attempts.succeeded("ann");
        }
    }

    #[test]
    fn a_refused_guess_does_not_make_the_wait_longer() {
        let mut attempts = attempts();
        let mut refused = 0;
        for _ in 0..1000 {
            if attempts.begin("ann", NOW).is_err() {
                refused += 1;
            }
        }
        assert_eq!(refused, 997);
        attempts.begin("ann", NOW.plus_millis(2_000)).unwrap();
    }

    #[test]
    fn many_names_do_not_fill_the_memory() {
        let mut attempts = attempts();
        attempts.begin("ann", NOW).unwrap();
        attempts.begin("ann", NOW).unwrap();
        for number in 0..REMEMBERED * 2 {
            attempts.begin(&number.to_string(), NOW).unwrap();
        }
        assert!(attempts.forgiven_at.len() <= REMEMBERED);
        attempts.begin("ann", NOW).unwrap();
        attempts.begin("ann", NOW).unwrap_err();
    }
}

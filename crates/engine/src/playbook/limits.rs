//! How often something may be done: marks that say when it was done last.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use squall_model::Timestamp;

/// That something was done, as long as it has to be remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// What was done, and to what.
    pub key: String,
    /// When.
    pub at: Timestamp,
    /// After this moment nobody asks for it any more.
    pub expires_at: Timestamp,
}

/// The marks there are. A map of bounded size: expired marks fall out, and beyond the bound those that would expire first.
#[derive(Debug, Clone)]
pub struct RateLimits {
    marks: HashMap<Arc<str>, Mark>,
    by_expiry: BTreeSet<(Timestamp, Arc<str>)>,
    most: usize,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self::new(Self::MOST)
    }
}

impl RateLimits {
    /// How many marks are kept where nothing else is said.
    pub const MOST: usize = 100_000;

    /// No marks, and room for so many.
    pub fn new(most: usize) -> Self {
        Self {
            marks: HashMap::new(),
            by_expiry: BTreeSet::new(),
            most: most.max(1),
        }
    }

    /// Those that were recorded.
    #[must_use]
    pub fn load(mut self, marks: impl IntoIterator<Item = Mark>) -> Self {
        for mark in marks {
            self.mark(mark);
        }
        self
    }

    /// Whether it may be done now: it never was, or more than `seconds` ago.
    pub fn allow(&self, key: &str, seconds: f64, now: Timestamp) -> bool {
        self.marks
            .get(key)
            .is_none_or(|mark| now.seconds_since(mark.at) > seconds)
    }

    /// The mark of this key.
    pub fn get(&self, key: &str) -> Option<&Mark> {
        self.marks.get(key)
    }

    /// Remembers that it was done. A mark of the same key that is kept longer stays as long.
    pub fn mark(&mut self, mut mark: Mark) {
        if let Some(before) = self.take(&mark.key) {
            mark.expires_at = mark.expires_at.max(before.expires_at);
            mark.at = mark.at.max(before.at);
        }
        while self.marks.len() >= self.most {
            let Some((_, first)) = self.by_expiry.pop_first() else {
                break;
            };
            self.marks.remove(&first);
        }
        let key: Arc<str> = Arc::from(mark.key.as_str());
        self.by_expiry.insert((mark.expires_at, Arc::clone(&key)));
        self.marks.insert(key, mark);
    }

    /// Counts it as done now, unless it was done `seconds` ago or less: then there is no mark.
    pub fn take_turn(&mut self, key: String, seconds: i64, now: Timestamp) -> Option<Mark> {
        #[expect(clippy::cast_precision_loss, reason = "periods are small")]
        if !self.allow(&key, seconds as f64, now) {
            return None;
        }
        let mark = Mark {
            key,
            at: now,
            expires_at: now.plus_millis(seconds.max(0).saturating_mul(1000)),
        };
        self.mark(mark.clone());
        Some(mark)
    }

    /// Takes a mark back, because what it says was not done after all. A later one stays.
    pub fn release(&mut self, mark: &Mark) {
        if self.get(&mark.key).is_some_and(|kept| kept.at == mark.at) {
            self.take(&mark.key);
        }
    }

    /// Forgets what has expired, and names it.
    pub fn forget_expired(&mut self, now: Timestamp) -> Vec<String> {
        let mut gone = Vec::new();
        while let Some((expires_at, key)) = self.by_expiry.first() {
            if *expires_at >= now {
                break;
            }
            let key = Arc::clone(key);
            gone.push(key.to_string());
            self.take(&key);
        }
        gone
    }

    /// All marks, in no order.
    pub fn marks(&self) -> impl Iterator<Item = &Mark> {
        self.marks.values()
    }

    fn take(&mut self, key: &str) -> Option<Mark> {
        let (key, mark) = self.marks.remove_entry(key)?;
        self.by_expiry.remove(&(mark.expires_at, key));
        Some(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn mark(key: &str, seconds: i64) -> Mark {
        Mark {
            key: key.to_owned(),
            at: at(seconds),
            expires_at: at(seconds + 60),
        }
    }

    #[test]
    fn allows_again_when_more_than_the_period_has_passed() {
        let limits = RateLimits::default().load([mark("a", 100)]);
        let allowed = |seconds| limits.allow("a", 60.0, at(seconds));
        assert_eq!(
            (allowed(101), allowed(160), allowed(161)),
            (false, false, true)
        );
        assert!(limits.allow("b", 60.0, at(101)));
    }

    #[test]
    fn expired_marks_fall_out_and_the_bound_holds() {
        let mut limits = RateLimits::new(2).load([mark("a", 1), mark("b", 2), mark("c", 3)]);
        assert!(limits.get("a").is_none(), "it would have expired first");
        assert_eq!(limits.forget_expired(at(62)), Vec::<String>::new());
        assert_eq!(limits.forget_expired(at(63)), ["b"]);
        assert_eq!(limits.marks().count(), 1);
    }

    #[test]
    fn what_is_released_may_be_done_again_but_a_later_mark_stays() {
        let mut limits = RateLimits::default().load([mark("a", 1), mark("b", 1)]);
        limits.mark(mark("b", 5));
        limits.release(&mark("a", 1));
        limits.release(&mark("b", 1));
        assert!(limits.allow("a", 60.0, at(2)));
        assert_eq!(limits.get("b").unwrap().at, at(5));
        assert_eq!(limits.by_expiry.len(), 1);
    }
}

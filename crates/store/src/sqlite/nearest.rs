//! Keeping the nearest of many rows, while classes are merged.

use std::collections::BinaryHeap;

/// Where a row stands in its history: time, then order of recording.
pub(super) type Place = (i64, i64);

/// The newest places among those offered, or the oldest if ascending.
#[derive(Debug)]
pub(super) struct Nearest {
    wanted: u64,
    pub(super) ascending: bool,
    /// The farthest on top; times and numbers are negated if descending.
    heap: BinaryHeap<Place>,
}

impl Nearest {
    /// With room for so many.
    pub(super) fn new(wanted: u64, ascending: bool) -> Self {
        Self {
            wanted,
            ascending,
            heap: BinaryHeap::new(),
        }
    }

    /// Whether there is no more room.
    pub(super) fn is_full(&self) -> bool {
        u64::try_from(self.heap.len()).is_ok_and(|held| held >= self.wanted)
    }

    /// Whether a place is farther away than all that are held.
    pub(super) fn is_beyond(&self, place: Place) -> bool {
        let key = self.key(place);
        self.heap.peek().is_none_or(|farthest| key > *farthest)
    }

    /// Takes a place in if it is near enough; answers whether it was.
    pub(super) fn offer(&mut self, place: Place) -> bool {
        if self.is_full() {
            if self.is_beyond(place) {
                return false;
            }
            self.heap.pop();
        }
        self.heap.push(self.key(place));
        true
    }

    /// What is held, in no order.
    pub(super) fn into_places(self) -> Vec<Place> {
        let ascending = self.ascending;
        let back = |(time, seq): Place| {
            if ascending {
                (time, seq)
            } else {
                (!time, !seq)
            }
        };
        self.heap.into_iter().map(back).collect()
    }

    /// Order by this is order by distance. `!` turns the order round and, unlike `-`, never overflows.
    fn key(&self, (time, seq): Place) -> Place {
        if self.ascending {
            (time, seq)
        } else {
            (!time, !seq)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wanted: u64, ascending: bool, expected: &[Place]) {
        let mut nearest = Nearest::new(wanted, ascending);
        for place in [(5, 1), (3, 2), (9, 3), (3, 1), (7, 4)] {
            nearest.offer(place);
        }
        let mut places = nearest.into_places();
        places.sort_unstable();
        assert_eq!(places, expected);
    }

    #[test]
    fn holds_the_nearest() {
        check(2, false, &[(7, 4), (9, 3)]);
        check(2, true, &[(3, 1), (3, 2)]);
        check(9, true, &[(3, 1), (3, 2), (5, 1), (7, 4), (9, 3)]);
        check(0, true, &[]);
    }
}

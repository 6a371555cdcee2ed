//! Identifiers: 24 hexadecimal digits everywhere, because the stock StackStorm client tells an id from a reference by
//! the absence of a dot and validates the length.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::time::Timestamp;

/// Names one thing for ever: 12 bytes, written as 24 lower-case hexadecimal digits.
///
/// Ids made by [`Ids`] begin with the time, so sorting by id sorts by creation: four bytes of seconds, as StackStorm's
/// clients expect of them, then 20 bits of microseconds. Neighbours in time are neighbours in the store's indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id([u8; 12]);

/// The text is not 24 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id: 24 hexadecimal digits are needed")]
pub struct NotAnId(String);

impl Id {
    /// The id that always belongs to `uid`, such as `rule:core:notify`: what packs bring keeps its id across restarts
    /// and nodes without being stored.
    pub fn of(uid: &str) -> Self {
        let digest = Sha256::digest(uid.as_bytes());
        let mut bytes = [0; 12];
        bytes
            .iter_mut()
            .zip(digest.iter())
            .for_each(|(to, from)| *to = *from);
        Self(bytes)
    }

    /// When it was made, if [`Ids`] made it.
    pub fn made_at(self) -> Timestamp {
        let [a, b, c, d, e, f, g, ..] = self.0;
        let seconds = u32::from_be_bytes([a, b, c, d]);
        let micros = u32::from_be_bytes([0, e, f, g]) >> 4;
        Timestamp::from_micros(i64::from(seconds) * 1_000_000 + i64::from(micros))
    }

    /// The raw bytes, as the store keeps them.
    pub fn bytes(self) -> [u8; 12] {
        self.0
    }

    /// Takes back what [`Id::bytes`] gave.
    pub fn from_bytes(bytes: [u8; 12]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Id {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let refuse = || NotAnId(text.to_owned());
        if text.len() != 24 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(refuse());
        }
        let mut bytes = [0; 12];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| refuse())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| refuse())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Makes new ids from a time and a seed, so that a pure function can name what it creates.
///
/// The same time and seed give the same ids: replaying a decision names the same executions.
#[derive(Debug, Clone)]
pub struct Ids {
    seconds: [u8; 4],
    micros: u64,
    next: u64,
}

/// Bits of an id that are neither seconds nor microseconds.
const RANDOM_BITS: u32 = 44;

impl Ids {
    /// Ids that begin with `now` and continue with what follows from `seed`.
    pub fn new(now: Timestamp, seed: u64) -> Self {
        let seconds = u32::try_from(now.micros().div_euclid(1_000_000)).unwrap_or(0);
        let micros = u64::try_from(now.micros().rem_euclid(1_000_000)).unwrap_or(0);
        Self {
            seconds: seconds.to_be_bytes(),
            micros,
            next: mixed(seed),
        }
    }

    /// The next id: the one before plus one, so that one seed never repeats an id.
    pub fn next_id(&mut self) -> Id {
        let rest = (self.micros << RANDOM_BITS) | (self.next & ((1 << RANDOM_BITS) - 1));
        self.next = self.next.wrapping_add(1);
        let mut bytes = [0; 12];
        let parts = self.seconds.iter().copied().chain(rest.to_be_bytes());
        bytes
            .iter_mut()
            .zip(parts)
            .for_each(|(to, from)| *to = from);
        Id(bytes)
    }
}

/// SplitMix64: seeds that differ in one bit give unrelated numbers.
fn mixed(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let id: Id = "5f1d7a1e9c2b4a0012345678".parse().unwrap();
        assert_eq!(id.to_string(), "5f1d7a1e9c2b4a0012345678");
        assert!("5f1d7a1e9c2b4a001234567".parse::<Id>().is_err());
        assert!("core.local".parse::<Id>().is_err());
        assert!("+f1d7a1e9c2b4a0012345678".parse::<Id>().is_err());
    }

    #[test]
    fn new_ids_sort_by_time_and_differ() {
        let mut early = Ids::new(Timestamp::from_micros(1_000_000_000_000_000), 7);
        let mut late = Ids::new(Timestamp::from_micros(1_000_000_000_000_001), 7);
        let mut other = Ids::new(Timestamp::from_micros(1_000_000_000_000_000), 8);
        let (first, second) = (early.next_id(), early.next_id());
        assert_ne!(first, second);
        assert!(first < late.next_id() && second < late.next_id());
        assert_ne!(first, other.next_id());
        assert_eq!(second.made_at().micros(), 1_000_000_000_000_000);
        assert_eq!(late.next_id().made_at().micros(), 1_000_000_000_000_001);
    }

    #[test]
    fn a_uid_keeps_its_id() {
        assert_eq!(Id::of("rule:core:notify"), Id::of("rule:core:notify"));
        assert_ne!(Id::of("rule:core:notify"), Id::of("rule:core:notify2"));
    }
}

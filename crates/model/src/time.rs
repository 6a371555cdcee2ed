//! Moments, as StackStorm writes them on the wire.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC, to the microsecond.
///
/// Written `2026-11-22T13:14:15.000123Z`. Read with a `T` or a blank in the middle, an optional fraction of three to
/// six digits, and an optional `Z`, `+00`, `+0000` or `+00:00`, as StackStorm's REST API accepts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// The text is not a moment that StackStorm's API would accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time such as 2026-11-22T13:14:15.000Z")]
pub struct NotATime(String);

impl Timestamp {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Seconds from `earlier` to this moment; negative if it came later.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "spans of centuries keep their microseconds in an f64"
        )]
        let micros = self.0.saturating_sub(earlier.0) as f64;
        micros / 1_000_000.0
    }

    /// This moment and `millis` more.
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis.saturating_mul(1_000)))
    }

    /// The moment that a text tells as RFC 3339 has it, in any zone and with any fraction; what is smaller than a microsecond
    /// is cut off.
    pub fn of_rfc3339(text: &str) -> Option<Self> {
        let read = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Self(read.timestamp_micros()))
    }

    /// This moment and `micros` more.
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The calendar form.
    pub fn calendar(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.calendar().format("%Y-%m-%dT%H:%M:%S%.6fZ"))
    }
}

impl FromStr for Timestamp {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let refuse = || NotATime(text.to_owned());
        let bare = ["+00:00", "+0000", "+00", "Z"]
            .iter()
            .find_map(|zone| text.strip_suffix(zone))
            .unwrap_or(text);
        let fraction_is_fine = bare
            .split_once('.')
            .is_none_or(|(_, digits)| (3..=6).contains(&digits.len()));
        let bare = bare.replacen(' ', "T", 1);
        let parsed =
            NaiveDateTime::parse_from_str(&bare, "%Y-%m-%dT%H:%M:%S%.f").map_err(|_| refuse())?;
        if fraction_is_fine {
            Ok(Self(parsed.and_utc().timestamp_micros()))
        } else {
            Err(refuse())
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_form_and_back() {
        let text = "2026-11-22T13:14:15.000123Z";
        assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
    }

    #[test]
    fn lenient_as_the_api() {
        let plain: Timestamp = "2026-11-22T13:14:15Z".parse().unwrap();
        for same in [
            "2026-11-22 13:14:15",
            "2026-11-22T13:14:15.000+00:00",
            "2026-11-22T13:14:15+0000",
        ] {
            assert_eq!(same.parse::<Timestamp>().unwrap(), plain, "{same}");
        }
        for bad in [
            "",
            "yesterday",
            "2026-11-22T13:14:15.1Z",
            "2026-13-22T13:14:15Z",
            "2026-11-22T13:14:15+02:00",
        ] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }
}

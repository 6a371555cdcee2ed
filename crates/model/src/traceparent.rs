//! Where something belongs in a trace that other programs write, too: W3C's `traceparent`.
//!
//! What has no such place by its sender's word gets one that follows from its id. So nothing of it need be kept, and the
//! spans of one trace find each other across a restart.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use crate::Id;

/// A span in a trace: `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traceparent {
    /// The trace; never 0.
    pub trace: u128,
    /// The span; never 0.
    pub span: u64,
    /// Whether somebody records the trace.
    pub sampled: bool,
}

/// The text is no `traceparent`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent")]
pub struct NotATraceparent;

impl Traceparent {
    /// The trace of what belongs together under an id.
    pub fn trace_of(id: Id) -> u128 {
        let [trace, _] = halves(&format!("trace {id}"));
        trace.max(1)
    }

    /// The span of what happens to the thing with an id, such as `decide`.
    pub fn span_of(what: &str, id: Id) -> u64 {
        let [span, _] = halves(&format!("{what} {id}"));
        let [_, _, _, _, _, _, _, _, span @ ..] = span.to_be_bytes();
        u64::from_be_bytes(span).max(1)
    }
}

fn halves(text: &str) -> [u128; 2] {
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let half = |from: usize| {
        let bytes = digest.iter().skip(from).take(16);
        bytes.fold(0, |number: u128, byte| (number << 8) | u128::from(*byte))
    };
    [half(0), half(16)]
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.sampled);
        write!(f, "00-{:032x}-{:016x}-{flags:02x}", self.trace, self.span)
    }
}

impl FromStr for Traceparent {
    type Err = NotATraceparent;

    /// Later versions may say more behind what is known.
    fn from_str(text: &str) -> Result<Self, NotATraceparent> {
        let mut parts = text.split('-');
        let mut part = |length: usize| {
            let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            parts
                .next()
                .filter(|part| part.len() == length && part.bytes().all(is_digit))
                .ok_or(NotATraceparent)
        };
        let (version, trace, span, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
        let ends = parts.next().is_none();
        let trace = u128::from_str_radix(trace, 16).map_err(|_| NotATraceparent)?;
        let span = u64::from_str_radix(span, 16).map_err(|_| NotATraceparent)?;
        let flags = u8::from_str_radix(flags, 16).map_err(|_| NotATraceparent)?;
        let is_right = version != "ff" && (ends || version != "00") && trace != 0 && span != 0;
        is_right
            .then_some(Self {
                trace,
                span,
                sampled: flags & 1 == 1,
            })
            .ok_or(NotATraceparent)
    }
}

impl Serialize for Traceparent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Traceparent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// What other programs want to be kept beside a place in a trace and handed on: W3C's `tracestate`, unread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tracestate(String);

/// The text is no `tracestate`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a tracestate")]
pub struct NotATracestate;

impl Tracestate {
    /// The longest that is kept; the standard asks for no more.
    pub const LONGEST: usize = 512;

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tracestate {
    type Err = NotATracestate;

    /// Entries `name=value` of printable ASCII. Empty entries are left out.
    fn from_str(text: &str) -> Result<Self, NotATracestate> {
        let entries = text.split(',').map(str::trim);
        let entries: Vec<&str> = entries.filter(|entry| !entry.is_empty()).collect();
        let is_right = |entry: &&str| {
            let is_printable = entry.bytes().all(|byte| matches!(byte, b' '..=b'~'));
            let (name, value) = entry.split_once('=').unwrap_or_default();
            is_printable && !name.is_empty() && !value.is_empty() && !name.contains(' ')
        };
        let kept = entries.join(",");
        let fits = !kept.is_empty() && kept.len() <= Self::LONGEST && entries.len() <= 32;
        (fits && entries.iter().all(is_right))
            .then_some(Self(kept))
            .ok_or(NotATracestate)
    }
}

impl<'de> Deserialize<'de> for Tracestate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let read: Traceparent = text.parse().unwrap();
        assert!(read.sampled);
        assert_eq!(read.to_string(), text);
        let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-what-comes";
        assert!(!later.parse::<Traceparent>().unwrap().sampled);
    }

    #[test]
    fn what_is_none_is_refused() {
        for wrong in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473\u{e4}-00f067aa0ba902b7-01",
        ] {
            assert_eq!(
                wrong.parse::<Traceparent>(),
                Err(NotATraceparent),
                "{wrong}"
            );
        }
    }

    #[test]
    fn states_are_kept_as_they_are_unless_they_are_none() {
        let kept = |text: &str| text.parse().ok().map(|state: Tracestate| state.0);
        assert_eq!(
            kept("a=1,b@x=t61rc WkgMz"),
            Some("a=1,b@x=t61rc WkgMz".to_owned())
        );
        assert_eq!(kept(" a=1 ,, b=2"), Some("a=1,b=2".to_owned()));
        let long = format!("a={}", "x".repeat(511));
        let many = "a=1,".repeat(33);
        for wrong in [
            "",
            ",",
            "a",
            "a=",
            "=1",
            "a b=1",
            "a=\u{7f}",
            "a=\u{e4}",
            "a=1\r\nb: c",
            &long,
            &many,
        ] {
            assert_eq!(kept(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn places_follow_from_ids() {
        let (one, other) = (Id::of("one"), Id::of("other"));
        assert_eq!(Traceparent::trace_of(one), Traceparent::trace_of(one));
        assert_ne!(Traceparent::trace_of(one), Traceparent::trace_of(other));
        assert_ne!(
            Traceparent::span_of("decide", one),
            Traceparent::span_of("ingest", one)
        );
    }
}

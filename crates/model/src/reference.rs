//! `pack.name` references.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names something that a pack brings: `core.local`.
///
/// The text is split at the *first* dot, so names may hold dots: `core.st2.webhook` is `st2.webhook` of pack `core`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    text: String,
    dot: usize,
}

/// The text has no dot, or nothing on one side of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a reference: write <pack>.<name>")]
pub struct NotAReference(String);

impl Reference {
    /// The reference to `name` of `pack`. A pack's name never holds a dot.
    pub fn new(pack: &str, name: &str) -> Self {
        Self {
            text: format!("{pack}.{name}"),
            dot: pack.len(),
        }
    }

    /// The pack that brings it.
    pub fn pack(&self) -> &str {
        self.text.get(..self.dot).unwrap_or_default()
    }

    /// Its name within the pack.
    pub fn name(&self) -> &str {
        self.text
            .get(self.dot.saturating_add(1)..)
            .unwrap_or_default()
    }

    /// The whole, `pack.name`.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Reference {
    type Err = NotAReference;

    fn from_str(text: &str) -> Result<Self, NotAReference> {
        match text.split_once('.') {
            Some((pack, name)) if !pack.is_empty() && !name.is_empty() => Ok(Self::new(pack, name)),
            _ => Err(NotAReference(text.to_owned())),
        }
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Reference {
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
    fn splits_at_the_first_dot() {
        let webhook: Reference = "core.st2.webhook".parse().unwrap();
        assert_eq!((webhook.pack(), webhook.name()), ("core", "st2.webhook"));
        for bad in ["core", ".local", "core.", ""] {
            assert!(bad.parse::<Reference>().is_err(), "{bad}");
        }
    }
}

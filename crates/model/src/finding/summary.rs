//! Many findings in one message.

use serde::{Deserialize, Serialize};

/// What a summary says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// What all of its findings have in common.
    pub header: Vec<String>,
    /// The names of the columns before those of the counts.
    pub columns: Vec<String>,
    /// The lines, most findings first.
    pub rows: Vec<Row>,
    /// When it began; seconds since 1970.
    pub started_at: i64,
    /// How long it goes on, in seconds.
    pub interval: i64,
}

/// One line of a summary.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What its findings have in common; nothing for what they have not.
    pub key: Vec<Option<String>>,
    /// How many told of something.
    pub fired: u64,
    /// How many told that it is over.
    pub resolved: u64,
}

impl Row {
    /// The key as tables show it.
    pub fn shown(&self) -> Vec<String> {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "None".to_owned());
        self.key.iter().map(shown).collect()
    }
}

//! YAML as PyYAML's safe loader reads it, which is what every StackStorm file means.
//!
//! The events come from a YAML parser; their meaning (YAML 1.1: `yes` is true, `1e3` is text, `1:30` is ninety) is decided
//! here. [`load`] gives the plain value, [`parse`] a tree that knows the line and column of every key and value.
//!
//! Reading order: [`node`], then `events` and `compose` (text to nodes), `entries` (mappings), `resolve` (which type a
//! scalar has) and `scalar` (its value). [`dump`] is the way back.

mod compose;
mod dump;
mod entries;
mod events;
pub mod node;
#[cfg(test)]
mod recorded;
mod resolve;
mod scalar;
#[cfg(test)]
mod tests;

pub use dump::{Layout, dump};
pub use node::{Document, Kind, Node, Pair};

use crate::value::Value;

/// The text is not YAML, or not YAML that the safe loader accepts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line}, column {column})")]
pub struct Error {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong: a lower-case fragment.
    pub message: String,
}

impl Error {
    fn at(line: usize, column: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            column,
            message: message.into(),
        }
    }
}

/// A piece of the text, in backquotes and short enough for a message.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("`{}...`", text.split_at(end).0),
        None => format!("`{text}`"),
    }
}

/// The value of the single document in `text`; an empty text is `None`.
///
/// As in PyYAML an alias is the same list or dict as its anchor, not a copy. An alias inside its own anchor is refused.
pub fn load(text: &str) -> Result<Value, Error> {
    Ok(parse(text)?.root.to_value())
}

/// The single document in `text`, with positions.
pub fn parse(text: &str) -> Result<Document, Error> {
    events::document(text)
}

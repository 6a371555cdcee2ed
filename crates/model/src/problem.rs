//! What is wrong with a user's file, told so that it can be mended.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One fault in one file. Readers collect them all; a bad file never hides the good ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The file, as the user named it or found it below the folder they named; empty for a request.
    pub file: PathBuf,
    /// Line, from 1, where it is known.
    pub line: Option<usize>,
    /// Column, from 1, where it is known.
    pub column: Option<usize>,
    /// The key in the document, such as `criteria.trigger.body.type`; empty for the whole file.
    pub key: String,
    /// What is wrong: a lower-case fragment without a final period.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
}

/// Whether the thing can still be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It works, but probably not as meant.
    Warning,
    /// What the file holds is left out.
    Error,
}

impl Severity {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Warning, Self::Error];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Problem {
    /// Whether what the file holds is left out because of it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Problem {
    /// `error: packs/a/rules/b.yaml:3:5: action.ref: unknown action `core.locl` (did you mean `core.local`?)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.severity.as_str())?;
        if !self.file.as_os_str().is_empty() {
            write!(f, ": {}", self.file.display())?;
        }
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, " ({hint})"))
    }
}

//! What is found in one file: its problems, and what it mentions of other packs.

use std::path::{Path, PathBuf};

use squall_expression::yaml::Node;
use squall_model::Reference;
use squall_model::problem::{Problem, Severity};

/// Something that a file names and another file must bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The file, as in [`Problem::file`].
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// The key in the document.
    pub key: String,
    /// What is named.
    pub what: Mentioned,
}

/// What a [`Mention`] names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mentioned {
    /// An action.
    Action(Reference),
    /// A parameter that is given to an action.
    ActionParameter(Reference, String),
    /// A trigger type, with the names of the parameters it is given.
    TriggerType(Reference, Vec<String>),
}

/// What is wrong, and what would be right.
pub(crate) struct Fault {
    message: String,
    hint: Option<String>,
}

impl Fault {
    pub(crate) fn with_hint(message: impl Into<String>, hint: impl Into<Option<String>>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Self::with_hint(message, None)
    }
}

impl From<&str> for Fault {
    fn from(message: &str) -> Self {
        Self::with_hint(message, None)
    }
}

/// Collects what is found in one file.
pub(crate) struct Report {
    file: PathBuf,
    pub(crate) problems: Vec<Problem>,
    pub(crate) mentions: Vec<Mention>,
}

impl Report {
    /// On `file`, as the user named it or found it below the folder they named.
    pub(crate) fn on(file: impl AsRef<Path>) -> Self {
        Self {
            file: file.as_ref().to_owned(),
            problems: Vec::new(),
            mentions: Vec::new(),
        }
    }

    /// The file, or what it holds, cannot be used.
    pub(crate) fn error(&mut self, at: Option<&Node>, key: &str, fault: impl Into<Fault>) {
        self.add(Severity::Error, at, key, fault.into());
    }

    /// It can be used, but probably not as meant.
    pub(crate) fn warning(&mut self, at: Option<&Node>, key: &str, fault: impl Into<Fault>) {
        self.add(Severity::Warning, at, key, fault.into());
    }

    /// Notes what another file must bring.
    pub(crate) fn mention(&mut self, at: &Node, key: &str, what: Mentioned) {
        self.mentions.push(Mention {
            file: self.file.clone(),
            line: at.line,
            column: at.column,
            key: key.to_owned(),
            what,
        });
    }

    /// Whether anything makes the file's content unusable.
    pub(crate) fn has_errors(&self) -> bool {
        let is_error = |problem: &Problem| problem.severity == Severity::Error;
        self.problems.iter().any(is_error)
    }

    fn add(&mut self, severity: Severity, at: Option<&Node>, key: &str, fault: Fault) {
        self.problems.push(Problem {
            severity,
            file: self.file.clone(),
            line: at.map(|node| node.line).filter(|line| *line > 0),
            column: at.map(|node| node.column).filter(|column| *column > 0),
            key: key.to_owned(),
            message: fault.message,
            hint: fault.hint,
        });
    }
}

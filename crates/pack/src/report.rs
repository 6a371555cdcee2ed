//! What is found in one file: its problems, and what it mentions of other packs.

use std::path::{Path, PathBuf};

use squall_expression::yaml::Node;
use squall_model::Reference;
use squall_model::playbook::Place;
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

impl Fault {
    /// As a problem at a place that was read before.
    pub(crate) fn at(self, place: &Place, severity: Severity) -> Problem {
        Problem {
            severity,
            file: place.file.clone(),
            line: Some(place.line).filter(|line| *line > 0),
            column: None,
            key: short(&place.key),
            message: short(&self.message),
            hint: self.hint,
        }
    }

    /// The same with another hint, if there is one.
    pub(crate) fn or_hint(self, hint: Option<String>) -> Self {
        let hint = hint.or(self.hint);
        Self { hint, ..self }
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

/// So many problems are listed of one file.
const MAX_PROBLEMS: usize = 200;

/// Collects what is found in one file.
pub(crate) struct Report {
    file: PathBuf,
    pub(crate) problems: Vec<Problem>,
    pub(crate) mentions: Vec<Mention>,
    errors: usize,
}

impl Report {
    /// On `file`, as the user named it or found it below the folder they named.
    pub(crate) fn on(file: impl AsRef<Path>) -> Self {
        Self {
            file: file.as_ref().to_owned(),
            problems: Vec::new(),
            mentions: Vec::new(),
            errors: 0,
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

    /// Adds what others have found in the file.
    pub(crate) fn found(&mut self, problems: Vec<Problem>) {
        for problem in problems {
            self.errors += usize::from(problem.severity == Severity::Error);
            if self.problems.len() < MAX_PROBLEMS {
                self.problems.push(problem);
            }
        }
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

    /// Where a node of this file stands.
    pub(crate) fn place(&self, at: &Node, key: &str) -> Place {
        Place {
            file: self.file.clone(),
            line: at.line,
            key: key.to_owned(),
        }
    }

    /// Whether anything makes the file's content unusable.
    pub(crate) const fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many errors were found so far: a part in which none is added can be used.
    pub(crate) const fn errors(&self) -> usize {
        self.errors
    }

    fn add(&mut self, severity: Severity, at: Option<&Node>, key: &str, fault: Fault) {
        self.errors += usize::from(severity == Severity::Error);
        if self.problems.len() == MAX_PROBLEMS {
            let more = "has more problems; they are listed once these are mended";
            self.push(severity, None, "", more.into());
        } else if self.problems.len() < MAX_PROBLEMS {
            self.push(severity, at, key, fault);
        }
    }

    fn push(&mut self, severity: Severity, at: Option<&Node>, key: &str, fault: Fault) {
        self.problems.push(Problem {
            severity,
            file: self.file.clone(),
            line: at.map(|node| node.line).filter(|line| *line > 0),
            column: at.map(|node| node.column).filter(|column| *column > 0),
            key: short(key),
            message: short(&fault.message),
            hint: fault.hint,
        });
    }
}

/// Messages quote the file, and a file may hold anything.
fn short(text: &str) -> String {
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}...", text.split_at(end).0),
        None => text.to_owned(),
    }
}

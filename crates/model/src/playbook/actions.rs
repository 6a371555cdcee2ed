//! What is known of the actions that playbooks can name, whether they are Python functions of a repository or come with
//! Squall.

use serde::{Deserialize, Serialize};

use super::classes::EventClass;
use crate::Object;

/// What an action says of itself. The keys are those in which the Python side tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnownAction {
    /// Its name, such as `logs_enricher`.
    pub name: String,
    /// The Python module; none for an action that comes with Squall.
    #[serde(default)]
    pub module: Option<String>,
    /// The file with its code.
    #[serde(default)]
    pub file: Option<String>,
    /// Its line in the file, from 1.
    #[serde(default)]
    pub line: Option<usize>,
    /// The class of events that it takes.
    pub event: String,
    /// That class and all that are it as well.
    pub events: Vec<String>,
    /// JSON schema of its parameters; none if it takes none.
    #[serde(default)]
    pub params: Option<Object>,
    /// What it says of itself, for people.
    #[serde(default)]
    pub doc: Option<String>,
    /// JSON schema of what a call by hand must tell besides; none if it cannot be called by hand.
    #[serde(default)]
    pub by_hand: Option<Object>,
}

impl KnownAction {
    /// Whether it takes events of this class.
    pub fn takes(&self, class: EventClass) -> bool {
        self.events.iter().any(|name| name == class.as_str())
    }
}

/// What is wrong with a repository of Python actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryProblem {
    /// The repository's name.
    pub repository: String,
    /// The module that is left out, or whose function is no action.
    pub module: String,
    /// Its file.
    #[serde(default)]
    pub file: Option<String>,
    /// The line, from 1.
    #[serde(default)]
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

//! What is wrong with a sink's configuration.

use squall_model::playbook::{Place, SinkConfig};
use squall_model::problem::{Problem, Severity};

/// Collects what is wrong with one sink.
#[derive(Debug)]
pub(super) struct Complaints {
    place: Place,
    sink: String,
    found: Vec<Problem>,
}

impl Complaints {
    pub(super) fn about(config: &SinkConfig) -> Self {
        Self {
            place: config.place.clone(),
            sink: format!("{}.{}", config.kind, config.name),
            found: Vec::new(),
        }
    }

    /// What the key holds is of no use.
    pub(super) fn error(&mut self, key: &str, message: String, hint: &str) {
        self.add(Severity::Error, key, message, hint);
    }

    /// What the key holds is probably not what was meant.
    pub(super) fn warning(&mut self, key: &str, message: String, hint: &str) {
        self.add(Severity::Warning, key, message, hint);
    }

    fn add(&mut self, severity: Severity, key: &str, message: String, hint: &str) {
        self.found.push(Problem {
            severity,
            file: self.place.file.clone(),
            line: (self.place.line > 0).then_some(self.place.line),
            column: None,
            key: format!("{}.{key}", self.sink),
            message,
            hint: (!hint.is_empty()).then(|| hint.to_owned()),
        });
    }

    /// Whether the sink can be used.
    pub(super) fn allow_it(&self) -> bool {
        let is_error = |problem: &Problem| problem.severity == Severity::Error;
        !self.found.iter().any(is_error)
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.found
    }
}

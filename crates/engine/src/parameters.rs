//! What an action is given: filled, checked, rendered and cast.
//!
//! Two moments, as in StackStorm. When an execution is requested, [`live`] renders what was given (and the defaults that
//! are templates) once, casts it by the schema, and [`checked`] holds it against the schema: this is what history shows.
//! When an attempt starts, [`for_run`] adds the remaining defaults; what was given is plain data by then and is never
//! rendered again.

mod check;
mod config;
mod graph;
mod render;

use squall_model::execution::Definition;
use squall_model::schema::Parameters;
use squall_model::{Json, Object};

use crate::facts::Needs;

pub use check::checked;
#[cfg(test)]
pub(crate) use check::filled;
pub use config::config;
pub use render::{for_run, live, live_again};

/// What an action and its runner take.
#[derive(Debug, Clone, Copy)]
pub struct Schemas<'a> {
    /// The action's parameters.
    pub action: &'a Parameters,
    /// The runner's parameters.
    pub runner: &'a Parameters,
}

impl<'a> Schemas<'a> {
    /// Those of a definition.
    pub fn of(definition: &'a Definition) -> Self {
        Self {
            action: &definition.action.parameters,
            runner: &definition.runner.parameters,
        }
    }
}

/// What templates in parameters may refer to, besides each other and the datastore.
#[derive(Debug, Clone, Copy)]
pub struct Contexts<'a> {
    /// `action_context`: the execution's context.
    pub action_context: &'a Object,
    /// `config_context`: the pack's config.
    pub config: &'a Object,
    /// `trigger`: the event's payload, if a rule asks.
    pub trigger: Option<&'a Json>,
}

/// Why parameters cannot be made ready.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Failure {
    /// They cannot be rendered: StackStorm's `ParamException`. The execution is recorded as failed.
    #[error("{0}")]
    Parameter(String),
    /// They do not fit the schema.
    #[error("{0}")]
    Invalid(String),
    /// A value cannot be cast to its type, or worse.
    #[error("{message}")]
    Raised {
        /// The exception's class, as Python names it.
        class: &'static str,
        /// Its text.
        message: String,
    },
    /// Datastore values must be read first.
    #[error("datastore values must be read first")]
    Needs(Needs),
}

impl Failure {
    /// The class of the exception that StackStorm would raise.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Parameter(_) => "ParamException",
            Self::Invalid(_) => "ValidationError",
            Self::Raised { class, .. } => class,
            Self::Needs(_) => "Needs",
        }
    }
}

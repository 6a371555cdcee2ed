//! Why an action failed, in Robusta's terms: a number that callers go by, and a message.

use std::error::Error;
use std::fmt;

/// An action failed. The actions after it still run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of failure it is.
    pub code: Code,
    /// What happened, for people.
    pub message: String,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// A failure that nobody foresaw, with all its causes.
    pub fn unexpected(what: &str, error: &(dyn Error + 'static)) -> Self {
        let text = format!("{}: {what}: {}", Code::Unexpected, chain(error));
        Self::new(Code::Unexpected, text)
    }
}

/// What an error says, and its causes.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// Robusta's error codes, as far as actions give them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// There is no action of that name.
    NotRegistered,
    /// The event is none that the action takes.
    EventMismatch,
    /// Its parameters are wrong.
    Params,
    /// It cannot be run by hand.
    NotExternal,
    /// What it is to be run on by hand is not told.
    EventParams,
    /// What it is to be run on by hand is not there.
    NoEvent,
    /// Anything else.
    Unexpected,
    /// It cannot do that to this kind of object.
    NotSupported,
    /// The object is not there.
    NotFound,
    /// Its parameters do not go together.
    IllegalParams,
    /// There is no Prometheus to ask.
    NoPrometheus,
}

impl Code {
    /// The number on the wire.
    pub const fn number(self) -> u16 {
        match self {
            Self::NotRegistered => 4600,
            Self::EventMismatch => 4601,
            Self::Params => 4602,
            Self::NotExternal => 4604,
            Self::EventParams => 4605,
            Self::NoEvent => 4606,
            Self::Unexpected => 4700,
            Self::NotSupported => 4701,
            Self::NotFound => 4702,
            Self::IllegalParams => 4703,
            Self::NoPrometheus => 5100,
        }
    }

    /// Robusta's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRegistered => "ACTION_NOT_REGISTERED",
            Self::EventMismatch => "EXECUTION_EVENT_MISMATCH",
            Self::Params => "PARAMS_INSTANTIATION_FAILED",
            Self::NotExternal => "NOT_EXTERNAL_ACTION",
            Self::EventParams => "EVENT_PARAMS_INSTANTIATION_FAILED",
            Self::NoEvent => "EVENT_INSTANTIATION_FAILED",
            Self::Unexpected => "ACTION_UNEXPECTED_ERROR",
            Self::NotSupported => "RESOURCE_NOT_SUPPORTED",
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::IllegalParams => "ILLEGAL_ACTION_PARAMS",
            Self::NoPrometheus => "PROMETHEUS_DISCOVERY_FAILED",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

//! What goes wrong in an evaluation: Python's exceptions, our limits, and data that must be fetched first.

use squall_model::key::Scope;

/// Why a value could not be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// What Python would raise; `message` is what `str(exception)` would show there.
    #[error("{class}: {message}")]
    Raised {
        /// The exception's class, such as `TypeError`.
        class: &'static str,
        /// Its text.
        message: String,
    },
    /// A bound of ours was reached; the text says which.
    #[error("the evaluation is stopped: {0}")]
    Limit(&'static str),
    /// A datastore value must be read first; then the evaluation is repeated.
    #[error("the datastore value `{name}` of {} is not read yet", scope.as_str())]
    NeedsKey {
        /// Whose value it is.
        scope: Scope,
        /// Its name.
        name: String,
    },
}

impl Error {
    /// An exception of any class.
    pub fn raised(class: &'static str, message: impl Into<String>) -> Self {
        Self::Raised {
            class,
            message: message.into(),
        }
    }

    /// `TypeError`.
    pub fn type_error(message: impl Into<String>) -> Self {
        Self::raised("TypeError", message)
    }

    /// `ValueError`.
    pub fn value_error(message: impl Into<String>) -> Self {
        Self::raised("ValueError", message)
    }

    /// `IndexError`.
    pub fn index_error(message: impl Into<String>) -> Self {
        Self::raised("IndexError", message)
    }

    /// `KeyError`; `message` is the key's `repr`, as in Python.
    pub fn key_error(message: impl Into<String>) -> Self {
        Self::raised("KeyError", message)
    }

    /// `AttributeError`.
    pub fn attribute_error(message: impl Into<String>) -> Self {
        Self::raised("AttributeError", message)
    }

    /// `OverflowError`.
    pub fn overflow(message: impl Into<String>) -> Self {
        Self::raised("OverflowError", message)
    }

    /// `ZeroDivisionError`.
    pub fn zero_division(message: impl Into<String>) -> Self {
        Self::raised("ZeroDivisionError", message)
    }

    /// The exception's class, if it is one.
    pub const fn class(&self) -> Option<&'static str> {
        match self {
            Self::Raised { class, .. } => Some(class),
            Self::Limit(_) | Self::NeedsKey { .. } => None,
        }
    }
}

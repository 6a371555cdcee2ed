//! What is wrong with a template's text.

use std::fmt;

/// Why a template cannot be compiled: the class and message are those that Jinja would raise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Which exception Jinja would raise.
    pub class: SyntaxErrorClass,
    /// What is wrong, in Jinja's words.
    pub message: String,
    /// The line of the template, counted from 1.
    pub line: u32,
}

/// The exceptions that compiling a template can raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyntaxErrorClass {
    /// The text is no template.
    TemplateSyntaxError,
    /// The text is a template that cannot be compiled, for example because it names an unknown filter.
    TemplateAssertionError,
    /// Python refuses the code that Jinja generates.
    SyntaxError,
    /// Jinja's compiler stumbles over its own rules.
    AssertionError,
    /// The template is nested deeper than is supported.
    RecursionError,
    /// The template is larger than is supported.
    MemoryError,
}

impl fmt::Display for SyntaxErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TemplateSyntaxError => "TemplateSyntaxError",
            Self::TemplateAssertionError => "TemplateAssertionError",
            Self::SyntaxError => "SyntaxError",
            Self::AssertionError => "AssertionError",
            Self::RecursionError => "RecursionError",
            Self::MemoryError => "MemoryError",
        })
    }
}

impl SyntaxError {
    /// The usual error: the text is no template.
    pub(super) fn new(message: impl Into<String>, line: u32) -> Self {
        Self {
            class: SyntaxErrorClass::TemplateSyntaxError,
            message: message.into(),
            line,
        }
    }

    /// The same error under another exception's name.
    pub(super) fn of(self, class: SyntaxErrorClass) -> Self {
        Self { class, ..self }
    }
}

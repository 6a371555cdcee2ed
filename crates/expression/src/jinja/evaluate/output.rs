//! Text that is written, escaped or not.

use super::Evaluator;
use crate::jinja::ast::{Escape, Output, Piece};
use crate::jinja::markup::{Markup, escaped};
use crate::jinja::runtime::Sink;
use crate::value::{Error, Value, text};

impl Evaluator<'_> {
    pub(super) fn output(&self, output: &Output, sink: &mut Sink) -> Result<(), Error> {
        for piece in &output.pieces {
            match piece {
                Piece::Text(text) => sink.push(text)?,
                Piece::Expression(expression, line) => {
                    self.at_line(*line);
                    let value = self.evaluate(expression)?;
                    let shown = if self.is_escaping(output.escape) {
                        escaped(&value)?
                    } else {
                        text::str(&value)?
                    };
                    sink.push(&shown)?;
                }
            }
        }
        Ok(())
    }

    /// Whether what is written here is escaped.
    pub(super) fn is_escaping(&self, escape: Escape) -> bool {
        match escape {
            Escape::No => false,
            Escape::Yes => true,
            Escape::Runtime => self.runtime().autoescape.get(),
        }
    }

    /// Text that was written, as a value.
    pub(super) fn text_value(&self, text: String, escape: Escape) -> Value {
        if self.is_escaping(escape) {
            Markup::safe(text)
        } else {
            text.into()
        }
    }
}

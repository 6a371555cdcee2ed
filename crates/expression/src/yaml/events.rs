//! Text to a document: what must be checked or mended before and between the parser's events.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Parser, ScanError};

use super::compose::{Composer, MAX_DEPTH, too_deep};
use super::{Document, Error};

/// So many comments that lack their blank are forgiven in one text, ...
const MAX_REPAIRS: usize = 64;

/// ... but fewer in a long one: it is read anew after each.
const MAX_REREAD_BYTES: usize = 1024 * 1024;

/// As libyaml, but unlike the parser used here, a comment may follow quoted text and brackets without a blank.
pub(super) fn document(text: &str) -> Result<Document, Error> {
    check_characters(text)?;
    let mut repaired = Cow::Borrowed(text);
    let repairs = (MAX_REREAD_BYTES / text.len().max(1)).clamp(1, MAX_REPAIRS);
    for _ in 0..=repairs {
        match read(&repaired) {
            Err(Failure::Comment(at)) => repaired.to_mut().insert(at, ' '),
            Err(Failure::Other(error)) => return Err(error),
            Ok(document) => return Ok(document),
        }
    }
    Err(Error::at(
        1,
        1,
        "too many comments without a blank before them",
    ))
}

/// libyaml refuses what cannot be printed before it looks at anything else.
fn check_characters(text: &str) -> Result<(), Error> {
    for (line, content) in text.split('\n').enumerate() {
        if let Some(before) = content.chars().position(|character| !is_allowed(character)) {
            return Err(Error::at(
                line + 1,
                before + 1,
                "control characters are not allowed",
            ));
        }
    }
    Ok(())
}

fn is_allowed(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..
    )
}

fn read(text: &str) -> Result<Document, Failure> {
    let options = granit_parser::options! {
        emit_anchor_events: true,
        block_scalar_eof_without_line_feed: true,
        bom_inside_document_as_content: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut composer = Composer::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event?;
        composer.take(event, &span.start)?;
    }
    Ok(composer.document())
}

enum Failure {
    /// At this byte a comment begins without a blank before it.
    Comment(usize),
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<ScanError> for Failure {
    fn from(error: ScanError) -> Self {
        let place = error.marker();
        let message = match (error.kind(), place.byte_offset()) {
            (ErrorKind::CommentNotSeparated, Some(at)) => return Self::Comment(at),
            (ErrorKind::RecursionLimitExceeded, _) => too_deep(),
            (kind, _) => kind.to_string(),
        };
        Self::Other(Error::at(place.line(), place.col() + 1, message))
    }
}

//! How often a part may match.

use super::super::syntax::{Flags, Node, Repeat, RepeatKind};
use super::Parser;
use crate::value::Error;

/// Python's own bound.
const MOST: u64 = 4_294_967_295;

impl Parser {
    /// Reads a repetition of the last part, or a brace that is none.
    pub(super) fn repeat(
        &mut self,
        sign: char,
        start: usize,
        flags: Flags,
        parts: &mut Vec<Node>,
    ) -> Result<(), Error> {
        let bounds = match sign {
            '*' => Some((0, None)),
            '+' => Some((1, None)),
            '?' => Some((0, Some(1))),
            _ => self.bounds()?,
        };
        let Some((least, most)) = bounds else {
            parts.push(Node::Literal('{', flags.ignore_case));
            return Ok(());
        };
        let repeated = match parts.last() {
            None | Some(Node::Place(_)) => {
                return Err(self.source.error("nothing to repeat", start));
            }
            // A group around a repetition is a concatenation of one, and may be repeated.
            Some(Node::Repeat(..)) => return Err(self.source.error("multiple repeat", start)),
            Some(_) => parts.pop().unwrap_or_else(|| Node::Concat(Vec::new())),
        };
        let kind = if self.source.take('?') {
            RepeatKind::Lazy
        } else if self.source.take('+') {
            RepeatKind::Possessive
        } else {
            RepeatKind::Greedy
        };
        let repeat = Repeat { least, most, kind };
        parts.push(Node::Repeat(repeat, Box::new(repeated)));
        Ok(())
    }

    /// The bounds in braces; nothing if the brace begins no bounds.
    fn bounds(&mut self) -> Result<Option<(u32, Option<u32>)>, Error> {
        let back = self.source.at();
        if self.source.peek() == Some('}') {
            return Ok(None);
        }
        let digit = |next: char| next.is_ascii_digit();
        let low = self.source.take_while(usize::MAX, digit);
        let high = if self.source.take(',') {
            self.source.take_while(usize::MAX, digit)
        } else {
            low.clone()
        };
        if !self.source.take('}') {
            self.source.back_to(back);
            return Ok(None);
        }
        let least = bound(&low)?.unwrap_or(0);
        let most = bound(&high)?;
        if most.is_some_and(|most| most < least) {
            let message = "min repeat greater than max repeat";
            return Err(self.source.error(message, back));
        }
        Ok(Some((least, most)))
    }
}

fn bound(digits: &str) -> Result<Option<u32>, Error> {
    if digits.is_empty() {
        return Ok(None);
    }
    match digits.parse::<u64>() {
        Ok(bound) if bound < MOST => Ok(u32::try_from(bound).ok()),
        _ => Err(Error::overflow("the repetition number is too large")),
    }
}

//! Escape sequences.

use super::super::syntax::{Category, Class, ClassItem, Flags, Node, Place};
use super::Parser;
use crate::value::Error;

impl Parser {
    /// What an escape sequence outside of a class means; its backslash stands at `start`.
    pub(super) fn escape(&mut self, flags: Flags, start: usize) -> Result<Node, Error> {
        let Some(kind) = self.source.bump() else {
            return Err(self.source.error("bad escape (end of pattern)", start));
        };
        if let Some(category) = category(kind, flags.ascii) {
            return Ok(Node::Class(Class {
                negated: false,
                ignore_case: false,
                items: vec![category],
            }));
        }
        let boundary = |negated| Place::Boundary {
            negated,
            ascii: flags.ascii,
        };
        let place = match kind {
            'A' => Some(Place::TextStart),
            'Z' => Some(Place::TextEnd),
            'b' => Some(boundary(false)),
            'B' => Some(boundary(true)),
            _ => None,
        };
        if let Some(place) = place {
            return Ok(Node::Place(place));
        }
        let literal = match kind {
            '0' => {
                let digits = self.source.take_while(2, |next| next.is_digit(8));
                self.code(&digits, 8, start)?
            }
            '1'..='9' => return self.reference(kind, flags, start),
            _ => self.character(kind, start)?,
        };
        Ok(Node::Literal(literal, flags.ignore_case))
    }

    /// What an escape sequence within a class means.
    pub(super) fn class_escape(&mut self, flags: Flags, start: usize) -> Result<ClassItem, Error> {
        let Some(kind) = self.source.bump() else {
            return Err(self.source.error("bad escape (end of pattern)", start));
        };
        if let Some(category) = category(kind, flags.ascii) {
            return Ok(category);
        }
        let literal = match kind {
            'b' => '\u{8}',
            '0'..='7' => {
                let rest = self.source.take_while(2, |next| next.is_digit(8));
                self.octal(&format!("{kind}{rest}"), start)?
            }
            '8' | '9' => return Err(self.bad_escape(start)),
            _ => self.character(kind, start)?,
        };
        Ok(ClassItem::Range(literal, literal))
    }

    /// The sequences that mean the same everywhere.
    fn character(&mut self, kind: char, start: usize) -> Result<char, Error> {
        Ok(match kind {
            'a' => '\u{7}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => self.hexadecimal(2, start)?,
            'u' => self.hexadecimal(4, start)?,
            'U' => self.hexadecimal(8, start)?,
            'N' => {
                return Err(self
                    .source
                    .error("characters by name are not supported", start));
            }
            letter if letter.is_ascii_alphabetic() => return Err(self.bad_escape(start)),
            other => other,
        })
    }

    fn bad_escape(&self, start: usize) -> Error {
        let text = self.source.since(start);
        self.source.error(&format!("bad escape {text}"), start)
    }

    fn hexadecimal(&mut self, length: usize, start: usize) -> Result<char, Error> {
        let digits = self
            .source
            .take_while(length, |next| next.is_ascii_hexdigit());
        if digits.len() < length {
            let text = self.source.since(start);
            return Err(self
                .source
                .error(&format!("incomplete escape {text}"), start));
        }
        self.code(&digits, 16, start)
    }

    fn code(&self, digits: &str, radix: u32, start: usize) -> Result<char, Error> {
        let digits = if digits.is_empty() { "0" } else { digits };
        u32::from_str_radix(digits, radix)
            .ok()
            .and_then(char::from_u32)
            .ok_or_else(|| self.bad_escape(start))
    }

    fn octal(&self, digits: &str, start: usize) -> Result<char, Error> {
        if u32::from_str_radix(digits, 8).is_ok_and(|code| code > 0o377) {
            let text = self.source.since(start);
            let message = format!("octal escape value {text} outside of range 0-0o377");
            return Err(self.source.error(&message, start));
        }
        self.code(digits, 8, start)
    }

    /// `\1`, `\12`, or three octal digits.
    fn reference(&mut self, first: char, flags: Flags, start: usize) -> Result<Node, Error> {
        let mut digits = String::from(first);
        digits.push_str(&self.source.take_while(1, |next| next.is_ascii_digit()));
        let is_octal = digits.len() == 2 && digits.chars().all(|digit| digit.is_digit(8));
        if is_octal && self.source.peek().is_some_and(|next| next.is_digit(8)) {
            digits.push_str(&self.source.take_while(1, |next| next.is_digit(8)));
            return Ok(Node::Literal(
                self.octal(&digits, start)?,
                flags.ignore_case,
            ));
        }
        let group: usize = digits.parse().unwrap_or(usize::MAX);
        if group >= self.widths.len() {
            let message = format!("invalid group reference {group}");
            return Err(self.source.error(&message, start + 1));
        }
        self.check_reference(group, start)?;
        Ok(Node::Reference(group, flags.ignore_case))
    }

    /// Refuses references to groups that are not read to their end.
    pub(super) fn check_reference(&self, group: usize, start: usize) -> Result<(), Error> {
        if self.widths.get(group).copied().flatten().is_none() {
            return Err(self.source.error("cannot refer to an open group", start));
        }
        self.check_look_behind(group)
    }

    pub(super) fn check_look_behind(&self, group: usize) -> Result<(), Error> {
        if self
            .groups_before_look_behind
            .is_some_and(|before| group >= before)
        {
            return Err(self.source.error(
                "cannot refer to group defined in the same lookbehind subpattern",
                self.source.at(),
            ));
        }
        Ok(())
    }
}

fn category(kind: char, ascii: bool) -> Option<ClassItem> {
    let (kind, negated) = match kind {
        'd' => (Category::Digit, false),
        'D' => (Category::Digit, true),
        's' => (Category::Space, false),
        'S' => (Category::Space, true),
        'w' => (Category::Word, false),
        'W' => (Category::Word, true),
        _ => return None,
    };
    Some(ClassItem::Category {
        kind,
        negated,
        ascii,
    })
}

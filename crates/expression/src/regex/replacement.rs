//! Replacement templates: `\1`, `\g<name>` and escapes.

use super::Pattern;
use super::engine::Spans;
use crate::value::{Error, Value, text};

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Group(usize),
}

/// The pieces of a template.
pub(super) fn parse(template: &str, pattern: &Pattern) -> Result<Vec<Piece>, Error> {
    let mut reader = Reader {
        characters: template.chars().collect(),
        at: 0,
        pattern,
        pieces: Vec::new(),
        text: String::new(),
    };
    while let Some(next) = reader.bump() {
        if next == '\\' {
            reader.escape()?;
        } else {
            reader.text.push(next);
        }
    }
    reader.end_text();
    Ok(reader.pieces)
}

/// Appends the template filled with a match; groups that did not match are empty.
pub(super) fn fill(out: &mut String, pieces: &[Piece], text: &str, spans: &Spans) {
    for piece in pieces {
        match piece {
            Piece::Text(literal) => out.push_str(literal),
            Piece::Group(group) => {
                let span = spans.get(*group).copied().flatten();
                let found = span.and_then(|(start, end)| text.get(start..end));
                out.push_str(found.unwrap_or_default());
            }
        }
    }
}

struct Reader<'a> {
    characters: Vec<char>,
    at: usize,
    pattern: &'a Pattern,
    pieces: Vec<Piece>,
    text: String,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    fn end_text(&mut self) {
        if !self.text.is_empty() {
            self.pieces
                .push(Piece::Text(std::mem::take(&mut self.text)));
        }
    }

    fn escape(&mut self) -> Result<(), Error> {
        let start = self.at - 1;
        let Some(kind) = self.bump() else {
            return Err(error("bad escape (end of pattern)", start));
        };
        match kind {
            'g' => self.named(),
            '0' => {
                let digits = self.octal_digits(2);
                self.push_code(&format!("0{digits}"));
                Ok(())
            }
            '1'..='9' => self.numbered(kind, start),
            'a' => self.push('\u{7}'),
            'b' => self.push('\u{8}'),
            'f' => self.push('\u{c}'),
            'n' => self.push('\n'),
            'r' => self.push('\r'),
            't' => self.push('\t'),
            'v' => self.push('\u{b}'),
            '\\' => self.push('\\'),
            letter if letter.is_ascii_alphabetic() => {
                Err(error(&format!("bad escape \\{letter}"), start))
            }
            other => {
                self.text.extend(['\\', other]);
                Ok(())
            }
        }
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "so that the table of escapes reads evenly"
    )]
    fn push(&mut self, character: char) -> Result<(), Error> {
        self.text.push(character);
        Ok(())
    }

    fn octal_digits(&mut self, most: usize) -> String {
        let mut digits = String::new();
        while digits.len() < most
            && let Some(digit) = self.peek().filter(|next| next.is_digit(8))
        {
            digits.push(digit);
            self.at += 1;
        }
        digits
    }

    fn push_code(&mut self, digits: &str) {
        let code = u32::from_str_radix(digits, 8).unwrap_or_default() & 0xff;
        self.text.extend(char::from_u32(code));
    }

    fn numbered(&mut self, first: char, start: usize) -> Result<(), Error> {
        let mut digits = String::from(first);
        if let Some(second) = self.peek().filter(char::is_ascii_digit) {
            digits.push(second);
            self.at += 1;
            let is_octal = digits.chars().all(|digit| digit.is_digit(8));
            if is_octal && let Some(third) = self.peek().filter(|next| next.is_digit(8)) {
                self.at += 1;
                digits.push(third);
                if u32::from_str_radix(&digits, 8).is_ok_and(|code| code > 0o377) {
                    let message = format!("octal escape value \\{digits} outside of range 0-0o377");
                    return Err(error(&message, start));
                }
                self.push_code(&digits);
                return Ok(());
            }
        }
        self.group(digits.parse().unwrap_or(usize::MAX), start + 1)
    }

    fn group(&mut self, group: usize, at: usize) -> Result<(), Error> {
        if group > self.pattern.groups() {
            return Err(error(&format!("invalid group reference {group}"), at));
        }
        self.end_text();
        self.pieces.push(Piece::Group(group));
        Ok(())
    }

    fn named(&mut self) -> Result<(), Error> {
        if self.peek() != Some('<') {
            return Err(error("missing <", self.at));
        }
        self.at += 1;
        let at = self.at;
        let mut name = String::new();
        loop {
            match self.bump() {
                Some('>') => break,
                Some(next) => name.push(next),
                None if name.is_empty() => return Err(error("missing group name", at)),
                None => return Err(error("missing >, unterminated name", at)),
            }
        }
        if name.is_empty() {
            return Err(error("missing group name", at));
        }
        if let Some(group) = self.pattern.group_number(&name) {
            return self.group(group, at);
        }
        let shown = text::repr(&Value::from(name.as_str()))?;
        match name.parse::<usize>() {
            Ok(group) => self.group(group, at),
            Err(_)
                if name
                    .chars()
                    .all(|next| next.is_alphanumeric() || next == '_')
                    && !name.starts_with(|first: char| first.is_numeric()) =>
            {
                Err(Error::index_error(format!("unknown group name {shown}")))
            }
            Err(_) => Err(error(&format!("bad character in group name {shown}"), at)),
        }
    }
}

fn error(message: &str, at: usize) -> Error {
    Error::raised("error", format!("{message} at position {at}"))
}

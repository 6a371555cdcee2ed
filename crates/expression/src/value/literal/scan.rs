//! Characters, blanks, comments and line ends of Python text.

use super::super::Error;
use super::super::text::character::{Property, has};

/// Walks over Python text.
#[derive(Clone)]
pub(super) struct Scanner<'a> {
    rest: &'a str,
    line: usize,
    /// How many brackets are open; within them a line end is a blank.
    depth: usize,
}

/// Whether a name may begin with the character.
pub(super) fn starts_name(character: char) -> bool {
    has(character, Property::IdentifierStart)
}

fn goes_on_name(character: char) -> bool {
    has(character, Property::IdentifierPart)
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            line: 1,
            depth: 0,
        }
    }

    /// What is not read yet.
    pub(super) const fn rest(&self) -> &'a str {
        self.rest
    }

    /// The next character, without skipping anything.
    pub(super) fn next_character(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Goes over the next character.
    pub(super) fn bump(&mut self) -> Option<char> {
        let mut rest = self.rest.chars();
        let character = rest.next()?;
        self.rest = rest.as_str();
        self.line += usize::from(character == '\n');
        Some(character)
    }

    /// Goes over a character if it is next, without skipping anything before it.
    pub(super) fn take_now(&mut self, character: char) -> bool {
        let found = self.next_character() == Some(character);
        if found {
            self.bump();
        }
        found
    }

    /// Skips blanks, comments and continued lines, and line ends within brackets.
    pub(super) fn skip_blanks(&mut self, inside: bool) {
        let inside = inside || self.depth > 0;
        loop {
            match self.next_character() {
                Some(' ' | '\t' | '\u{c}') => {
                    self.bump();
                }
                Some('#') => {
                    while self.next_character().is_some_and(|next| next != '\n') {
                        self.bump();
                    }
                }
                Some('\n') if inside => {
                    self.bump();
                }
                // A backslash that ends the text continues nothing.
                Some('\\') if self.rest.starts_with("\\\n") && self.rest.len() > 2 => {
                    self.bump();
                    self.bump();
                }
                _ => return,
            }
        }
    }

    /// Skips lines before the first that has something; that may not be indented.
    pub(super) fn skip_blank_lines(&mut self) -> Result<(), Error> {
        loop {
            let start = self.rest;
            self.skip_blanks(false);
            if self.next_character() == Some('\n') {
                self.bump();
                continue;
            }
            if self.line > 1 && !std::ptr::eq(start.as_ptr(), self.rest.as_ptr()) {
                return Err(self.syntax("unexpected indent"));
            }
            return Ok(());
        }
    }

    /// The next character after blanks.
    pub(super) fn peek(&mut self) -> Option<char> {
        self.skip_blanks(false);
        self.next_character()
    }

    /// Whether the character is next after blanks.
    pub(super) fn sees(&mut self, character: char) -> bool {
        self.peek() == Some(character)
    }

    /// Goes over a character if it is next after blanks.
    pub(super) fn take(&mut self, character: char) -> bool {
        self.skip_blanks(false);
        self.take_now(character)
    }

    /// The same where a line end is a blank.
    pub(super) fn take_inside(&mut self, character: char) -> bool {
        self.skip_blanks(true);
        self.take_now(character)
    }

    /// Notes an open bracket; gives how many are open now.
    pub(super) const fn open(&mut self) -> usize {
        self.depth += 1;
        self.depth
    }

    /// Notes that the last bracket was closed.
    pub(super) const fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Whether a tuple without a further item ends here.
    pub(super) fn at_end_of_tuple(&mut self) -> bool {
        matches!(self.peek(), None | Some(')' | '\n'))
    }

    /// Reads a name.
    pub(super) fn name(&mut self) -> &'a str {
        let end = self
            .rest
            .find(|character| !goes_on_name(character))
            .unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name
    }

    /// Fails if something follows a value that would make an expression of it.
    pub(super) fn no_operator(&mut self) -> Result<(), Error> {
        match self.peek() {
            None | Some(',' | ')' | ']' | '}' | ':' | '\n') => Ok(()),
            Some(
                '+' | '-' | '*' | '/' | '%' | '<' | '>' | '|' | '&' | '^' | '@' | '.' | '(' | '[',
            ) => Err(self.malformed()),
            Some('=' | '!') if self.rest.starts_with("==") || self.rest.starts_with("!=") => {
                Err(self.malformed())
            }
            Some(next) if starts_name(next) => {
                let words = ["if", "in", "is", "and", "or", "not", "for"];
                Err(if words.contains(&self.clone().name()) {
                    self.malformed()
                } else {
                    self.unexpected()
                })
            }
            Some(_) => Err(self.unexpected()),
        }
    }

    /// Fails unless only blank lines are left.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        self.skip_blanks(true);
        match self.next_character() {
            None => Ok(()),
            Some(_) => Err(self.unexpected()),
        }
    }

    pub(super) fn malformed(&self) -> Error {
        Error::value_error(format!("malformed node or string on line {}", self.line))
    }

    pub(super) fn unexpected(&self) -> Error {
        match self.next_character() {
            Some(')' | ']' | '}') if self.depth == 0 => {
                let close = self.next_character().unwrap_or(')');
                self.syntax(&format!("unmatched '{close}'"))
            }
            Some(next) if !next.is_ascii() && !starts_name(next) => self.syntax(&format!(
                "invalid character '{next}' (U+{:04X})",
                u32::from(next)
            )),
            _ => self.syntax("invalid syntax"),
        }
    }

    pub(super) fn syntax(&self, message: &str) -> Error {
        Error::raised(
            "SyntaxError",
            format!("{message} (<unknown>, line {})", self.line),
        )
    }
}

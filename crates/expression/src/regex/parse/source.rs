//! The characters of a pattern.

use crate::value::Error;

pub(super) struct Source {
    characters: Vec<char>,
    at: usize,
}

impl Source {
    pub(super) fn new(text: &str) -> Self {
        Self {
            characters: text.chars().collect(),
            at: 0,
        }
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    pub(super) const fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    pub(super) fn take(&mut self, character: char) -> bool {
        let found = self.peek() == Some(character);
        self.at += usize::from(found);
        found
    }

    /// Goes over at most so many characters that pass.
    pub(super) fn take_while(&mut self, most: usize, test: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        for _ in 0..most {
            match self.peek() {
                Some(next) if test(next) => taken.push(next),
                _ => break,
            }
            self.at += 1;
        }
        taken
    }

    /// The text before an end character, which is read, too.
    pub(super) fn until(&mut self, end: char, what: &str) -> Result<String, Error> {
        let start = self.at;
        let text = self.take_while(usize::MAX, |next| next != end);
        if self.bump().is_none() {
            if text.is_empty() {
                return Err(self.error(&format!("missing {what}"), start));
            }
            return Err(self.error(&format!("missing {end}, unterminated name"), start));
        }
        if text.is_empty() {
            return Err(self.error(&format!("missing {what}"), start));
        }
        Ok(text)
    }

    /// The text that was read since a place.
    pub(super) fn since(&self, start: usize) -> String {
        self.characters
            .get(start..self.at)
            .into_iter()
            .flatten()
            .collect()
    }

    /// The error at a place, as Python words it.
    pub(super) fn error(&self, message: &str, at: usize) -> Error {
        let before = self.characters.get(..at).unwrap_or(&self.characters);
        if !self.characters.contains(&'\n') {
            return Error::raised("error", format!("{message} at position {at}"));
        }
        let line = before.iter().filter(|next| **next == '\n').count() + 1;
        let column = before
            .iter()
            .rev()
            .take_while(|next| **next != '\n')
            .count()
            + 1;
        Error::raised(
            "error",
            format!("{message} at position {at} (line {line}, column {column})"),
        )
    }
}

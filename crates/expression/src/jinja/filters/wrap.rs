//! `wordwrap`: breaks lines as Python's `textwrap` does.

use std::ops::Range;

use crate::jinja::access::{check_method, method_call};
use crate::jinja::callable::{Given, integer};
use crate::jinja::iterate::collect;
use crate::value::order::{Comparison, compare};
use crate::value::text::character::{Property, has, is_space};
use crate::value::{Error, Value, budget, text};

pub(super) fn word_wrap(given: &Given<'_>) -> Result<Value, Error> {
    let separator = given.some(3).cloned().unwrap_or_else(|| "\n".into());
    check_method(&separator, "join")?;
    let lines = collect(&method_call(given.value(), "splitlines", &[])?)?;
    let mut paragraphs = Vec::new();
    for line in &lines {
        let line: Vec<char> = text::str(line)?.chars().collect();
        budget::items(line.len())?;
        let layout = Layout::new(given)?;
        let wrapped = Wrapping::new(&line, &layout).run()?;
        let wrapped = wrapped.into_iter().map(Value::from).collect();
        paragraphs.push(method_call(&separator, "join", &[wrapped])?);
    }
    method_call(&separator, "join", &[Value::list(paragraphs)])
}

struct Layout {
    width: usize,
    break_long_words: bool,
    break_on_hyphens: bool,
    split_on_hyphens: bool,
}

impl Layout {
    fn new(given: &Given<'_>) -> Result<Self, Error> {
        let width = given.get(1).cloned().unwrap_or(Value::Int(79));
        if compare(&width, Comparison::LessOrEqual, &Value::Int(0))? {
            let message = format!("invalid width {} (must be > 0)", text::repr(&width)?);
            return Err(Error::value_error(message));
        }
        Ok(Self {
            width: usize::try_from(integer(&width)?).unwrap_or(usize::MAX),
            break_long_words: given.truth_or(2, true)?,
            break_on_hyphens: given.truth_or(4, true)?,
            // Only a plain true makes a difference when a text is split.
            split_on_hyphens: matches!(given.get(4), None | Some(Value::Bool(true))),
        })
    }
}

struct Wrapping<'a> {
    characters: &'a [char],
    layout: &'a Layout,
    /// Words and blanks that are still to be placed, the next one last.
    chunks: Vec<Range<usize>>,
    width: usize,
}

impl<'a> Wrapping<'a> {
    fn new(characters: &'a [char], layout: &'a Layout) -> Self {
        let mut chunks = if layout.split_on_hyphens {
            Chunks::new(characters).split()
        } else {
            split_at_blanks(characters)
        };
        chunks.reverse();
        Self {
            characters,
            layout,
            chunks,
            width: layout.width,
        }
    }

    fn run(mut self) -> Result<Vec<String>, Error> {
        let mut lines = Vec::new();
        while let Some(next) = self.chunks.last() {
            budget::spend(1)?;
            if !lines.is_empty() && self.is_blank(next) {
                self.chunks.pop();
            }
            let line = self.line();
            if !line.is_empty() {
                lines.push(
                    line.into_iter()
                        .flat_map(|chunk| self.slice(chunk))
                        .collect(),
                );
            }
        }
        Ok(lines)
    }

    /// Takes the chunks of one line.
    fn line(&mut self) -> Vec<Range<usize>> {
        let mut line = Vec::new();
        let mut length = 0;
        while let Some(chunk) = self
            .chunks
            .pop_if(|chunk| length + chunk.len() <= self.width)
        {
            length += chunk.len();
            line.push(chunk);
        }
        if let Some(long) = self.chunks.pop_if(|chunk| chunk.len() > self.width) {
            self.break_word(long, &mut line, self.width - length);
        }
        if line.last().is_some_and(|last| self.is_blank(last)) {
            line.pop();
        }
        line
    }

    /// Puts as much of a long word on the line as there is room for.
    fn break_word(&mut self, word: Range<usize>, line: &mut Vec<Range<usize>>, room: usize) {
        if !self.layout.break_long_words {
            if line.is_empty() {
                line.push(word);
            } else {
                self.chunks.push(word);
            }
            return;
        }
        let mut end = word.start + room;
        if self.layout.break_on_hyphens && word.len() > room {
            let part = self.slice(word.start..end).collect::<Vec<_>>();
            let hyphen = part.iter().rposition(|character| *character == '-');
            let hyphen =
                hyphen.filter(|at| part.iter().take(*at).any(|character| *character != '-'));
            end = hyphen.map_or(end, |at| word.start + at + 1);
        }
        line.push(word.start..end);
        self.chunks.push(end..word.end);
    }

    fn slice(&self, range: Range<usize>) -> impl Iterator<Item = char> + use<'a> {
        self.characters
            .get(range)
            .unwrap_or_default()
            .iter()
            .copied()
    }

    fn is_blank(&self, chunk: &Range<usize>) -> bool {
        self.slice(chunk.clone()).all(is_space)
    }
}

/// The blanks at which lines are broken: those of ASCII only.
fn breaks(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\x0b' | '\x0c' | '\r' | ' ')
}

fn split_at_blanks(characters: &[char]) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let mut start = 0;
    for chunk in characters.chunk_by(|one, two| breaks(*one) == breaks(*two)) {
        chunks.push(start..start + chunk.len());
        start += chunk.len();
    }
    chunks
}

/// Splits into blanks and words, where words also end after hyphens inside of them and around dashes.
struct Chunks<'a> {
    characters: &'a [char],
    /// How many hyphens follow one another from each position.
    hyphens: Vec<usize>,
}

impl<'a> Chunks<'a> {
    fn new(characters: &'a [char]) -> Self {
        let mut hyphens = vec![0; characters.len() + 1];
        let mut run = 0;
        for (place, character) in hyphens
            .iter_mut()
            .rev()
            .skip(1)
            .zip(characters.iter().rev())
        {
            run = if *character == '-' { run + 1 } else { 0 };
            *place = run;
        }
        Self {
            characters,
            hyphens,
        }
    }

    fn split(&self) -> Vec<Range<usize>> {
        let mut chunks = Vec::new();
        let mut start = 0;
        while let Some(first) = self.at(start) {
            let end = if breaks(first) {
                self.end_of_blanks(start)
            } else if self.is_dash(start) {
                start + self.run(start)
            } else {
                self.end_of_word(start)
            };
            chunks.push(start..end);
            start = end;
        }
        chunks
    }

    fn at(&self, index: usize) -> Option<char> {
        self.characters.get(index).copied()
    }

    fn run(&self, index: usize) -> usize {
        self.hyphens.get(index).copied().unwrap_or(0)
    }

    fn end_of_blanks(&self, start: usize) -> usize {
        let blanks = self
            .characters
            .iter()
            .skip(start)
            .take_while(|character| breaks(**character));
        start + blanks.count()
    }

    /// Whether a dash of several hyphens stands here between words.
    fn is_dash(&self, index: usize) -> bool {
        let after_word = index
            .checked_sub(1)
            .and_then(|before| self.at(before))
            .is_some_and(ends_word);
        let length = self.run(index);
        after_word && length >= 2 && self.at(index + length).is_some_and(is_word)
    }

    fn end_of_word(&self, start: usize) -> usize {
        let mut end = start + 1;
        loop {
            match self.at(end) {
                None => return end,
                Some(next) if breaks(next) => return end,
                Some('-') if self.is_inner_hyphen(end) => return end + 1,
                Some(_) if self.is_dash(end) => return end,
                Some(_) => end += 1,
            }
        }
    }

    /// Whether a hyphen has letters enough on both sides to break after it.
    fn is_inner_hyphen(&self, index: usize) -> bool {
        let letter = |at: Option<usize>| at.and_then(|at| self.at(at)).is_some_and(is_letter);
        let hyphen = |at: Option<usize>| at.and_then(|at| self.at(at)) == Some('-');
        let before = |distance: usize| index.checked_sub(distance);
        let after = |distance: usize| Some(index + distance);
        let left =
            letter(before(1)) && (letter(before(2)) || (hyphen(before(2)) && letter(before(3))));
        let right =
            letter(after(1)) && (letter(after(2)) || (hyphen(after(2)) && letter(after(3))));
        left && right
    }
}

fn is_word(character: char) -> bool {
    is_letter(character) || has(character, Property::Decimal)
}

fn is_letter(character: char) -> bool {
    let word = [Property::Alphabetic, Property::Digit, Property::Numeric];
    character == '_'
        || (!has(character, Property::Decimal)
            && word.into_iter().any(|property| has(character, property)))
}

fn ends_word(character: char) -> bool {
    is_word(character) || matches!(character, '!' | '"' | '\'' | '&' | '.' | ',' | '?')
}

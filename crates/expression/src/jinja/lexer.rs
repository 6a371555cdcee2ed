//! Splits a template into tokens, one at a time.
//!
//! The environment is StackStorm's: the usual tags, `trim_blocks` and `lstrip_blocks` on, one final line break dropped.

mod tags;

use std::collections::VecDeque;

use super::error::SyntaxError;
use super::number;
use super::token::{Kind, OPERATORS, Operator, Token};
use super::{error::SyntaxErrorClass, escapes::unescape};
use crate::value::text::character::{Property, has};
use tags::{after_block, find_tag, raw_begin, raw_end, sign, tag_end};

/// Longer templates are refused: everything is bounded.
const LONGEST_SOURCE: usize = 4 << 20;

/// What the lexer is inside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    Comment,
    Raw,
    Variable,
    Block,
}

/// A template's text on its way into tokens.
#[derive(Debug)]
pub(super) struct Lexer {
    source: String,
    position: usize,
    line: u32,
    state: State,
    /// Whether what was last read ended with a line break, so that a tag that follows starts its line.
    line_starting: bool,
    /// The closing brackets that are still expected.
    brackets: Vec<Operator>,
    pending: VecDeque<Token>,
}

/// Whether Python's `str.isspace` holds for a character.
pub(super) fn is_space(character: char) -> bool {
    match character {
        ' ' | '\t'..='\r' | '\x1c'..='\x1f' => true,
        _ => !character.is_ascii() && has(character, Property::Space),
    }
}

impl Lexer {
    /// A lexer for a whole template.
    pub(super) fn template(source: &str) -> Result<Self, SyntaxError> {
        Self::start(source, State::Text)
    }

    /// A lexer for one expression, without tags around it.
    pub(super) fn expression(source: &str) -> Result<Self, SyntaxError> {
        Self::start(source, State::Variable)
    }

    fn start(source: &str, state: State) -> Result<Self, SyntaxError> {
        if source.len() > LONGEST_SOURCE {
            let error =
                SyntaxError::new(format!("template is longer than {LONGEST_SOURCE} bytes"), 1);
            return Err(error.of(SyntaxErrorClass::MemoryError));
        }
        let mut source = source.replace("\r\n", "\n").replace('\r', "\n");
        if source.ends_with('\n') {
            source.pop();
        }
        Ok(Self {
            source,
            position: 0,
            line: 1,
            state,
            line_starting: true,
            brackets: Vec::new(),
            pending: VecDeque::new(),
        })
    }

    /// The next token; [`Kind::End`] for ever after the last one.
    pub(super) fn next(&mut self) -> Result<Token, SyntaxError> {
        loop {
            if let Some(token) = self.pending.pop_front() {
                return Ok(token);
            }
            if self.rest().is_empty() {
                return Ok(self.token(Kind::End));
            }
            match self.state {
                State::Text => self.text(),
                State::Comment => self.comment()?,
                State::Raw => self.raw()?,
                State::Variable | State::Block => self.tag()?,
            }
        }
    }

    fn rest(&self) -> &str {
        self.source.get(self.position..).unwrap_or_default()
    }

    fn token(&self, kind: Kind) -> Token {
        Token {
            line: self.line,
            kind,
        }
    }

    fn emit(&mut self, kind: Kind) {
        let token = self.token(kind);
        self.pending.push_back(token);
    }

    /// Moves on by `length` bytes, counting lines.
    fn skip(&mut self, length: usize) {
        let end = self.position + length;
        let skipped = self.source.get(self.position..end).unwrap_or_default();
        self.line += line_breaks(skipped);
        if !skipped.is_empty() {
            self.line_starting = skipped.ends_with('\n');
        }
        self.position = end;
    }

    /// Text up to the next tag.
    fn text(&mut self) {
        let rest = self.rest();
        let Some((start, state)) = find_tag(rest) else {
            let text = rest.to_owned();
            self.emit(Kind::Data(text));
            self.skip(self.rest().len());
            return;
        };
        let (text, tag) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let sign = sign(tag.get(2..).unwrap_or_default());
        let raw = if state == State::Block {
            raw_begin(tag)
        } else {
            None
        };
        let kept = self.strip(text, sign, state).to_owned();
        let (length, state) = raw.map_or((2 + sign.map_or(0, |_| 1), state), |length| {
            (length, State::Raw)
        });
        if !kept.is_empty() {
            self.emit(Kind::Data(kept));
        }
        self.skip(start);
        match state {
            State::Variable => self.emit(Kind::VariableBegin),
            State::Block => self.emit(Kind::BlockBegin),
            State::Text | State::Comment | State::Raw => {}
        }
        self.state = state;
        self.skip(length);
    }

    /// What is left of the text before a tag: `-` strips it, and a block alone on its line loses the blanks before it.
    fn strip<'a>(&self, text: &'a str, sign: Option<char>, tag: State) -> &'a str {
        match sign {
            Some('-') => text.trim_end_matches(is_space),
            Some(_) => text,
            None if tag == State::Variable => text,
            None => {
                let (before, last) = match text.rfind('\n') {
                    Some(end) => text.split_at_checked(end + 1).unwrap_or((text, "")),
                    None if self.line_starting => ("", text),
                    None => return text,
                };
                if last.chars().all(is_space) {
                    before
                } else {
                    text
                }
            }
        }
    }

    fn comment(&mut self) -> Result<(), SyntaxError> {
        let Some(end) = self.rest().find("#}") else {
            return Err(SyntaxError::new("Missing end of comment tag", self.line));
        };
        let sign = self
            .rest()
            .get(..end)
            .and_then(|text| text.chars().next_back());
        let tail = self.rest().get(end + 2..).unwrap_or_default();
        let length = end + 2 + after_block(tail, sign);
        self.skip(length);
        self.state = State::Text;
        Ok(())
    }

    fn raw(&mut self) -> Result<(), SyntaxError> {
        let rest = self.rest();
        let found = rest.match_indices("{%").find_map(|(start, _)| {
            let tag = rest.get(start..)?;
            Some((start, sign(tag.get(2..)?), raw_end(tag)?))
        });
        let Some((start, sign, length)) = found else {
            return Err(SyntaxError::new("Missing end of raw directive", self.line));
        };
        let text = rest.get(..start).unwrap_or_default();
        let kept = self.strip(text, sign, State::Raw).to_owned();
        if !kept.is_empty() {
            self.emit(Kind::Data(kept));
        }
        self.skip(start + length);
        self.state = State::Text;
        Ok(())
    }

    /// One token inside `{{ }}` or `{% %}`.
    fn tag(&mut self) -> Result<(), SyntaxError> {
        if self.brackets.is_empty()
            && let Some(length) = tag_end(self.rest(), self.state)
        {
            self.emit(if self.state == State::Block {
                Kind::BlockEnd
            } else {
                Kind::VariableEnd
            });
            self.skip(length);
            self.state = State::Text;
            return Ok(());
        }
        let rest = self.rest();
        let blank = rest.len() - rest.trim_start_matches(is_space).len();
        if blank > 0 {
            self.skip(blank);
            return Ok(());
        }
        let after_dot = self
            .source
            .get(..self.position)
            .is_some_and(|before| before.ends_with('.'));
        if let Some((kind, length)) =
            number::read(rest, after_dot).map_err(|message| SyntaxError::new(message, self.line))?
        {
            self.emit(kind);
            self.skip(length);
            return Ok(());
        }
        self.word_or_operator()
    }

    fn word_or_operator(&mut self) -> Result<(), SyntaxError> {
        let rest = self.rest();
        let name = rest.len() - rest.trim_start_matches(is_word).len();
        if name > 0 {
            let name = rest.get(..name).unwrap_or_default().to_owned();
            if !is_identifier(&name) {
                return Err(SyntaxError::new(
                    "Invalid character in identifier",
                    self.line,
                ));
            }
            let length = name.len();
            self.emit(Kind::Name(name));
            self.skip(length);
            return Ok(());
        }
        if let Some(inside) = string_inside(rest) {
            let text = unescape(inside).map_err(|message| SyntaxError::new(message, self.line))?;
            let length = inside.len() + 2;
            self.emit(Kind::Text(text));
            self.skip(length);
            return Ok(());
        }
        let Some((spelling, operator)) = OPERATORS
            .iter()
            .find(|(spelling, _)| rest.starts_with(spelling))
        else {
            return Err(self.unexpected_character());
        };
        self.balance(*operator)?;
        self.emit(Kind::Operator(*operator));
        self.skip(spelling.len());
        Ok(())
    }

    fn unexpected_character(&self) -> SyntaxError {
        let character = self.rest().chars().next().unwrap_or_default();
        let index = self
            .source
            .get(..self.position)
            .unwrap_or_default()
            .chars()
            .count();
        let quoted = match character {
            '\'' => "\"'\"".to_owned(),
            '\\' => "'\\\\'".to_owned(),
            control if control.is_control() => format!("'\\x{:02x}'", u32::from(control)),
            other => format!("'{other}'"),
        };
        SyntaxError::new(format!("unexpected char {quoted} at {index}"), self.line)
    }

    /// Keeps track of brackets: the end of the tag is only looked for outside of them.
    fn balance(&mut self, operator: Operator) -> Result<(), SyntaxError> {
        match operator {
            Operator::LeftBrace => self.brackets.push(Operator::RightBrace),
            Operator::LeftParenthesis => self.brackets.push(Operator::RightParenthesis),
            Operator::LeftBracket => self.brackets.push(Operator::RightBracket),
            Operator::RightBrace | Operator::RightParenthesis | Operator::RightBracket => {
                let found = operator.spelling();
                let Some(expected) = self.brackets.pop() else {
                    return Err(SyntaxError::new(format!("unexpected '{found}'"), self.line));
                };
                if expected != operator {
                    let message =
                        format!("unexpected '{found}', expected '{}'", expected.spelling());
                    return Err(SyntaxError::new(message, self.line));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn line_breaks(text: &str) -> u32 {
    let count = text.bytes().filter(|byte| *byte == b'\n').count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn is_word(character: char) -> bool {
    let word = [
        Property::Alphabetic,
        Property::Decimal,
        Property::Digit,
        Property::Numeric,
        Property::IdentifierPart,
    ];
    match character {
        '_' | 'a'..='z' | 'A'..='Z' | '0'..='9' => true,
        _ if character.is_ascii() => false,
        _ => word.into_iter().any(|property| has(character, property)),
    }
}

/// `str.isidentifier`.
fn is_identifier(name: &str) -> bool {
    let is_part = |character: u8| character == b'_' || character.is_ascii_alphanumeric();
    if name.bytes().all(is_part) {
        // What starts with a digit was read as a number.
        return true;
    }
    let mut characters = name.chars();
    let first = characters.next();
    first.is_some_and(|first| first == '_' || has(first, Property::IdentifierStart))
        && characters.all(|character| has(character, Property::IdentifierPart))
}

/// The inside of the string literal at the start of `rest`, escapes and all.
fn string_inside(rest: &str) -> Option<&str> {
    let quote = rest
        .chars()
        .next()
        .filter(|first| matches!(first, '\'' | '"'))?;
    let mut escaped = false;
    for (index, character) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == quote {
            return rest.get(1..index);
        }
    }
    None
}

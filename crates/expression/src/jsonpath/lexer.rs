//! The words of a path.

use crate::value::Error;
use crate::value::text::character::decimal;

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, plain or quoted.
    Name(String),
    /// An integer; one beyond 64 bits is the nearest that fits.
    Number(i64),
    /// `` `this` `` and its kin.
    Operator(String),
    /// `where`
    Where,
    /// `..`
    DoubleDot,
    /// A sign of one character.
    Sign(char),
}

/// A word and where it stands, as the original counts.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) position: usize,
}

/// Cuts a path into words, one at a time.
pub(super) struct Lexer {
    characters: Vec<char>,
    at: usize,
    line: usize,
    newline: usize,
}

impl Lexer {
    pub(super) fn new(text: &str) -> Self {
        Self {
            characters: text.chars().collect(),
            at: 0,
            line: 1,
            newline: 0,
        }
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    /// The next word; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Placed>, Error> {
        loop {
            match self.peek() {
                None => return Ok(None),
                Some(' ' | '\t') => self.at += 1,
                Some('\n') => {
                    self.line += 1;
                    self.newline = self.at;
                    self.at += 1;
                }
                Some(first) => return self.token(first).map(Some),
            }
        }
    }

    fn token(&mut self, first: char) -> Result<Placed, Error> {
        let start = self.at;
        let token = match first {
            'a'..='z' | 'A'..='Z' | '_' | '@' => self.name(),
            '-' if self
                .characters
                .get(start + 1)
                .copied()
                .and_then(decimal)
                .is_some() =>
            {
                self.number()
            }
            _ if decimal(first).is_some() => self.number(),
            '\'' | '"' | '`' => return self.quoted(first),
            '.' if self.characters.get(start + 1) == Some(&'.') => {
                self.at += 2;
                Token::DoubleDot
            }
            '*' | '.' | '[' | ']' | '(' | ')' | '$' | ',' | ':' | '|' | '&' => {
                self.at += 1;
                Token::Sign(first)
            }
            _ => return Err(self.unexpected("", first)),
        };
        Ok(self.placed(token, start))
    }

    fn placed(&self, token: Token, position: usize) -> Placed {
        Placed {
            token,
            line: self.line,
            column: position - self.newline,
            position,
        }
    }

    fn name(&mut self) -> Token {
        let mut name = String::new();
        while let Some(next @ ('a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '@' | '-')) = self.peek() {
            name.push(next);
            self.at += 1;
        }
        if name == "where" {
            Token::Where
        } else {
            Token::Name(name)
        }
    }

    fn number(&mut self) -> Token {
        let negative = self.peek() == Some('-');
        self.at += usize::from(negative);
        let mut number = 0_i64;
        while let Some(digit) = self.peek().and_then(decimal) {
            self.at += 1;
            number = number.saturating_mul(10).saturating_add(digit.into());
        }
        Token::Number(if negative { -number } else { number })
    }

    fn quoted(&mut self, quote: char) -> Result<Placed, Error> {
        self.at += 1;
        let mut text = String::new();
        while let Some(next) = self.peek() {
            if next == quote {
                let token = match quote {
                    '`' => Token::Operator(text),
                    _ => Token::Name(text),
                };
                self.at += 1;
                // The original's words stand where their closing quote is.
                return Ok(self.placed(token, self.at - 1));
            }
            if next == '\\' {
                match self.characters.get(self.at + 1) {
                    Some('\n') | None => return Err(self.unexpected(within(quote), next)),
                    Some(escaped) => text.push(*escaped),
                }
                self.at += 2;
                continue;
            }
            text.push(next);
            self.at += 1;
        }
        Err(Error::raised(
            "JsonPathLexerError",
            "Unexpected EOF in string literal or identifier",
        ))
    }

    fn unexpected(&self, within: &str, character: char) -> Error {
        Error::raised(
            "JsonPathLexerError",
            format!(
                "Error on line {}, col {}{within}: Unexpected character: {character} ",
                self.line,
                self.at - self.newline
            ),
        )
    }
}

const fn within(quote: char) -> &'static str {
    match quote {
        '`' => " while lexing backquoted operator",
        '"' => " while lexing doublequoted field",
        _ => " while lexing singlequoted field",
    }
}

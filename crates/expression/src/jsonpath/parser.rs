//! Paths from words, by precedence.

use super::lexer::{Lexer, Placed, Token};
use super::{Join, Node};
use crate::value::{Error, budget};

/// The path that a text means.
pub(super) fn parse(text: &str) -> Result<Node, Error> {
    budget::text(text.len())?;
    let mut lexer = Lexer::new(text);
    let next = lexer.next()?;
    let mut parser = Parser { lexer, next };
    let node = parser.path(0)?;
    match parser.next {
        None => Ok(node),
        Some(_) => Err(parser.unexpected()),
    }
}

struct Parser {
    lexer: Lexer,
    next: Option<Placed>,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.next.as_ref().map(|placed| &placed.token)
    }

    fn advance(&mut self) -> Result<Option<Placed>, Error> {
        let after = self.lexer.next()?;
        Ok(std::mem::replace(&mut self.next, after))
    }

    fn take(&mut self, sign: char) -> Result<bool, Error> {
        let found = self.peek() == Some(&Token::Sign(sign));
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, sign: char) -> Result<(), Error> {
        if self.take(sign)? {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    /// A path whose joins all bind at least as tightly as `least`.
    fn path(&mut self, least: u8) -> Result<Node, Error> {
        let _level = budget::descend()?;
        let mut left = self.first()?;
        loop {
            // A bracket binds least of all: it applies to everything before it.
            if least == 0 && self.take('[')? {
                let right = self.bracket()?;
                left = Node::Pair(Join::Child, Box::new((left, right)));
                continue;
            }
            let Some((join, level)) = self.peek().and_then(join) else {
                return Ok(left);
            };
            if level < least {
                return Ok(left);
            }
            self.advance()?;
            let right = self.path(level + 1)?;
            left = Node::Pair(join, Box::new((left, right)));
        }
    }

    fn first(&mut self) -> Result<Node, Error> {
        match self.peek() {
            Some(Token::Name(_)) => Ok(Node::Fields(self.names()?)),
            Some(Token::Operator(_)) => self.operator(),
            Some(Token::Sign('*')) => {
                self.advance()?;
                Ok(Node::Fields(vec!["*".to_owned()]))
            }
            Some(Token::Sign('$')) => {
                self.advance()?;
                Ok(Node::Root)
            }
            Some(Token::Sign('(')) => {
                self.advance()?;
                let inner = self.path(0)?;
                self.expect(')')?;
                Ok(inner)
            }
            Some(Token::Sign('[')) => {
                self.advance()?;
                self.bracket()
            }
            _ => Err(self.unexpected()),
        }
    }

    fn operator(&mut self) -> Result<Node, Error> {
        let placed = self.advance()?;
        match placed {
            Some(Placed {
                token: Token::Operator(name),
                line,
                position,
                ..
            }) => match &*name {
                "this" => Ok(Node::This),
                "parent" => Ok(Node::Parent),
                _ => Err(Error::raised(
                    "Exception",
                    format!("Unknown named operator `{name}` at {line}:{position}"),
                )),
            },
            _ => Err(self.unexpected()),
        }
    }

    /// Names with commas between them.
    fn names(&mut self) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        loop {
            match self.peek() {
                Some(Token::Name(name)) => names.push(name.clone()),
                _ => return Err(self.unexpected()),
            }
            self.advance()?;
            if !self.take(',')? {
                return Ok(names);
            }
        }
    }

    /// What stands in brackets, of which the opening one was read.
    fn bracket(&mut self) -> Result<Node, Error> {
        let node = match self.peek() {
            Some(Token::Name(_)) => Node::Fields(self.names()?),
            Some(Token::Sign('*')) => {
                self.advance()?;
                Node::Slice(None, None)
            }
            Some(Token::Number(_) | Token::Sign(':')) => self.index_or_slice()?,
            _ => return Err(self.unexpected()),
        };
        self.expect(']')?;
        Ok(node)
    }

    fn index_or_slice(&mut self) -> Result<Node, Error> {
        let start = self.number()?;
        if self.take(':')? {
            return Ok(Node::Slice(start, self.number()?));
        }
        start.map(Node::Index).ok_or_else(|| self.unexpected())
    }

    fn number(&mut self) -> Result<Option<i64>, Error> {
        let number = match self.peek() {
            Some(Token::Number(number)) => *number,
            _ => return Ok(None),
        };
        self.advance()?;
        Ok(Some(number))
    }

    /// The error about the next word.
    fn unexpected(&self) -> Error {
        let Some(placed) = &self.next else {
            // What the original's own error about the end of the text comes to.
            return Error::attribute_error("'NoneType' object has no attribute 'lineno'");
        };
        let (text, kind) = match &placed.token {
            Token::Name(name) => (name.clone(), "ID".to_owned()),
            Token::Number(number) => (number.to_string(), "NUMBER".to_owned()),
            Token::Operator(name) => (name.clone(), "NAMED_OPERATOR".to_owned()),
            Token::Where => ("where".to_owned(), "WHERE".to_owned()),
            Token::DoubleDot => ("..".to_owned(), "DOUBLEDOT".to_owned()),
            Token::Sign(sign) => (sign.to_string(), sign.to_string()),
        };
        Error::raised(
            "Exception",
            format!(
                "Parse error at {}:{} near token {text} ({kind})",
                placed.line, placed.column
            ),
        )
    }
}

/// The join that a word means, and how tightly it binds.
const fn join(token: &Token) -> Option<(Join, u8)> {
    match token {
        Token::DoubleDot => Some((Join::Descendants, 1)),
        Token::Sign('.') => Some((Join::Child, 2)),
        Token::Sign('|') => Some((Join::Union, 3)),
        Token::Sign('&') => Some((Join::Intersect, 4)),
        Token::Where => Some((Join::Where, 5)),
        _ => None,
    }
}

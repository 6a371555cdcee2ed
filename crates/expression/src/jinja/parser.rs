//! Reads a template into its syntax tree, with Jinja's grammar and Jinja's complaints.

mod arguments;
mod expressions;
mod primary;
mod statements;
mod targets;

use super::ast::{Escape, Expression, ExpressionKind, Output, Piece, Statement};
use super::error::{SyntaxError, SyntaxErrorClass};
use super::lexer::Lexer;
use super::token::{Kind, Operator, Token};

/// Deeper expressions and statements are refused; Python's own stack ends at about the same depth.
const DEEPEST: u16 = 100;
/// An expression's tree may be deeper than its brackets: `1 + 1 + 1` leans to the left.
const DEEPEST_TREE: u16 = 200;

/// The most parameters of a macro and named arguments of a call.
const MOST_NAMES: usize = 1000;

/// The words that end a body.
type Ends = &'static [&'static str];

/// A template on its way from text to tree.
pub(super) struct Parser {
    lexer: Lexer,
    current: Token,
    ahead: Option<Token>,
    depth: u16,
    /// The tags that are open, for error messages.
    tags: Vec<String>,
    ends: Vec<Ends>,
    /// An error that comes after all others.
    late: Option<SyntaxError>,
}

/// A syntax tree, and what Python will say about the code that Jinja makes of it.
pub(super) struct Parsed<T> {
    pub(super) tree: T,
    pub(super) late: Option<SyntaxError>,
}

/// Reads a whole template.
pub(super) fn template(source: &str) -> Result<Parsed<Vec<Statement>>, SyntaxError> {
    let mut parser = Parser::start(Lexer::template(source)?)?;
    let tree = parser.body(None)?;
    Ok(Parsed {
        tree,
        late: parser.late,
    })
}

/// Reads one expression without tags around it.
pub(super) fn expression(source: &str) -> Result<Parsed<Expression>, SyntaxError> {
    let mut parser = Parser::start(Lexer::expression(source)?)?;
    let expression = parser.expression()?;
    match parser.current.kind {
        Kind::End => Ok(Parsed {
            tree: expression,
            late: parser.late,
        }),
        _ => Err(parser.error("chunk after expression")),
    }
}

impl Parser {
    fn start(lexer: Lexer) -> Result<Self, SyntaxError> {
        let mut parser = Self {
            lexer,
            current: Token {
                line: 1,
                kind: Kind::End,
            },
            ahead: None,
            depth: 0,
            tags: Vec::new(),
            ends: Vec::new(),
            late: None,
        };
        parser.advance()?;
        Ok(parser)
    }

    /// Goes one token ahead and returns the old one.
    fn advance(&mut self) -> Result<Token, SyntaxError> {
        let next = match self.ahead.take() {
            Some(token) => token,
            None => self.fetch(self.current.line)?,
        };
        Ok(std::mem::replace(&mut self.current, next))
    }

    /// The token after the current one.
    fn look(&mut self) -> Result<&Kind, SyntaxError> {
        let token = match self.ahead.take() {
            Some(token) => token,
            None => self.fetch(self.current.line)?,
        };
        Ok(&self.ahead.insert(token).kind)
    }

    /// The end of a template is on the line of its last token.
    fn fetch(&mut self, line: u32) -> Result<Token, SyntaxError> {
        let token = self.lexer.next()?;
        Ok(match token.kind {
            Kind::End => Token {
                line,
                kind: Kind::End,
            },
            _ => token,
        })
    }

    fn is(&self, operator: Operator) -> bool {
        self.current.kind == Kind::Operator(operator)
    }

    fn is_word(&self, word: &str) -> bool {
        self.current.kind.is_name(word)
    }

    fn skip_if(&mut self, operator: Operator) -> Result<bool, SyntaxError> {
        let found = self.is(operator);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn skip_word(&mut self, word: &str) -> Result<bool, SyntaxError> {
        let found = self.is_word(word);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, operator: Operator) -> Result<Token, SyntaxError> {
        self.expect_kind(&Kind::Operator(operator))
    }

    fn expect_word(&mut self, word: &str) -> Result<Token, SyntaxError> {
        if self.is_word(word) {
            return self.advance();
        }
        Err(self.expected(word))
    }

    fn expect_kind(&mut self, kind: &Kind) -> Result<Token, SyntaxError> {
        if self.current.kind == *kind {
            return self.advance();
        }
        Err(self.expected(kind.describe()))
    }

    /// Any name, with its line.
    fn expect_name(&mut self) -> Result<(String, u32), SyntaxError> {
        if !matches!(self.current.kind, Kind::Name(_)) {
            return Err(self.expected("name"));
        }
        let token = self.advance()?;
        match token.kind {
            Kind::Name(name) => Ok((name, token.line)),
            _ => Err(self.expected("name")),
        }
    }

    fn expected(&self, expected: &str) -> SyntaxError {
        match &self.current.kind {
            Kind::End => self.error(format!(
                "unexpected end of template, expected '{expected}'."
            )),
            found => self.error(format!(
                "expected token '{expected}', got '{}'",
                found.describe()
            )),
        }
    }

    fn error(&self, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(message, self.current.line)
    }

    /// Refuses more names in one list than anybody writes.
    fn few_enough(&self, names: usize) -> Result<(), SyntaxError> {
        if names < MOST_NAMES {
            return Ok(());
        }
        let error = self.error(format!(
            "more than {MOST_NAMES} parameters or named arguments"
        ));
        Err(error.of(SyntaxErrorClass::MemoryError))
    }

    /// Notes what Python will refuse once all is well for Jinja.
    fn note_late(&mut self, message: String, line: u32) {
        let error = SyntaxError::new(message, line).of(SyntaxErrorClass::SyntaxError);
        self.late.get_or_insert(error);
    }

    fn too_deep(&self) -> SyntaxError {
        self.error("maximum recursion depth exceeded")
            .of(SyntaxErrorClass::RecursionError)
    }

    /// Goes one level deeper, if that is not too deep. Errors end the parsing, so only success goes back up.
    fn deeper(&mut self) -> Result<(), SyntaxError> {
        if self.depth >= DEEPEST {
            return Err(self.too_deep());
        }
        self.depth += 1;
        Ok(())
    }

    /// Makes a node of the tree, if that does not become too deep.
    fn node(&self, kind: ExpressionKind) -> Result<Expression, SyntaxError> {
        let mut depth = 0;
        kind.each_child(&mut |child| depth = depth.max(child.depth));
        if depth >= DEEPEST_TREE {
            return Err(self.too_deep());
        }
        Ok(Expression {
            kind,
            depth: depth + 1,
        })
    }

    /// Text, output and statements up to one of `ends`, which stays the current token, or up to the end of the template.
    fn body(&mut self, ends: Option<Ends>) -> Result<Vec<Statement>, SyntaxError> {
        let mut statements = Vec::new();
        let mut pieces = Vec::new();
        self.ends.extend(ends);
        loop {
            match &mut self.current.kind {
                Kind::Data(text) => {
                    pieces.push(Piece::Text(std::mem::take(text).into_boxed_str()));
                    self.advance()?;
                }
                Kind::VariableBegin => {
                    self.advance()?;
                    let line = self.current.line;
                    let expression = self.tuple(true, false)?;
                    pieces.push(Piece::Expression(expression, line));
                    self.expect_kind(&Kind::VariableEnd)?;
                }
                Kind::BlockBegin => {
                    flush(&mut pieces, &mut statements);
                    self.advance()?;
                    if self.is_end(ends) {
                        break;
                    }
                    self.deeper()?;
                    statements.push(self.statement()?);
                    self.depth -= 1;
                    self.expect_kind(&Kind::BlockEnd)?;
                }
                _ => {
                    flush(&mut pieces, &mut statements);
                    break;
                }
            }
        }
        if ends.is_some() {
            self.ends.pop();
        }
        Ok(statements)
    }

    fn is_end(&self, ends: Option<Ends>) -> bool {
        ends.is_some_and(|ends| ends.iter().any(|end| self.is_word(end)))
    }

    /// The complaint about a tag that is not known here, or (without a name) about the end of the template.
    fn misplaced(&self, name: Option<&str>, ends: &[Ends], line: u32) -> SyntaxError {
        let mut message = vec![match name {
            None => "Unexpected end of template.".to_owned(),
            Some(name) => format!("Encountered unknown tag '{name}'."),
        }];
        if let Some(looking_for) = ends.last() {
            let looking_for: Vec<_> = looking_for.iter().map(|end| format!("'{end}'")).collect();
            let looking_for = looking_for.join(" or ");
            let known = name.is_some_and(|name| ends.iter().any(|ends| ends.contains(&name)));
            message.push(if known {
                format!(
                    "You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for \
                     {looking_for}."
                )
            } else {
                format!("Jinja was looking for the following tags: {looking_for}.")
            });
        }
        if let Some(tag) = self.tags.last() {
            message.push(format!(
                "The innermost block that needs to be closed is '{tag}'."
            ));
        }
        SyntaxError::new(message.join(" "), line)
    }
}

fn flush(pieces: &mut Vec<Piece>, statements: &mut Vec<Statement>) {
    if !pieces.is_empty() {
        statements.push(output(std::mem::take(pieces)));
    }
}

/// A statement that writes pieces.
pub(super) fn output(pieces: Vec<Piece>) -> Statement {
    Statement::Output(Output {
        pieces,
        escape: Escape::default(),
    })
}

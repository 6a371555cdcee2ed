//! Statements: what stands between `{%` and `%}`.

use std::sync::Arc;

use super::{Ends, Parser};
use crate::jinja::ast::{
    Autoescape, BlockCall, CallBlock, Escape, Expression, ExpressionKind, FilterBlock, For, Frame,
    Function, If, LoopTest, Macro, Name, OtherTemplate, OtherTemplateKind, Piece, Set, SetBlock,
    Statement, With,
};
use crate::jinja::error::{SyntaxError, SyntaxErrorClass};
use crate::jinja::lexer::is_space;
use crate::jinja::token::{Kind, Operator};

impl Parser {
    /// One statement, up to but without its last `%}`.
    pub(super) fn statement(&mut self) -> Result<Statement, SyntaxError> {
        let line = self.current.line;
        let Kind::Name(tag) = &self.current.kind else {
            return Err(self.error("tag name expected"));
        };
        let tag = tag.clone();
        self.tags.push(tag.clone());
        let statement = match tag.as_str() {
            "for" => self.for_loop(line),
            "if" => self.if_statement(),
            "set" => self.set(line),
            "macro" => self.macro_definition(line),
            "call" => self.call_block(line),
            "filter" => self.filter_block(line),
            "with" => self.with(line),
            "autoescape" => self.autoescape(line),
            "block" => self.block(line),
            "print" => self.print(),
            "extends" | "include" | "import" | "from" => self.other_template(&tag, line),
            _ => {
                self.tags.pop();
                return Err(self.misplaced(Some(&tag), &self.ends, line));
            }
        }?;
        self.tags.pop();
        Ok(statement)
    }

    /// The statements of a body up to one of `ends`, which stays the current token.
    fn statements(&mut self, ends: Ends) -> Result<Vec<Statement>, SyntaxError> {
        // A colon as in Python is allowed.
        self.skip_if(Operator::Colon)?;
        self.expect_kind(&Kind::BlockEnd)?;
        let body = self.body(Some(ends))?;
        if self.current.kind == Kind::End {
            let mut open = self.ends.clone();
            open.push(ends);
            return Err(self.misplaced(None, &open, self.current.line));
        }
        Ok(body)
    }

    /// The statements of a body and the word that ends it.
    fn statements_and_end(&mut self, ends: Ends) -> Result<Vec<Statement>, SyntaxError> {
        let body = self.statements(ends)?;
        self.advance()?;
        Ok(body)
    }

    /// Goes past the word that ended a body; tells whether it was `word`.
    fn ended_with(&mut self, word: &str) -> Result<bool, SyntaxError> {
        Ok(self.advance()?.kind.is_name(word))
    }

    fn for_loop(&mut self, line: u32) -> Result<Statement, SyntaxError> {
        self.advance()?;
        let target = self.target(false)?;
        self.expect_word("in")?;
        let iterable = self.tuple(false, false)?;
        let condition = if self.skip_word("if")? {
            Some(self.expression()?)
        } else {
            None
        };
        let recursive = self.skip_word("recursive")?;
        let body = self.statements(&["endfor", "else"])?;
        let otherwise = if self.ended_with("endfor")? {
            Vec::new()
        } else {
            self.statements_and_end(&["endfor"])?
        };
        let test = condition.map(|condition| {
            Arc::new(LoopTest {
                condition,
                target: target.clone(),
                frame: Frame::default(),
                slots: 0,
            })
        });
        Ok(Statement::For(Arc::new(For {
            line,
            target,
            iterable,
            test,
            recursive,
            body,
            otherwise,
            frame: Frame::default(),
            otherwise_frame: Frame::default(),
            loop_slot: None,
            slots: 0,
            escape: Escape::default(),
        })))
    }

    fn if_statement(&mut self) -> Result<Statement, SyntaxError> {
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        let mut line = self.advance()?.line;
        loop {
            let test = self.tuple(false, false)?;
            let body = self.statements(&["elif", "else", "endif"])?;
            branches.push((test, line, body));
            let end = self.advance()?;
            if end.kind.is_name("elif") {
                line = self.current.line;
                continue;
            }
            if end.kind.is_name("else") {
                otherwise = self.statements_and_end(&["endif"])?;
            }
            return Ok(Statement::If(Box::new(If {
                branches,
                otherwise,
            })));
        }
    }

    fn set(&mut self, line: u32) -> Result<Statement, SyntaxError> {
        self.advance()?;
        let target = self.target(true)?;
        if self.skip_if(Operator::Assign)? {
            let value = self.tuple(true, false)?;
            return Ok(Statement::Set(Box::new(Set {
                line,
                target,
                value,
                top_level: false,
            })));
        }
        let filter = if self.is(Operator::Pipe) {
            Some(self.filters(None)?)
        } else {
            None
        };
        let body = self.statements_and_end(&["endset"])?;
        Ok(Statement::SetBlock(Box::new(SetBlock {
            line,
            target,
            filter,
            body,
            frame: Frame::default(),
            top_level: false,
            escape: Escape::default(),
        })))
    }

    fn macro_definition(&mut self, line: u32) -> Result<Statement, SyntaxError> {
        self.advance()?;
        let name = self.name_target()?;
        let (parameters, defaults) = self.signature()?;
        let body = self.statements_and_end(&["endmacro"])?;
        Ok(Statement::Macro(Box::new(Macro {
            name,
            function: function(line, parameters, defaults, body),
            top_level: false,
        })))
    }

    fn call_block(&mut self, line: u32) -> Result<Statement, SyntaxError> {
        self.advance()?;
        let (parameters, defaults) = if self.is(Operator::LeftParenthesis) {
            self.signature()?
        } else {
            (Vec::new(), Vec::new())
        };
        let call = self.expression()?;
        let ExpressionKind::Call(node) = &call.kind else {
            return Err(SyntaxError::new("expected call", line));
        };
        // The body is passed under this name.
        if node
            .arguments
            .keywords
            .iter()
            .any(|(name, _)| **name == *"caller")
        {
            self.note_late("keyword argument repeated: caller".to_owned(), line);
        }
        let body = self.statements_and_end(&["endcall"])?;
        Ok(Statement::CallBlock(Box::new(CallBlock {
            line,
            call,
            function: function(line, parameters, defaults, body),
        })))
    }

    fn filter_block(&mut self, line: u32) -> Result<Statement, SyntaxError> {
        self.advance()?;
        let first = self.filter(None)?;
        let filter = self.filters(Some(first))?;
        let body = self.statements_and_end(&["endfilter"])?;
        Ok(Statement::FilterBlock(Box::new(FilterBlock {
            line,
            filter,
            body,
            frame: Frame::default(),
            escape: Escape::default(),
        })))
    }

    fn with(&mut self, line: u32) -> Result<Statement, SyntaxError> {
        self.advance()?;
        let mut targets = Vec::new();
        let mut values = Vec::new();
        while self.current.kind != Kind::BlockEnd {
            if !targets.is_empty() {
                self.expect(Operator::Comma)?;
            }
            targets.push(self.target(false)?);
            self.expect(Operator::Assign)?;
            values.push(self.expression()?);
        }
        let body = self.statements_and_end(&["endwith"])?;
        Ok(Statement::With(Box::new(With {
            line,
            targets,
            values,
            body,
            frame: Frame::default(),
        })))
    }

    fn autoescape(&mut self, line: u32) -> Result<Statement, SyntaxError> {
        self.advance()?;
        let enabled = self.expression()?;
        let body = self.statements_and_end(&["endautoescape"])?;
        Ok(Statement::Autoescape(Box::new(Autoescape {
            line,
            enabled,
            body,
            frame: Frame::default(),
        })))
    }

    fn block(&mut self, line: u32) -> Result<Statement, SyntaxError> {
        self.advance()?;
        let (name, _) = self.expect_name()?;
        let scoped = self.skip_word("scoped")?;
        let required = self.skip_word("required")?;
        if self.is(Operator::Subtract) {
            return Err(self.error(
                "Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an \
                 underscore instead.",
            ));
        }
        let body = self.statements_and_end(&["endblock"])?;
        if required && !body.iter().all(is_blank) {
            return Err(self.error("Required blocks can only contain comments or whitespace"));
        }
        self.skip_word(&name)?;
        Ok(Statement::Block(Box::new(BlockCall {
            line,
            name: name.into_boxed_str(),
            scoped,
            required,
            body,
            locals: Vec::new(),
        })))
    }

    fn print(&mut self) -> Result<Statement, SyntaxError> {
        self.advance()?;
        let mut pieces = Vec::new();
        while self.current.kind != Kind::BlockEnd {
            if !pieces.is_empty() {
                self.expect(Operator::Comma)?;
            }
            let line = self.current.line;
            pieces.push(Piece::Expression(self.expression()?, line));
        }
        Ok(super::output(pieces))
    }

    fn other_template(&mut self, tag: &str, line: u32) -> Result<Statement, SyntaxError> {
        self.advance()?;
        let template = self.expression()?;
        let kind = match tag {
            "extends" => OtherTemplateKind::Extends,
            "include" => {
                if self.is_word("ignore") && self.look()?.is_name("missing") {
                    self.advance()?;
                    self.advance()?;
                }
                self.import_context()?;
                OtherTemplateKind::Include
            }
            "import" => {
                self.expect_word("as")?;
                let name = self.name_target()?;
                self.import_context()?;
                OtherTemplateKind::Import(vec![name])
            }
            _ => {
                self.expect_word("import")?;
                OtherTemplateKind::Import(self.imported_names()?)
            }
        };
        Ok(Statement::Template(Box::new(OtherTemplate {
            line,
            template,
            kind,
        })))
    }

    /// `with context` or `without context`, which make no difference here.
    fn import_context(&mut self) -> Result<bool, SyntaxError> {
        let found =
            (self.is_word("with") || self.is_word("without")) && self.look()?.is_name("context");
        if found {
            self.advance()?;
            self.advance()?;
        }
        Ok(found)
    }

    fn imported_names(&mut self) -> Result<Vec<Name>, SyntaxError> {
        let mut names = Vec::new();
        loop {
            if !names.is_empty() {
                self.expect(Operator::Comma)?;
            }
            if !matches!(self.current.kind, Kind::Name(_)) {
                return Err(self.expected("name"));
            }
            if self.import_context()? {
                return Ok(names);
            }
            let mut name = self.name_target()?;
            if name.name.starts_with('_') {
                let error = SyntaxError::new(
                    "names starting with an underline can not be imported",
                    name.line,
                );
                return Err(error.of(SyntaxErrorClass::TemplateAssertionError));
            }
            if self.skip_word("as")? {
                name = self.name_target()?;
            }
            names.push(name);
            if self.import_context()? || !self.is(Operator::Comma) {
                return Ok(names);
            }
        }
    }
}

fn function(
    line: u32,
    parameters: Vec<Name>,
    defaults: Vec<Expression>,
    body: Vec<Statement>,
) -> Arc<Function> {
    Arc::new(Function {
        line,
        parameters,
        defaults,
        body,
        frame: Frame::default(),
        slots: 0,
        caller: None,
        kwargs: None,
        varargs: None,
        uses_caller: false,
    })
}

/// Whether a statement is nothing but blanks.
fn is_blank(statement: &Statement) -> bool {
    let Statement::Output(output) = statement else {
        return false;
    };
    output
        .pieces
        .iter()
        .all(|piece| matches!(piece, Piece::Text(text) if text.chars().all(is_space)))
}

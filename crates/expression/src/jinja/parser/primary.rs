//! Names, literals and brackets, and what can follow them.

use num_traits::ToPrimitive as _;

use super::Parser;
use super::targets::new_name;
use crate::jinja::ast::{Call, Constant, Expression, ExpressionKind, Slice};
use crate::jinja::error::SyntaxError;
use crate::jinja::token::{Kind, Operator};

impl Parser {
    /// A name, a literal or something in brackets.
    pub(super) fn primary(&mut self) -> Result<Expression, SyntaxError> {
        let line = self.current.line;
        match &mut self.current.kind {
            Kind::Name(name) => {
                let name = std::mem::take(name);
                self.advance()?;
                self.node(name_or_constant(name, line))
            }
            Kind::Text(text) => {
                let mut text = std::mem::take(text);
                self.advance()?;
                while let Kind::Text(more) = &self.current.kind {
                    text.push_str(more);
                    self.advance()?;
                }
                self.node(ExpressionKind::Constant(Constant::Text(
                    text.into_boxed_str(),
                )))
            }
            Kind::Integer(number) => {
                let number = std::mem::take(number);
                self.advance()?;
                let constant = number
                    .to_i64()
                    .map_or(Constant::Big(number), Constant::Integer);
                self.node(ExpressionKind::Constant(constant))
            }
            Kind::Float(number) => {
                let number = *number;
                self.advance()?;
                self.node(ExpressionKind::Constant(Constant::Float(number)))
            }
            Kind::Operator(Operator::LeftParenthesis) => {
                self.advance()?;
                let inside = self.tuple(true, true)?;
                self.expect(Operator::RightParenthesis)?;
                Ok(inside)
            }
            Kind::Operator(Operator::LeftBracket) => self.list(),
            Kind::Operator(Operator::LeftBrace) => self.dict(),
            other => {
                let message = format!("unexpected '{}'", other.describe());
                Err(self.error(message))
            }
        }
    }

    /// An expression, or several with commas between them.
    pub(super) fn tuple(
        &mut self,
        conditional: bool,
        parentheses: bool,
    ) -> Result<Expression, SyntaxError> {
        let mut items = Vec::new();
        let mut is_tuple = false;
        loop {
            if !items.is_empty() {
                self.expect(Operator::Comma)?;
            }
            if self.at_tuple_end() {
                break;
            }
            items.push(if conditional {
                self.expression()
            } else {
                self.unconditional()
            }?);
            if !self.is(Operator::Comma) {
                break;
            }
            is_tuple = true;
        }
        if !is_tuple {
            if let Some(item) = items.pop() {
                return Ok(item);
            }
            if !parentheses {
                return Err(self.expected_expression());
            }
        }
        self.node(ExpressionKind::Tuple(items))
    }

    pub(super) fn at_tuple_end(&self) -> bool {
        matches!(
            self.current.kind,
            Kind::VariableEnd | Kind::BlockEnd | Kind::Operator(Operator::RightParenthesis)
        )
    }

    pub(super) fn expected_expression(&self) -> SyntaxError {
        self.error(format!(
            "Expected an expression, got '{}'",
            self.current.kind.describe()
        ))
    }

    fn list(&mut self) -> Result<Expression, SyntaxError> {
        self.advance()?;
        let mut items = Vec::new();
        while !self.is(Operator::RightBracket) {
            if !items.is_empty() {
                self.expect(Operator::Comma)?;
                if self.is(Operator::RightBracket) {
                    break;
                }
            }
            items.push(self.expression()?);
        }
        self.advance()?;
        self.node(ExpressionKind::List(items))
    }

    fn dict(&mut self) -> Result<Expression, SyntaxError> {
        self.advance()?;
        let mut items = Vec::new();
        while !self.is(Operator::RightBrace) {
            if !items.is_empty() {
                self.expect(Operator::Comma)?;
                if self.is(Operator::RightBrace) {
                    break;
                }
            }
            let key = self.expression()?;
            self.expect(Operator::Colon)?;
            items.push((key, self.expression()?));
        }
        self.advance()?;
        self.node(ExpressionKind::Dict(items))
    }

    /// Attributes, items and calls.
    pub(super) fn postfix(
        &mut self,
        mut expression: Expression,
    ) -> Result<Expression, SyntaxError> {
        loop {
            expression = match self.current.kind {
                Kind::Operator(Operator::Dot) => self.attribute(expression)?,
                Kind::Operator(Operator::LeftBracket) => self.subscript(expression)?,
                Kind::Operator(Operator::LeftParenthesis) => self.call(expression)?,
                _ => return Ok(expression),
            };
        }
    }

    /// A call of what was parsed so far.
    pub(super) fn call(&mut self, callee: Expression) -> Result<Expression, SyntaxError> {
        let arguments = self.arguments()?;
        self.node(ExpressionKind::Call(Box::new(Call { callee, arguments })))
    }

    fn attribute(&mut self, object: Expression) -> Result<Expression, SyntaxError> {
        self.advance()?;
        let token = self.advance()?;
        match token.kind {
            Kind::Name(name) => self.node(ExpressionKind::Attribute(
                Box::new(object),
                name.into_boxed_str(),
            )),
            Kind::Integer(index) => {
                let constant = index
                    .to_i64()
                    .map_or(Constant::Big(index), Constant::Integer);
                let index = self.node(ExpressionKind::Constant(constant))?;
                self.node(ExpressionKind::Item(Box::new([object, index])))
            }
            _ => Err(SyntaxError::new("expected name or number", token.line)),
        }
    }

    fn subscript(&mut self, object: Expression) -> Result<Expression, SyntaxError> {
        self.advance()?;
        let line = self.current.line;
        let mut keys = Vec::new();
        let mut slices = Vec::new();
        while !self.is(Operator::RightBracket) {
            if !keys.is_empty() || !slices.is_empty() {
                self.expect(Operator::Comma)?;
            }
            match self.subscript_item()? {
                Subscript::Key(key) => keys.push(key),
                Subscript::Slice(bounds) => slices.push(bounds),
            }
        }
        self.advance()?;
        if let Some(bounds) = slices.pop() {
            if !slices.is_empty() || !keys.is_empty() {
                self.note_late("invalid syntax".to_owned(), line);
            }
            return self.node(ExpressionKind::Slice(Box::new(Slice { object, bounds })));
        }
        let key = match keys.pop() {
            Some(key) if keys.is_empty() => key,
            last => {
                keys.extend(last);
                self.node(ExpressionKind::Tuple(keys))?
            }
        };
        self.node(ExpressionKind::Item(Box::new([object, key])))
    }

    fn subscript_item(&mut self) -> Result<Subscript, SyntaxError> {
        let start = if self.is(Operator::Colon) {
            None
        } else {
            let key = self.expression()?;
            if !self.is(Operator::Colon) {
                return Ok(Subscript::Key(key));
            }
            Some(key)
        };
        self.advance()?;
        let stop = if self.is(Operator::Colon) {
            None
        } else {
            self.slice_bound()?
        };
        let step = if self.skip_if(Operator::Colon)? {
            self.slice_bound()?
        } else {
            None
        };
        Ok(Subscript::Slice([start, stop, step]))
    }

    fn slice_bound(&mut self) -> Result<Option<Expression>, SyntaxError> {
        if self.is(Operator::RightBracket) || self.is(Operator::Comma) {
            return Ok(None);
        }
        self.expression().map(Some)
    }
}

enum Subscript {
    Key(Expression),
    Slice([Option<Expression>; 3]),
}

fn name_or_constant(name: String, line: u32) -> ExpressionKind {
    match name.as_str() {
        "true" | "True" => ExpressionKind::Constant(Constant::Bool(true)),
        "false" | "False" => ExpressionKind::Constant(Constant::Bool(false)),
        "none" | "None" => ExpressionKind::Constant(Constant::None),
        _ => ExpressionKind::Name(new_name(name, line)),
    }
}

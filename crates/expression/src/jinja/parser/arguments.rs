//! Calls, filters and tests.

use super::Parser;
use crate::jinja::ast::{Arguments, Expression, ExpressionKind, Filter, Test};
use crate::jinja::error::SyntaxError;
use crate::jinja::token::{Kind, Operator};

impl Parser {
    /// Arguments in parentheses.
    pub(super) fn arguments(&mut self) -> Result<Arguments, SyntaxError> {
        let line = self.expect(Operator::LeftParenthesis)?.line;
        let ensure = |holds: bool| {
            if holds {
                return Ok(());
            }
            Err(SyntaxError::new(
                "invalid syntax for function call expression",
                line,
            ))
        };
        let mut arguments = Arguments::default();
        let mut first = true;
        while !self.is(Operator::RightParenthesis) {
            if !first {
                self.expect(Operator::Comma)?;
                if self.is(Operator::RightParenthesis) {
                    break;
                }
            }
            first = false;
            if self.is(Operator::Multiply) {
                ensure(arguments.list.is_none() && arguments.dict.is_none())?;
                self.advance()?;
                arguments.list = Some(self.expression()?);
            } else if self.is(Operator::Power) {
                ensure(arguments.dict.is_none())?;
                self.advance()?;
                arguments.dict = Some(self.expression()?);
            } else if self.at_keyword()? {
                ensure(arguments.dict.is_none())?;
                self.keyword(&mut arguments)?;
            } else {
                ensure(
                    arguments.list.is_none()
                        && arguments.dict.is_none()
                        && arguments.keywords.is_empty(),
                )?;
                arguments.positional.push(self.expression()?);
            }
        }
        self.advance()?;
        Ok(arguments)
    }

    fn at_keyword(&mut self) -> Result<bool, SyntaxError> {
        Ok(matches!(self.current.kind, Kind::Name(_))
            && *self.look()? == Kind::Operator(Operator::Assign))
    }

    fn keyword(&mut self, arguments: &mut Arguments) -> Result<(), SyntaxError> {
        let (keyword, line) = self.expect_name()?;
        self.advance()?;
        self.few_enough(arguments.keywords.len())?;
        if arguments
            .keywords
            .iter()
            .any(|(earlier, _)| **earlier == *keyword)
        {
            self.note_late(format!("keyword argument repeated: {keyword}"), line);
        }
        let value = self.expression()?;
        arguments.keywords.push((keyword.into_boxed_str(), value));
        Ok(())
    }

    /// Filters, tests and calls after an operand.
    pub(super) fn filters_and_tests(
        &mut self,
        mut operand: Expression,
    ) -> Result<Expression, SyntaxError> {
        loop {
            operand = match &self.current.kind {
                Kind::Operator(Operator::Pipe) => self.filters(Some(operand))?,
                Kind::Name(word) if word == "is" => self.test(operand)?,
                Kind::Operator(Operator::LeftParenthesis) => self.call(operand)?,
                _ => return Ok(operand),
            };
        }
    }

    /// One filter after another, each with its `|`.
    pub(super) fn filters(
        &mut self,
        mut operand: Option<Expression>,
    ) -> Result<Expression, SyntaxError> {
        loop {
            match operand {
                Some(operand) if !self.is(Operator::Pipe) => return Ok(operand),
                earlier => {
                    self.expect(Operator::Pipe)?;
                    operand = Some(self.filter(earlier)?);
                }
            }
        }
    }

    /// One filter, without its `|`.
    pub(super) fn filter(
        &mut self,
        operand: Option<Expression>,
    ) -> Result<Expression, SyntaxError> {
        let (name, line) = self.dotted_name()?;
        let arguments = if self.is(Operator::LeftParenthesis) {
            self.arguments()?
        } else {
            Arguments::default()
        };
        self.node(ExpressionKind::Filter(Box::new(Filter {
            operand,
            name: name.into_boxed_str(),
            arguments,
            line,
            filter: None,
        })))
    }

    fn dotted_name(&mut self) -> Result<(String, u32), SyntaxError> {
        let (mut name, line) = self.expect_name()?;
        while self.skip_if(Operator::Dot)? {
            let (part, _) = self.expect_name()?;
            name.push('.');
            name.push_str(&part);
        }
        Ok((name, line))
    }

    fn test(&mut self, operand: Expression) -> Result<Expression, SyntaxError> {
        let line = self.advance()?.line;
        let negated = self.skip_word("not")?;
        let (name, _) = self.dotted_name()?;
        let arguments = self.test_arguments()?;
        let test = self.node(ExpressionKind::Test(Box::new(Test {
            operand,
            name: name.into_boxed_str(),
            arguments,
            line,
            test: None,
        })))?;
        if negated {
            self.node(ExpressionKind::Not(Box::new(test)))
        } else {
            Ok(test)
        }
    }

    /// Arguments in parentheses, or a single one without.
    fn test_arguments(&mut self) -> Result<Arguments, SyntaxError> {
        match &self.current.kind {
            Kind::Operator(Operator::LeftParenthesis) => return self.arguments(),
            Kind::Name(word) if matches!(word.as_str(), "else" | "or" | "and") => {
                return Ok(Arguments::default());
            }
            Kind::Name(word) if word == "is" => {
                return Err(self.error("You cannot chain multiple tests with is"));
            }
            Kind::Name(_)
            | Kind::Text(_)
            | Kind::Integer(_)
            | Kind::Float(_)
            | Kind::Operator(Operator::LeftBracket | Operator::LeftBrace) => {}
            _ => return Ok(Arguments::default()),
        }
        let argument = self.primary()?;
        let argument = self.postfix(argument)?;
        Ok(Arguments {
            positional: vec![argument],
            ..Arguments::default()
        })
    }
}

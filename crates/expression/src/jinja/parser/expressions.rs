//! Operators, from the loosest to the tightest binding.

use super::Parser;
use crate::jinja::ast::{
    Binary, Comparison, Conditional, Escape, Expression, ExpressionKind, Unary,
};
use crate::jinja::error::SyntaxError;
use crate::jinja::token::{Kind, Operator};

impl Parser {
    /// Any expression.
    pub(super) fn expression(&mut self) -> Result<Expression, SyntaxError> {
        self.nested(Self::conditional)
    }

    /// Any expression but `a if b else c`, unless it stands in brackets.
    pub(super) fn unconditional(&mut self) -> Result<Expression, SyntaxError> {
        self.nested(Self::or)
    }

    fn conditional(&mut self) -> Result<Expression, SyntaxError> {
        let mut line = self.current.line;
        let mut then = self.or()?;
        while self.skip_word("if")? {
            let test = self.or()?;
            let otherwise = if self.skip_word("else")? {
                Some(self.nested(Self::conditional)?)
            } else {
                None
            };
            then = self.node(ExpressionKind::Conditional(Box::new(Conditional {
                test,
                then,
                otherwise,
                line,
            })))?;
            line = self.current.line;
        }
        Ok(then)
    }

    fn or(&mut self) -> Result<Expression, SyntaxError> {
        let mut left = self.and()?;
        while self.skip_word("or")? {
            let right = self.and()?;
            left = self.node(ExpressionKind::Or(Box::new([left, right])))?;
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression, SyntaxError> {
        let mut left = self.not()?;
        while self.skip_word("and")? {
            let right = self.not()?;
            left = self.node(ExpressionKind::And(Box::new([left, right])))?;
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expression, SyntaxError> {
        if self.skip_word("not")? {
            let operand = self.nested(Self::not)?;
            return self.node(ExpressionKind::Not(Box::new(operand)));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Expression, SyntaxError> {
        let first = self.sum()?;
        let mut rest = Vec::new();
        while let Some(comparison) = self.comparison_operator()? {
            rest.push((comparison, self.sum()?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        self.node(ExpressionKind::Compare(Box::new(first), rest))
    }

    fn comparison_operator(&mut self) -> Result<Option<Comparison>, SyntaxError> {
        let comparison = match &self.current.kind {
            Kind::Operator(Operator::Equal) => Comparison::Equal,
            Kind::Operator(Operator::NotEqual) => Comparison::NotEqual,
            Kind::Operator(Operator::Less) => Comparison::Less,
            Kind::Operator(Operator::LessEqual) => Comparison::LessEqual,
            Kind::Operator(Operator::Greater) => Comparison::Greater,
            Kind::Operator(Operator::GreaterEqual) => Comparison::GreaterEqual,
            Kind::Name(word) if word == "in" => Comparison::In,
            Kind::Name(word) if word == "not" => {
                if !self.look()?.is_name("in") {
                    return Ok(None);
                }
                self.advance()?;
                Comparison::NotIn
            }
            _ => return Ok(None),
        };
        self.advance()?;
        Ok(Some(comparison))
    }

    fn sum(&mut self) -> Result<Expression, SyntaxError> {
        let mut left = self.concat()?;
        loop {
            let operator = match self.current.kind {
                Kind::Operator(Operator::Add) => Binary::Add,
                Kind::Operator(Operator::Subtract) => Binary::Subtract,
                _ => return Ok(left),
            };
            self.advance()?;
            let right = self.concat()?;
            left = self.node(ExpressionKind::Binary(operator, Box::new([left, right])))?;
        }
    }

    fn concat(&mut self) -> Result<Expression, SyntaxError> {
        let first = self.product()?;
        if !self.is(Operator::Tilde) {
            return Ok(first);
        }
        let mut operands = vec![first];
        while self.skip_if(Operator::Tilde)? {
            operands.push(self.product()?);
        }
        self.node(ExpressionKind::Concat(operands, Escape::default()))
    }

    fn product(&mut self) -> Result<Expression, SyntaxError> {
        let mut left = self.power()?;
        loop {
            let operator = match self.current.kind {
                Kind::Operator(Operator::Multiply) => Binary::Multiply,
                Kind::Operator(Operator::Divide) => Binary::Divide,
                Kind::Operator(Operator::FloorDivide) => Binary::FloorDivide,
                Kind::Operator(Operator::Modulo) => Binary::Modulo,
                _ => return Ok(left),
            };
            self.advance()?;
            let right = self.power()?;
            left = self.node(ExpressionKind::Binary(operator, Box::new([left, right])))?;
        }
    }

    /// Unlike in Python, `**` binds to the left and signs bind tighter.
    fn power(&mut self) -> Result<Expression, SyntaxError> {
        let mut left = self.unary(true)?;
        while self.skip_if(Operator::Power)? {
            let right = self.unary(true)?;
            left = self.node(ExpressionKind::Binary(
                Binary::Power,
                Box::new([left, right]),
            ))?;
        }
        Ok(left)
    }

    fn unary(&mut self, with_filters: bool) -> Result<Expression, SyntaxError> {
        let sign = match self.current.kind {
            Kind::Operator(Operator::Subtract) => Some(Unary::Minus),
            Kind::Operator(Operator::Add) => Some(Unary::Plus),
            _ => None,
        };
        let operand = match sign {
            Some(sign) => {
                self.advance()?;
                let operand = self.nested(|parser| parser.unary(false))?;
                self.node(ExpressionKind::Unary(sign, Box::new(operand)))?
            }
            None => self.primary()?,
        };
        let operand = self.postfix(operand)?;
        if with_filters {
            self.filters_and_tests(operand)
        } else {
            Ok(operand)
        }
    }
}

impl ExpressionKind {
    /// What Jinja calls this kind of node.
    pub(super) fn jinja_name(&self) -> &'static str {
        match self {
            Self::Constant(_) => "const",
            Self::Name(_) => "name",
            Self::Tuple(_) => "tuple",
            Self::List(_) => "list",
            Self::Dict(_) => "dict",
            Self::Conditional(_) => "condexpr",
            Self::And(_) => "and",
            Self::Or(_) => "or",
            Self::Not(_) => "not",
            Self::Unary(Unary::Minus, _) => "neg",
            Self::Unary(Unary::Plus, _) => "pos",
            Self::Binary(Binary::Add, _) => "add",
            Self::Binary(Binary::Subtract, _) => "sub",
            Self::Binary(Binary::Multiply, _) => "mul",
            Self::Binary(Binary::Divide, _) => "div",
            Self::Binary(Binary::FloorDivide, _) => "floordiv",
            Self::Binary(Binary::Modulo, _) => "mod",
            Self::Binary(Binary::Power, _) => "pow",
            Self::Concat(..) => "concat",
            Self::Compare(..) => "compare",
            Self::Attribute(..) => "getattr",
            Self::Item(_) | Self::Slice(_) => "getitem",
            Self::Call(_) => "call",
            Self::Filter(_) => "filter",
            Self::Test(_) => "test",
        }
    }
}

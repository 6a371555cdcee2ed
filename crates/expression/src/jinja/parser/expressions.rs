//! Operators, from the loosest to the tightest binding.

use super::Parser;
use crate::jinja::ast::{
    Binary, Comparison, Conditional, Escape, Expression, ExpressionKind, Unary,
};
use crate::jinja::error::SyntaxError;
use crate::jinja::token::{Kind, Operator};

/// How tightly operators bind, the loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Compare,
    Sum,
    Concat,
    Product,
    Power,
}

/// An operator between two operands.
enum Infix {
    Or,
    And,
    Compare(Comparison),
    Tilde,
    Arithmetic(Level, Binary),
}

impl Infix {
    const fn level(&self) -> Level {
        match self {
            Self::Or => Level::Or,
            Self::And => Level::And,
            Self::Compare(_) => Level::Compare,
            Self::Tilde => Level::Concat,
            Self::Arithmetic(level, _) => *level,
        }
    }
}

impl Parser {
    /// Any expression.
    pub(super) fn expression(&mut self) -> Result<Expression, SyntaxError> {
        self.deeper()?;
        let mut line = self.current.line;
        let mut then = self.operation(Level::Or)?;
        while self.skip_word("if")? {
            let test = self.operation(Level::Or)?;
            let otherwise = if self.skip_word("else")? {
                Some(self.expression()?)
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
        self.depth -= 1;
        Ok(then)
    }

    /// Any expression but `a if b else c`, unless it stands in brackets.
    pub(super) fn unconditional(&mut self) -> Result<Expression, SyntaxError> {
        self.deeper()?;
        let expression = self.operation(Level::Or)?;
        self.depth -= 1;
        Ok(expression)
    }

    /// Operands, and operators between them that bind at least as tightly as `loosest`.
    fn operation(&mut self, loosest: Level) -> Result<Expression, SyntaxError> {
        let mut left = if loosest <= Level::Not && self.is_word("not") {
            self.not()?
        } else {
            self.unary(true)?
        };
        while let Some(infix) = self.infix()?.filter(|infix| infix.level() >= loosest) {
            let kind = match infix {
                Infix::Or => {
                    self.advance()?;
                    ExpressionKind::Or(Box::new([left, self.operation(Level::And)?]))
                }
                Infix::And => {
                    self.advance()?;
                    ExpressionKind::And(Box::new([left, self.operation(Level::Not)?]))
                }
                Infix::Compare(comparison) => self.comparison(left, comparison)?,
                Infix::Tilde => self.concat(left)?,
                Infix::Arithmetic(level, operator) => {
                    self.advance()?;
                    let right = match level {
                        Level::Sum => self.operation(Level::Concat)?,
                        Level::Product => self.operation(Level::Power)?,
                        // Unlike in Python, `**` binds to the left and signs bind tighter.
                        _ => self.unary(true)?,
                    };
                    ExpressionKind::Binary(operator, Box::new([left, right]))
                }
            };
            left = self.node(kind)?;
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expression, SyntaxError> {
        self.deeper()?;
        self.advance()?;
        let operand = self.operation(Level::Not)?;
        self.depth -= 1;
        self.node(ExpressionKind::Not(Box::new(operand)))
    }

    /// The operator that comes next.
    fn infix(&mut self) -> Result<Option<Infix>, SyntaxError> {
        let arithmetic = |level, operator| Some(Infix::Arithmetic(level, operator));
        Ok(match &self.current.kind {
            Kind::Operator(Operator::Add) => arithmetic(Level::Sum, Binary::Add),
            Kind::Operator(Operator::Subtract) => arithmetic(Level::Sum, Binary::Subtract),
            Kind::Operator(Operator::Multiply) => arithmetic(Level::Product, Binary::Multiply),
            Kind::Operator(Operator::Divide) => arithmetic(Level::Product, Binary::Divide),
            Kind::Operator(Operator::FloorDivide) => {
                arithmetic(Level::Product, Binary::FloorDivide)
            }
            Kind::Operator(Operator::Modulo) => arithmetic(Level::Product, Binary::Modulo),
            Kind::Operator(Operator::Power) => arithmetic(Level::Power, Binary::Power),
            Kind::Operator(Operator::Tilde) => Some(Infix::Tilde),
            Kind::Name(word) if word == "or" => Some(Infix::Or),
            Kind::Name(word) if word == "and" => Some(Infix::And),
            _ => self.comparison_operator()?.map(Infix::Compare),
        })
    }

    /// A chain of comparisons, its first operator not yet passed.
    fn comparison(
        &mut self,
        first: Expression,
        mut comparison: Comparison,
    ) -> Result<ExpressionKind, SyntaxError> {
        let mut rest = Vec::new();
        loop {
            if comparison == Comparison::NotIn {
                self.advance()?;
            }
            self.advance()?;
            rest.push((comparison, self.operation(Level::Sum)?));
            match self.comparison_operator()? {
                Some(next) => comparison = next,
                None => return Ok(ExpressionKind::Compare(Box::new(first), rest)),
            }
        }
    }

    fn comparison_operator(&mut self) -> Result<Option<Comparison>, SyntaxError> {
        let is_not_in = self.is_word("not") && self.look()?.is_name("in");
        Ok(Some(match &self.current.kind {
            Kind::Operator(Operator::Equal) => Comparison::Equal,
            Kind::Operator(Operator::NotEqual) => Comparison::NotEqual,
            Kind::Operator(Operator::Less) => Comparison::Less,
            Kind::Operator(Operator::LessEqual) => Comparison::LessEqual,
            Kind::Operator(Operator::Greater) => Comparison::Greater,
            Kind::Operator(Operator::GreaterEqual) => Comparison::GreaterEqual,
            Kind::Name(word) if word == "in" => Comparison::In,
            _ if is_not_in => Comparison::NotIn,
            _ => return Ok(None),
        }))
    }

    fn concat(&mut self, first: Expression) -> Result<ExpressionKind, SyntaxError> {
        let mut operands = vec![first];
        while self.skip_if(Operator::Tilde)? {
            operands.push(self.operation(Level::Product)?);
        }
        Ok(ExpressionKind::Concat(operands, Escape::default()))
    }

    fn unary(&mut self, with_filters: bool) -> Result<Expression, SyntaxError> {
        let sign = match self.current.kind {
            Kind::Operator(Operator::Subtract) => Some(Unary::Minus),
            Kind::Operator(Operator::Add) => Some(Unary::Plus),
            _ => None,
        };
        let operand = match sign {
            Some(sign) => {
                self.deeper()?;
                self.advance()?;
                let operand = self.unary(false)?;
                self.depth -= 1;
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

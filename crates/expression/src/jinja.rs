//! Jinja 3.1 as StackStorm configures it.
//!
//! A template is compiled once ([`Template::parse`]). Parsing makes a syntax tree and gives every name its place, so a
//! compiled template holds no values and may cross threads.
//!
//! The environment is StackStorm's: sandboxed, strict about undefined names, `trim_blocks` and `lstrip_blocks` on, one final
//! line break dropped, no automatic escaping, no extensions and no other templates.
//!
//! Reading order: `lexer`, `parser`, `ast`, `symbols` and `analysis`.

mod analysis;
mod ast;
mod error;
mod escapes;
mod lexer;
mod names;
mod number;
mod parser;
mod symbols;
mod token;
mod visit;

use std::collections::BTreeSet;

pub use error::{SyntaxError, SyntaxErrorClass};

/// A compiled template.
#[derive(Debug)]
pub struct Template {
    #[expect(dead_code, reason = "the evaluator that reads it lands next")]
    program: ast::Program,
    undeclared: BTreeSet<String>,
}

/// A compiled expression: what could stand between `{{` and `}}`.
#[derive(Debug)]
pub struct Expression {
    #[expect(dead_code, reason = "the evaluator that reads it lands next")]
    program: ast::Program,
    undeclared: BTreeSet<String>,
}

impl Template {
    /// Compiles a template.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        let analyzed = analysis::analyze(parser::template(source)?)?;
        Ok(Self {
            program: analyzed.program,
            undeclared: analyzed.undeclared,
        })
    }

    /// The names that the template takes from outside, globals like `range` left out.
    pub const fn undeclared(&self) -> &BTreeSet<String> {
        &self.undeclared
    }
}

impl Expression {
    /// Compiles an expression.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        let expression = parser::expression(source)?;
        let output = ast::Statement::Output(vec![ast::Piece::Expression(expression, 1)]);
        let analyzed = analysis::analyze(vec![output])?;
        Ok(Self {
            program: analyzed.program,
            undeclared: analyzed.undeclared,
        })
    }

    /// The names that the expression takes from outside, globals like `range` left out.
    pub const fn undeclared(&self) -> &BTreeSet<String> {
        &self.undeclared
    }
}

#[cfg(test)]
mod recorded;
#[cfg(test)]
mod tests;

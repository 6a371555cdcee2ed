//! Jinja 3.1 as StackStorm configures it.
//!
//! A template is compiled once ([`Template::parse`]). Parsing makes a syntax tree and gives every name its place, so a
//! compiled template holds no values and may cross threads.
//!
//! The environment is StackStorm's: sandboxed, strict about undefined names, `trim_blocks` and `lstrip_blocks` on, one final
//! line break dropped, no automatic escaping, no extensions and no other templates.
//!
//! Reading order: `lexer`, `parser`, `ast`, `symbols` and `analysis` make a program; `runtime` and `evaluate` run it;
//! `filters`, `checks` (what stands after `is`) and `globals` are what templates find; [`lookup`] is the datastore.

mod access;
mod analysis;
mod ast;
mod callable;
mod checks;
mod error;
mod escapes;
mod evaluate;
mod filters;
mod function;
mod globals;
mod hidden;
mod html;
mod iterate;
mod lexer;
pub mod lookup;
mod markup;
mod number;
mod operators;
mod parser;
mod random;
mod runtime;
mod scope;
mod symbols;
mod token;
mod undefined;
mod visit;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use error::{SyntaxError, SyntaxErrorClass};
pub use evaluate::Failure;
pub use scope::{STEPS, Scope, Undefined, Variables};

use crate::value::Value;

/// A compiled template.
#[derive(Debug, Clone)]
pub struct Template {
    program: Arc<ast::Program>,
    undeclared: Arc<BTreeSet<String>>,
}

/// A compiled expression: what could stand between `{{` and `}}`.
#[derive(Debug, Clone)]
pub struct Expression {
    program: Arc<ast::Program>,
    undeclared: Arc<BTreeSet<String>>,
}

impl Template {
    /// Compiles a template.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        let parsed = parser::template(source)?;
        let analyzed = analysis::analyze(parsed.tree)?;
        if let Some(late) = parsed.late {
            return Err(late);
        }
        Ok(Self {
            program: Arc::new(analyzed.program),
            undeclared: Arc::new(analyzed.undeclared),
        })
    }

    /// The names that the template takes from outside, globals like `range` left out.
    pub fn undeclared(&self) -> &BTreeSet<String> {
        &self.undeclared
    }

    /// The text that the template becomes.
    pub fn render(&self, scope: &Scope) -> Result<String, Failure> {
        evaluate::render(&self.program, scope)
    }
}

impl Expression {
    /// Compiles an expression.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        let parsed = parser::expression(source)?;
        let output = parser::output(vec![ast::Piece::Expression(parsed.tree, 1)]);
        let analyzed = analysis::analyze(vec![output])?;
        if let Some(late) = parsed.late {
            return Err(late);
        }
        Ok(Self {
            program: Arc::new(analyzed.program),
            undeclared: Arc::new(analyzed.undeclared),
        })
    }

    /// The names that the expression takes from outside, globals like `range` left out.
    pub fn undeclared(&self) -> &BTreeSet<String> {
        &self.undeclared
    }

    /// The value of the expression; `None` if it is undefined.
    pub fn evaluate(&self, scope: &Scope) -> Result<Value, Failure> {
        evaluate::value(&self.program, scope)
    }
}

#[cfg(test)]
mod recorded;
#[cfg(test)]
mod tests;

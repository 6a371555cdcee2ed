//! Runs a program.

mod assign;
mod blocks;
mod calls;
mod expressions;
mod loop_variable;
mod loops;
mod macros;
mod output;
mod statements;

use std::rc::Rc;
use std::sync::Arc;

use super::ast::{Piece, Program, Statement};
use super::runtime::{Activation, Context, Runtime, Sink};
use super::scope::Scope;
use super::undefined::is_undefined;
use crate::value::budget::Budget;
use crate::value::{Error, Value, cycles};

/// Why a template could not be rendered, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the template cannot be evaluated")]
pub struct Failure {
    /// What went wrong.
    #[source]
    pub error: Error,
    /// The line of the template, counted from 1.
    pub line: u32,
}

/// The text of a template.
pub(super) fn render(program: &Arc<Program>, scope: &Scope) -> Result<String, Failure> {
    run(program, scope, |evaluator| {
        let mut sink = Sink::default();
        let body = &program.root;
        evaluator.prepare(body, None);
        evaluator.statements(&body.statements, &mut sink)?;
        sink.finish()
    })
}

/// The value of a program that is a single expression; undefined values become `None`.
pub(super) fn value(program: &Arc<Program>, scope: &Scope) -> Result<Value, Failure> {
    run(program, scope, |evaluator| {
        let [Statement::Output(output)] = program.root.statements.as_slice() else {
            return Ok(Value::None);
        };
        evaluator.prepare(&program.root, None);
        match output.pieces.as_slice() {
            [Piece::Expression(expression, _)] => {
                let value = evaluator.evaluate(expression)?;
                Ok(if is_undefined(&value) {
                    Value::None
                } else {
                    value
                })
            }
            _ => Ok(Value::None),
        }
    })
}

fn run<T>(
    program: &Arc<Program>,
    scope: &Scope,
    body: impl FnOnce(&Evaluator<'_>) -> Result<T, Error>,
) -> Result<T, Failure> {
    let _budget = Budget::limit_to(scope.steps);
    let _cycles = cycles::Scope::enter();
    let runtime = Runtime::new(program, scope);
    let context = Context::new(&runtime);
    let activation = Activation::new(context, program.root.slots);
    let evaluator = Evaluator {
        activation: &activation,
        filtered: None,
    };
    let result = body(&evaluator);
    runtime.finish();
    result.map_err(|error| Failure {
        error,
        line: runtime.line.get(),
    })
}

/// One function at work.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'a> {
    activation: &'a Rc<Activation>,
    /// The text that a filter block's first filter gets.
    filtered: Option<&'a Value>,
}

impl Evaluator<'_> {
    fn runtime(&self) -> &Rc<Runtime> {
        &self.activation.context.runtime
    }

    fn at_line(&self, line: u32) {
        self.runtime().line.set(line);
    }
}

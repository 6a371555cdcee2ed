//! From syntax tree to program: gives every name its slot, moves blocks out, and refuses what Jinja's compiler refuses.

mod frames;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::ast::{
    BlockCall, Body, Escape, Expression, ExpressionKind, Frame, Piece, Program, Statement, Target,
};
use super::checks;
use super::error::{SyntaxError, SyntaxErrorClass};
use super::symbols::Symbols;
use super::visit::undeclared_among;
use super::{filters, globals};

/// A program, and the names that it takes from outside.
#[derive(Debug)]
pub(super) struct Analyzed {
    pub(super) program: Program,
    pub(super) undeclared: BTreeSet<String>,
}

/// Analyzes a whole template.
pub(super) fn analyze(statements: Vec<Statement>) -> Result<Analyzed, SyntaxError> {
    let mut analysis = Analysis::default();
    let root = analysis.body(None, statements)?;
    let mut blocks = HashMap::new();
    while let Some(block) = analysis.next_block() {
        let body = analysis.body(Some(&block.name), block.body)?;
        blocks.insert(block.name, body);
    }
    Ok(Analyzed {
        program: Program { root, blocks },
        undeclared: analysis.undeclared,
    })
}

/// Where a statement stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Not inside of a loop, a macro, a block and so on; an `if` does not count.
    top_level: bool,
    /// Directly inside of an `if`: unknown filters and tests then fail only when they are reached.
    soft: bool,
}

const INNER: Place = Place {
    top_level: false,
    soft: false,
};

#[derive(Debug)]
struct Block {
    name: Box<str>,
    body: Vec<Statement>,
}

#[derive(Debug, Default)]
struct Analysis {
    symbols: Symbols,
    undeclared: BTreeSet<String>,
    /// All blocks that were met; those before `analyzed` are done.
    blocks: Vec<Block>,
    analyzed: usize,
    /// The names of all blocks.
    names: HashSet<Box<str>>,
    /// What `autoescape` says at this place.
    escape: Escape,
}

impl Analysis {
    fn next_block(&mut self) -> Option<Block> {
        let block = self.blocks.get_mut(self.analyzed)?;
        self.analyzed += 1;
        Some(Block {
            name: block.name.clone(),
            body: std::mem::take(&mut block.body),
        })
    }

    /// The template's text or a block: a function that sees no frames around it.
    fn body(
        &mut self,
        block: Option<&str>,
        mut statements: Vec<Statement>,
    ) -> Result<Body, SyntaxError> {
        self.symbols = Symbols::default();
        self.symbols.enter_function();
        self.symbols.enter_frame();
        let special: &[&str] = if block.is_some() {
            &["self", "super"]
        } else {
            &["self"]
        };
        let used = undeclared_among(&statements, special);
        let self_slot = self.parameter_if_used("self", &used);
        let super_slot = self.parameter_if_used("super", &used);
        self.symbols.collect(&statements);
        let frame = self.close_frame();
        let place = Place {
            top_level: block.is_none(),
            soft: false,
        };
        self.statements(&mut statements, place)?;
        Ok(Body {
            statements,
            frame,
            slots: self.symbols.leave_function()?,
            self_slot,
            super_slot,
        })
    }

    fn parameter_if_used(&mut self, name: &str, used: &[&str]) -> Option<u16> {
        used.contains(&name)
            .then(|| self.symbols.declare_parameter(name))
    }

    /// What a frame does when it is entered, once all of its names are collected.
    fn close_frame(&mut self) -> Frame {
        let (frame, resolved) = self.symbols.frame();
        for name in resolved {
            if !globals::NAMES.contains(&name) {
                self.undeclared.insert(name.to_owned());
            }
        }
        frame
    }

    fn statements(
        &mut self,
        statements: &mut [Statement],
        place: Place,
    ) -> Result<(), SyntaxError> {
        statements
            .iter_mut()
            .try_for_each(|statement| self.statement(statement, place))
    }

    fn statement(&mut self, statement: &mut Statement, place: Place) -> Result<(), SyntaxError> {
        match statement {
            Statement::Output(output) => {
                output.escape = self.escape;
                self.pieces(&mut output.pieces, place)
            }
            Statement::For(node) => self.for_loop(Arc::make_mut(node), place),
            Statement::If(node) => {
                let inside = Place {
                    soft: true,
                    ..place
                };
                for (test, _, body) in &mut node.branches {
                    self.expression(test, true)?;
                    self.statements(body, inside)?;
                }
                self.statements(&mut node.otherwise, inside)
            }
            Statement::Set(node) => {
                node.top_level = place.top_level;
                self.target(&mut node.target)?;
                self.expression(&mut node.value, place.soft)
            }
            Statement::SetBlock(node) => self.set_block(node, place),
            Statement::Macro(node) => self.macro_definition(node, place),
            Statement::CallBlock(node) => {
                self.function(Arc::make_mut(&mut node.function))?;
                self.expression(&mut node.call, place.soft)
            }
            Statement::FilterBlock(node) => self.filter_block(node),
            Statement::With(node) => self.with(node, place),
            Statement::Autoescape(node) => self.autoescape(node),
            Statement::Block(node) => self.block(node),
            Statement::Template(node) => {
                if node.kind.is_extends() && !place.top_level {
                    let error =
                        SyntaxError::new("cannot use extend from a non top-level scope", node.line);
                    return Err(error.of(SyntaxErrorClass::TemplateAssertionError));
                }
                self.expression(&mut node.template, place.soft)
            }
        }
    }

    fn pieces(&self, pieces: &mut [Piece], place: Place) -> Result<(), SyntaxError> {
        pieces.iter_mut().try_for_each(|piece| match piece {
            Piece::Text(_) => Ok(()),
            Piece::Expression(expression, _) => self.expression(expression, place.soft),
        })
    }

    /// A block is analyzed later, as it sees no frames around it.
    fn block(&mut self, node: &mut BlockCall) -> Result<(), SyntaxError> {
        if !self.names.insert(node.name.clone()) {
            let error = SyntaxError::new(format!("block '{}' defined twice", node.name), node.line);
            return Err(error.of(SyntaxErrorClass::TemplateAssertionError));
        }
        if node.scoped {
            node.locals = self.symbols.assigned();
        }
        self.blocks.push(Block {
            name: node.name.clone(),
            body: std::mem::take(&mut node.body),
        });
        Ok(())
    }

    fn target(&self, target: &mut Target) -> Result<(), SyntaxError> {
        match target {
            Target::Name(name) | Target::Attribute(name, _) => self.symbols.resolve(name),
            Target::Tuple(items) => items.iter_mut().try_for_each(|item| self.target(item)),
        }
    }

    fn expression(&self, expression: &mut Expression, soft: bool) -> Result<(), SyntaxError> {
        let mut soft = soft;
        match &mut expression.kind {
            ExpressionKind::Name(name) => return self.symbols.resolve(name),
            ExpressionKind::Filter(node) => {
                node.filter = filters::find(&node.name);
                if node.filter.is_none() && !soft {
                    return Err(unknown("filter", &node.name, node.line));
                }
            }
            ExpressionKind::Test(node) => {
                node.test = checks::find(&node.name);
                if node.test.is_none() && !soft {
                    return Err(unknown("test", &node.name, node.line));
                }
            }
            ExpressionKind::Concat(_, escape) => *escape = self.escape,
            ExpressionKind::Conditional(_) => soft = true,
            _ => {}
        }
        let mut result = Ok(());
        expression.kind.each_child_mut(&mut |child| {
            if result.is_ok() {
                result = self.expression(child, soft);
            }
        });
        result
    }
}

fn unknown(kind: &str, name: &str, line: u32) -> SyntaxError {
    SyntaxError::new(format!("No {kind} named '{name}'."), line)
        .of(SyntaxErrorClass::TemplateAssertionError)
}

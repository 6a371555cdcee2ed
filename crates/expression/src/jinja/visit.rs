//! Walks over the syntax tree, in the order in which Jinja's own visitors go.

use super::ast::{Arguments, Expression, ExpressionKind, Function, Name, Piece, Statement, Target};

impl Arguments {
    fn each(&self, visit: &mut dyn FnMut(&Expression)) {
        self.positional.iter().for_each(&mut *visit);
        self.keywords.iter().for_each(|(_, value)| visit(value));
        self.list.iter().for_each(&mut *visit);
        self.dict.iter().for_each(visit);
    }

    /// Every argument.
    pub(super) fn each_mut(&mut self, visit: &mut dyn FnMut(&mut Expression)) {
        self.positional.iter_mut().for_each(&mut *visit);
        self.keywords.iter_mut().for_each(|(_, value)| visit(value));
        self.list.iter_mut().for_each(&mut *visit);
        self.dict.iter_mut().for_each(visit);
    }
}

impl ExpressionKind {
    /// The expressions that this one is made of.
    pub(super) fn each_child(&self, visit: &mut dyn FnMut(&Expression)) {
        match self {
            Self::Constant(_) | Self::Name(_) => {}
            Self::Tuple(items) | Self::List(items) | Self::Concat(items, _) => {
                items.iter().for_each(visit);
            }
            Self::Dict(items) => items.iter().for_each(|(key, value)| {
                visit(key);
                visit(value);
            }),
            Self::Conditional(conditional) => {
                visit(&conditional.test);
                visit(&conditional.then);
                conditional.otherwise.iter().for_each(visit);
            }
            Self::And(pair) | Self::Or(pair) | Self::Binary(_, pair) | Self::Item(pair) => {
                pair.iter().for_each(visit);
            }
            Self::Not(operand) | Self::Unary(_, operand) | Self::Attribute(operand, _) => {
                visit(operand);
            }
            Self::Compare(first, rest) => {
                visit(first);
                rest.iter().for_each(|(_, operand)| visit(operand));
            }
            Self::Slice(slice) => {
                visit(&slice.object);
                slice.bounds.iter().flatten().for_each(visit);
            }
            Self::Call(call) => {
                visit(&call.callee);
                call.arguments.each(visit);
            }
            Self::Filter(filter) => {
                filter.operand.iter().for_each(&mut *visit);
                filter.arguments.each(visit);
            }
            Self::Test(test) => {
                visit(&test.operand);
                test.arguments.each(visit);
            }
        }
    }

    /// The expressions that this one is made of, to change them.
    pub(super) fn each_child_mut(&mut self, visit: &mut dyn FnMut(&mut Expression)) {
        match self {
            Self::Constant(_) | Self::Name(_) => {}
            Self::Tuple(items) | Self::List(items) | Self::Concat(items, _) => {
                items.iter_mut().for_each(visit);
            }
            Self::Dict(items) => items.iter_mut().for_each(|(key, value)| {
                visit(key);
                visit(value);
            }),
            Self::Conditional(conditional) => {
                visit(&mut conditional.test);
                visit(&mut conditional.then);
                conditional.otherwise.iter_mut().for_each(visit);
            }
            Self::And(pair) | Self::Or(pair) | Self::Binary(_, pair) | Self::Item(pair) => {
                pair.iter_mut().for_each(visit);
            }
            Self::Not(operand) | Self::Unary(_, operand) | Self::Attribute(operand, _) => {
                visit(operand);
            }
            Self::Compare(first, rest) => {
                visit(first);
                rest.iter_mut().for_each(|(_, operand)| visit(operand));
            }
            Self::Slice(slice) => {
                visit(&mut slice.object);
                slice.bounds.iter_mut().flatten().for_each(visit);
            }
            Self::Call(call) => {
                visit(&mut call.callee);
                call.arguments.each_mut(visit);
            }
            Self::Filter(filter) => {
                filter.operand.iter_mut().for_each(&mut *visit);
                filter.arguments.each_mut(visit);
            }
            Self::Test(test) => {
                visit(&mut test.operand);
                test.arguments.each_mut(visit);
            }
        }
    }
}

/// How a name is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Load,
    Store,
    Parameter,
}

/// Visits each name of an expression.
pub(super) fn names_of(expression: &Expression, visit: &mut dyn FnMut(&Name, Use)) {
    if let ExpressionKind::Name(name) = &expression.kind {
        visit(name, Use::Load);
    }
    expression
        .kind
        .each_child(&mut |child| names_of(child, visit));
}

/// Visits each name of an assignment's target, but for namespaces.
pub(super) fn names_of_target(target: &Target, usage: Use, visit: &mut dyn FnMut(&Name, Use)) {
    match target {
        Target::Name(name) => visit(name, usage),
        Target::Attribute(..) => {}
        Target::Tuple(items) => items
            .iter()
            .for_each(|item| names_of_target(item, usage, visit)),
    }
}

/// Whether a walk goes into blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blocks {
    Enter,
    Skip,
}

/// Visits each name in statements, wherever it stands.
pub(super) fn names_in(
    statements: &[Statement],
    blocks: Blocks,
    visit: &mut dyn FnMut(&Name, Use),
) {
    for statement in statements {
        names_in_one(statement, blocks, visit);
    }
}

fn names_in_one(statement: &Statement, blocks: Blocks, visit: &mut dyn FnMut(&Name, Use)) {
    match statement {
        Statement::Output(output) => {
            for piece in &output.pieces {
                if let Piece::Expression(expression, _) = piece {
                    names_of(expression, visit);
                }
            }
        }
        Statement::For(node) => {
            names_of_target(&node.target, Use::Store, visit);
            names_of(&node.iterable, visit);
            names_in(&node.body, blocks, visit);
            names_in(&node.otherwise, blocks, visit);
            if let Some(test) = &node.test {
                names_of(&test.condition, visit);
            }
        }
        Statement::If(node) => {
            for (test, _, body) in &node.branches {
                names_of(test, visit);
                names_in(body, blocks, visit);
            }
            names_in(&node.otherwise, blocks, visit);
        }
        Statement::Set(node) => {
            names_of_target(&node.target, Use::Store, visit);
            names_of(&node.value, visit);
        }
        Statement::SetBlock(node) => {
            names_of_target(&node.target, Use::Store, visit);
            node.filter
                .iter()
                .for_each(|filter| names_of(filter, visit));
            names_in(&node.body, blocks, visit);
        }
        Statement::Macro(node) => names_in_function(&node.function, blocks, visit),
        Statement::CallBlock(node) => {
            names_of(&node.call, visit);
            names_in_function(&node.function, blocks, visit);
        }
        Statement::FilterBlock(node) => {
            names_in(&node.body, blocks, visit);
            names_of(&node.filter, visit);
        }
        Statement::With(node) => {
            node.targets
                .iter()
                .for_each(|target| names_of_target(target, Use::Parameter, visit));
            node.values.iter().for_each(|value| names_of(value, visit));
            names_in(&node.body, blocks, visit);
        }
        Statement::Autoescape(node) => {
            names_of(&node.enabled, visit);
            names_in(&node.body, blocks, visit);
        }
        Statement::Block(node) => {
            if blocks == Blocks::Enter {
                names_in(&node.body, blocks, visit);
            }
        }
        Statement::Template(node) => names_of(&node.template, visit),
    }
}

fn names_in_function(function: &Function, blocks: Blocks, visit: &mut dyn FnMut(&Name, Use)) {
    function
        .parameters
        .iter()
        .for_each(|parameter| visit(parameter, Use::Parameter));
    function
        .defaults
        .iter()
        .for_each(|default| names_of(default, visit));
    names_in(&function.body, blocks, visit);
}

/// Which of `wanted` are used in statements (outside of blocks) without being assigned before.
pub(super) fn undeclared_among<'a>(statements: &[Statement], wanted: &[&'a str]) -> Vec<&'a str> {
    let mut wanted = wanted.to_vec();
    let mut found = Vec::new();
    names_in(statements, Blocks::Skip, &mut |name, usage| {
        // A name is settled by its first use.
        let Some(index) = wanted.iter().position(|wanted| **wanted == *name.name) else {
            return;
        };
        let name = wanted.swap_remove(index);
        if usage == Use::Load {
            found.push(name);
        }
    });
    found
}

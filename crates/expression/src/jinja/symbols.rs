//! Which variable a name means: Jinja's rules of scope.
//!
//! Jinja decides for a whole frame at once (a template, a loop's body, a macro's body...) which names are assigned in it, which
//! belong to a frame around it, and which must come from outside. Names of one level share slots with those of sibling
//! frames, as they share Python variables there.

use std::collections::HashMap;

use indexmap::{IndexMap, IndexSet};

use super::ast::{Frame, Load, Name, Reference, Statement, Target};
use super::error::{SyntaxError, SyntaxErrorClass};
use super::visit::{Use, names_of, names_of_target};
use super::{ast::Expression, ast::Piece};

/// A slot of one of the functions around a place: its index from the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Variable {
    function: usize,
    slot: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Parameter,
    Resolve,
    Alias(Variable),
    Undefined,
}

/// What is known of one frame, or of one branch of an `if` in it.
#[derive(Debug, Default)]
struct Layer {
    /// Whether this is a branch of an `if` in the frame below.
    is_branch: bool,
    function: usize,
    level: u16,
    variables: IndexMap<Box<str>, Variable>,
    origins: IndexMap<Variable, Origin>,
    stores: IndexSet<Box<str>>,
}

/// The slots of one function: the template, a block, a macro, a recursive loop or a loop's test.
#[derive(Debug, Default)]
struct Slots(HashMap<(u16, Box<str>), u16>);

/// The frames around a place in the template.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    layers: Vec<Layer>,
    functions: Vec<Slots>,
}

impl Symbols {
    /// Enters a function: what is declared from now on lives in slots of its own.
    pub(super) fn enter_function(&mut self) {
        self.functions.push(Slots::default());
    }

    /// Leaves a function; returns how many slots it needs.
    pub(super) fn leave_function(&mut self) -> Result<u16, SyntaxError> {
        let slots = self.functions.pop().unwrap_or_default();
        u16::try_from(slots.0.len()).map_err(|_| {
            SyntaxError::new("more than 65535 variables", 1).of(SyntaxErrorClass::MemoryError)
        })
    }

    /// Enters a frame.
    pub(super) fn enter_frame(&mut self) {
        let level = self.layers.last().map_or(0, |outer| outer.level + 1);
        self.layers.push(Layer {
            function: self.functions.len().saturating_sub(1),
            level,
            ..Layer::default()
        });
    }

    /// How the slots of the current frame are filled, and the names that come from outside.
    pub(super) fn frame(&self) -> (Frame, Vec<&str>) {
        let Some(layer) = self.layers.last() else {
            return (Frame::default(), Vec::new());
        };
        let mut frame = Frame::default();
        for (variable, origin) in &layer.origins {
            let load = match origin {
                Origin::Parameter => Load::Parameter,
                Origin::Resolve => Load::Resolve,
                Origin::Alias(outer) => Load::Alias(self.reference(*outer)),
                Origin::Undefined => Load::Undefined,
            };
            frame.loads.push((variable.slot, load));
        }
        let is_resolved = |variable| layer.origins.get(variable) == Some(&Origin::Resolve);
        let resolved = layer
            .variables
            .iter()
            .filter(|(_, variable)| is_resolved(*variable))
            .map(|(name, _)| &**name)
            .collect();
        (frame, resolved)
    }

    /// Leaves a frame.
    pub(super) fn leave_frame(&mut self) {
        self.layers.pop();
    }

    /// Where the variable that a name means lives, seen from the current function.
    pub(super) fn find(&self, name: &str) -> Option<Reference> {
        self.find_from(self.layers.len(), name)
            .map(|variable| self.reference(variable))
    }

    /// Closes the reference of a name.
    pub(super) fn resolve(&self, name: &mut Name) -> Result<(), SyntaxError> {
        let Some(reference) = self.find(&name.name) else {
            let message = format!(
                "Tried to resolve a name to a reference that was unknown to the frame ('{}')",
                name.name
            );
            return Err(SyntaxError::new(message, name.line).of(SyntaxErrorClass::AssertionError));
        };
        name.reference = reference;
        Ok(())
    }

    /// Every variable that is assigned in the frames around this place.
    pub(super) fn assigned(&self) -> Vec<(Box<str>, Reference)> {
        let names: IndexSet<_> = self
            .layers
            .iter()
            .rev()
            .flat_map(|layer| &layer.stores)
            .collect();
        names
            .into_iter()
            .filter_map(|name| Some((name.clone(), self.find(name)?)))
            .collect()
    }

    /// Declares a variable that whoever enters the frame fills; returns its slot.
    pub(super) fn declare_parameter(&mut self, name: &str) -> u16 {
        let variable = self.define(name, Origin::Parameter);
        if let Some(layer) = self.layers.last_mut() {
            layer.stores.insert(name.into());
        }
        variable.slot
    }

    /// Declares the names of a target that whoever enters the frame assigns to.
    pub(super) fn declare_target(&mut self, target: &Target) {
        names_of_target(target, Use::Parameter, &mut |name, _| {
            self.declare_parameter(&name.name);
        });
    }

    /// Takes note of the names that an expression uses.
    pub(super) fn collect_expression(&mut self, expression: &Expression) {
        names_of(expression, &mut |name, _| self.load(&name.name));
    }

    /// Takes note of the names that statements use and assign, in this frame but not in those inside of it.
    pub(super) fn collect(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.collect_one(statement);
        }
    }

    fn collect_one(&mut self, statement: &Statement) {
        match statement {
            Statement::Output(output) => {
                for piece in &output.pieces {
                    if let Piece::Expression(expression, _) = piece {
                        self.collect_expression(expression);
                    }
                }
            }
            Statement::For(node) => self.collect_expression(&node.iterable),
            Statement::If(node) => self.collect_if(&node.branches, &node.otherwise),
            Statement::Set(node) => {
                self.collect_expression(&node.value);
                self.collect_target(&node.target);
            }
            Statement::SetBlock(node) => self.collect_target(&node.target),
            Statement::Macro(node) => self.store(&node.name.name),
            Statement::CallBlock(node) => self.collect_expression(&node.call),
            Statement::FilterBlock(node) => self.collect_expression(&node.filter),
            Statement::With(node) => node
                .values
                .iter()
                .for_each(|value| self.collect_expression(value)),
            Statement::Autoescape(_) | Statement::Block(_) => {}
            Statement::Template(node) => {
                self.collect_expression(&node.template);
                for name in node.kind.assigned() {
                    self.store(&name.name);
                }
            }
        }
    }

    fn collect_target(&mut self, target: &Target) {
        match target {
            Target::Name(name) => self.store(&name.name),
            Target::Attribute(namespace, _) => self.load(&namespace.name),
            Target::Tuple(items) => items.iter().for_each(|item| self.collect_target(item)),
        }
    }

    fn collect_if(
        &mut self,
        branches: &[(Expression, u32, Vec<Statement>)],
        otherwise: &[Statement],
    ) {
        let Some(((test, _, body), elifs)) = branches.split_first() else {
            return;
        };
        self.collect_expression(test);
        let body = self.branch(|symbols| symbols.collect(body));
        let elifs = self.branch(|symbols| {
            for elif in elifs {
                symbols.collect_if(std::slice::from_ref(elif), &[]);
            }
        });
        let otherwise = self.branch(|symbols| symbols.collect(otherwise));
        self.join([body, elifs, otherwise]);
    }

    fn branch(&mut self, collect: impl FnOnce(&mut Self)) -> Layer {
        let (function, level) = self
            .layers
            .last()
            .map_or((0, 0), |layer| (layer.function, layer.level));
        self.layers.push(Layer {
            is_branch: true,
            function,
            level,
            ..Layer::default()
        });
        collect(self);
        self.layers.pop().unwrap_or_default()
    }

    /// What only a branch assigns comes from around the `if` where the branch is not taken.
    fn join(&mut self, branches: [Layer; 3]) {
        let mut stores: IndexSet<Box<str>> = IndexSet::new();
        for branch in &branches {
            stores.extend(branch.stores.iter().cloned());
        }
        stores.retain(|name| !self.own_layers().any(|layer| layer.stores.contains(name)));
        if let Some(layer) = self.layers.last_mut() {
            for branch in branches {
                layer.variables.extend(branch.variables);
                layer.origins.extend(branch.origins);
                layer.stores.extend(branch.stores);
            }
        }
        for name in &stores {
            let Some(variable) = self.find_from(self.layers.len(), name) else {
                continue;
            };
            let origin = self
                .find_outside(name)
                .map_or(Origin::Resolve, Origin::Alias);
            if let Some(layer) = self.layers.last_mut() {
                layer.origins.insert(variable, origin);
            }
        }
    }

    fn load(&mut self, name: &str) {
        if self.find_from(self.layers.len(), name).is_none() {
            self.define(name, Origin::Resolve);
        }
    }

    fn store(&mut self, name: &str) {
        let known = self
            .own_layers()
            .any(|layer| layer.variables.contains_key(name));
        let origin = if known {
            None
        } else {
            Some(
                self.find_outside(name)
                    .map_or(Origin::Undefined, Origin::Alias),
            )
        };
        if let Some(layer) = self.layers.last_mut() {
            layer.stores.insert(name.into());
        }
        if let Some(origin) = origin {
            self.define(name, origin);
        }
    }

    fn define(&mut self, name: &str, origin: Origin) -> Variable {
        let (function, level) = self
            .layers
            .last()
            .map_or((0, 0), |layer| (layer.function, layer.level));
        let slot = self
            .functions
            .get_mut(function)
            .map_or(0, |slots| slots.slot(level, name));
        let variable = Variable { function, slot };
        if let Some(layer) = self.layers.last_mut() {
            layer.variables.insert(name.into(), variable);
            layer.origins.insert(variable, origin);
        }
        variable
    }

    /// The layers of the current frame, from the inside.
    fn own_layers(&self) -> impl Iterator<Item = &Layer> {
        self.layers
            .get(self.own_start()..)
            .unwrap_or_default()
            .iter()
            .rev()
    }

    fn own_start(&self) -> usize {
        self.layers
            .iter()
            .rposition(|layer| !layer.is_branch)
            .unwrap_or(0)
    }

    fn find_outside(&self, name: &str) -> Option<Variable> {
        self.find_from(self.own_start(), name)
    }

    fn find_from(&self, end: usize, name: &str) -> Option<Variable> {
        let layers = self.layers.get(..end).unwrap_or_default();
        layers
            .iter()
            .rev()
            .find_map(|layer| layer.variables.get(name).copied())
    }

    fn reference(&self, variable: Variable) -> Reference {
        let outwards = self.functions.len().saturating_sub(1 + variable.function);
        Reference {
            outwards: u16::try_from(outwards).unwrap_or(u16::MAX),
            slot: variable.slot,
        }
    }
}

impl Slots {
    fn slot(&mut self, level: u16, name: &str) -> u16 {
        let next = u16::try_from(self.0.len()).unwrap_or(u16::MAX);
        *self.0.entry((level, name.into())).or_insert(next)
    }
}

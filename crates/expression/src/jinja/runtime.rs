//! What lives while a template is rendered: contexts, activations and their slots.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::ast::{Frame, Load, Name, Program, Reference};
use super::globals;
use super::scope::{Scope, Undefined};
use super::undefined::Missing;
use crate::regex::Pattern;
use crate::value::{Error, Value, budget};

/// The most patterns that are kept compiled in one rendering.
const MOST_PATTERNS: usize = 64;

type Patterns = HashMap<(Rc<str>, bool), Rc<Pattern>>;

enum Captured {
    Activation(Rc<Activation>),
    Context(Rc<Context>),
}

/// One rendering.
pub(super) struct Runtime {
    pub(super) program: Arc<Program>,
    pub(super) scope: Scope,
    /// The line that is being rendered.
    pub(super) line: Cell<u32>,
    /// The state of the random numbers.
    pub(super) random: Cell<u64>,
    /// Whether the runtime state asks for escaping, inside of `{% autoescape %}`.
    pub(super) autoescape: Cell<bool>,
    /// Variables that were asked for.
    resolved: RefCell<HashMap<Box<str>, Option<Value>>>,
    /// Compiled patterns, and whether they ignore case.
    patterns: RefCell<Patterns>,
    /// Activations and contexts that values refer to. They are emptied at the end, since they may hold those values.
    captured: RefCell<Vec<Captured>>,
}

impl Runtime {
    pub(super) fn new(program: &Arc<Program>, scope: &Scope) -> Rc<Self> {
        Rc::new(Self {
            program: Arc::clone(program),
            scope: scope.clone(),
            line: Cell::new(1),
            random: Cell::new(scope.seed),
            autoescape: Cell::new(false),
            resolved: RefCell::default(),
            patterns: RefCell::default(),
            captured: RefCell::default(),
        })
    }

    /// What using an undefined value means here.
    pub(super) fn undefined(&self) -> Undefined {
        self.scope.undefined
    }

    /// Empties what may hold itself.
    pub(super) fn finish(&self) {
        self.resolved.take();
        let captured = self.captured.take();
        for captured in &captured {
            match captured {
                Captured::Activation(activation) => drop(activation.slots.take()),
                Captured::Context(context) => drop(context.variables.take()),
            }
        }
    }

    /// A compiled pattern, compiled once.
    pub(super) fn pattern(
        &self,
        source: &Rc<str>,
        ignore_case: bool,
        compile: impl FnOnce() -> Result<Pattern, Error>,
    ) -> Result<Rc<Pattern>, Error> {
        let key = (Rc::clone(source), ignore_case);
        if let Some(known) = self.patterns.borrow().get(&key) {
            return Ok(Rc::clone(known));
        }
        budget::text(source.len().saturating_mul(64))?;
        let pattern = Rc::new(compile()?);
        let mut patterns = self.patterns.borrow_mut();
        if patterns.len() < MOST_PATTERNS {
            patterns.insert(key, Rc::clone(&pattern));
        }
        Ok(pattern)
    }

    fn resolve(&self, name: &str) -> Result<Option<Value>, Error> {
        if let Some(known) = self.resolved.borrow().get(name) {
            return Ok(known.clone());
        }
        let value = match self.scope.variables.get(name)? {
            Some(value) => Some(value),
            None => globals::find(name, self.scope.seed),
        };
        self.resolved
            .borrow_mut()
            .insert(name.into(), value.clone());
        Ok(value)
    }
}

/// Where names come from that no frame knows: of the template, or of one scoped block in it.
pub(super) struct Context {
    pub(super) runtime: Rc<Runtime>,
    /// The context of the place where a scoped block stands.
    outer: Option<Rc<Self>>,
    /// What the template assigned on its top level, or what a scoped block sees of the place where it stands.
    variables: RefCell<HashMap<Box<str>, Value>>,
}

impl Context {
    /// The context of a template.
    pub(super) fn new(runtime: &Rc<Runtime>) -> Rc<Self> {
        Self::make(runtime, None, HashMap::new())
    }

    /// The context of a scoped block.
    pub(super) fn derive(self: &Rc<Self>, variables: HashMap<Box<str>, Value>) -> Rc<Self> {
        Self::make(&self.runtime, Some(Rc::clone(self)), variables)
    }

    fn make(
        runtime: &Rc<Runtime>,
        outer: Option<Rc<Self>>,
        variables: HashMap<Box<str>, Value>,
    ) -> Rc<Self> {
        let context = Rc::new(Self {
            runtime: Rc::clone(runtime),
            outer,
            variables: RefCell::new(variables),
        });
        runtime
            .captured
            .borrow_mut()
            .push(Captured::Context(Rc::clone(&context)));
        context
    }

    /// The value of a variable, if there is one.
    fn resolve(&self, name: &str) -> Result<Option<Value>, Error> {
        if let Some(value) = self.variables.borrow().get(name) {
            return Ok(Some(value.clone()));
        }
        match &self.outer {
            Some(outer) => outer.resolve(name),
            None => self.runtime.resolve(name),
        }
    }

    /// Lets blocks see a variable.
    pub(super) fn export(&self, name: &str, value: Value) {
        let old = self.variables.borrow_mut().insert(name.into(), value);
        drop(old);
    }
}

/// A variable of a function that runs.
#[derive(Debug, Clone)]
enum Slot {
    /// Not assigned.
    Missing,
    /// To be looked up in the context when it is first used.
    Unresolved,
    Assigned(Value),
}

/// One run of a function: the template's text, a block, a macro, a recursive loop or a loop's test.
pub(super) struct Activation {
    pub(super) context: Rc<Context>,
    outer: Option<Rc<Self>>,
    slots: RefCell<Vec<Slot>>,
    captured: Cell<bool>,
}

impl Activation {
    /// A function that sees no other.
    pub(super) fn new(context: Rc<Context>, slots: u16) -> Rc<Self> {
        Self::make(context, None, slots)
    }

    /// A function inside of this one.
    pub(super) fn inner(self: &Rc<Self>, slots: u16) -> Rc<Self> {
        Self::make(Rc::clone(&self.context), Some(Rc::clone(self)), slots)
    }

    fn make(context: Rc<Context>, outer: Option<Rc<Self>>, slots: u16) -> Rc<Self> {
        Rc::new(Self {
            context,
            outer,
            slots: RefCell::new(vec![Slot::Missing; slots.into()]),
            captured: Cell::new(false),
        })
    }

    /// Takes note that a value will refer to this activation.
    pub(super) fn capture(self: &Rc<Self>) -> Rc<Self> {
        if !self.captured.replace(true) {
            let captured = Captured::Activation(Rc::clone(self));
            self.context.runtime.captured.borrow_mut().push(captured);
        }
        Rc::clone(self)
    }

    fn at(&self, outwards: u16) -> &Self {
        let mut activation = self;
        for _ in 0..outwards {
            activation = activation.outer.as_deref().unwrap_or(activation);
        }
        activation
    }

    fn slot(&self, reference: Reference) -> Slot {
        let activation = self.at(reference.outwards);
        let slots = activation.slots.borrow();
        slots
            .get(usize::from(reference.slot))
            .cloned()
            .unwrap_or(Slot::Missing)
    }

    fn put(&self, slot: u16, value: Slot) {
        // The old value is dropped after the borrow ends, as dropping it may look at slots.
        let old = self
            .slots
            .borrow_mut()
            .get_mut(usize::from(slot))
            .map(|slot| std::mem::replace(slot, value));
        drop(old);
    }

    /// The value of a variable, if it has one.
    pub(super) fn find(&self, name: &str, reference: Reference) -> Result<Option<Value>, Error> {
        match self.slot(reference) {
            Slot::Assigned(value) => Ok(Some(value)),
            Slot::Missing => Ok(None),
            Slot::Unresolved => {
                let home = self.at(reference.outwards);
                let value = home.context.resolve(name)?;
                home.put(
                    reference.slot,
                    value.clone().map_or(Slot::Missing, Slot::Assigned),
                );
                Ok(value)
            }
        }
    }

    /// The value of a variable, undefined if it has none.
    pub(super) fn load(&self, name: &Name) -> Result<Value, Error> {
        Ok(match self.find(&name.name, name.reference)? {
            Some(value) => value,
            None => Missing::name(self.context.runtime.undefined(), &name.name),
        })
    }

    /// Assigns to a variable of this function.
    pub(super) fn set(&self, slot: u16, value: Value) {
        self.put(slot, Slot::Assigned(value));
    }

    /// Fills the slots of a frame, but for its parameters.
    pub(super) fn enter(&self, frame: &Frame) {
        for (slot, load) in &frame.loads {
            match load {
                Load::Parameter => {}
                Load::Resolve => self.put(*slot, Slot::Unresolved),
                Load::Alias(outer) => self.put(*slot, self.slot(*outer)),
                Load::Undefined => self.put(*slot, Slot::Missing),
            }
        }
    }

    /// Forgets the variables of a frame.
    pub(super) fn leave(&self, frame: &Frame) {
        for (slot, _) in &frame.loads {
            self.put(*slot, Slot::Missing);
        }
    }
}

/// Text that is being written, and in how many portions.
#[derive(Debug, Default)]
pub(super) struct Sink {
    text: String,
    portions: usize,
    /// The first portion that is no text: Jinja finds out when it puts the portions together.
    failed: Option<Error>,
}

impl Sink {
    /// Adds a portion of text.
    pub(super) fn push(&mut self, text: &str) -> Result<(), Error> {
        budget::text(text.len())?;
        if self.text.len() + text.len() > budget::TEXT_CAP {
            return Err(Error::Limit("the text would be longer than 16 MiB"));
        }
        self.portions += 1;
        self.text.push_str(text);
        Ok(())
    }

    /// Adds a portion that must be text already, as Jinja passes it on unconverted.
    pub(super) fn push_unconverted(&mut self, value: &Value) -> Result<(), Error> {
        if let Some(text) = value.as_text() {
            return self.push(&text);
        }
        let (portions, name) = (self.portions, value.type_name());
        let message = format!("sequence item {portions}: expected str instance, {name} found");
        self.failed
            .get_or_insert_with(|| Error::type_error(message));
        self.portions += 1;
        Ok(())
    }

    /// The whole text.
    pub(super) fn finish(self) -> Result<String, Error> {
        self.failed.map_or(Ok(self.text), Err)
    }
}

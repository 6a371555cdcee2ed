//! Loops.

use std::rc::Rc;
use std::sync::Arc;

use super::Evaluator;
use super::loop_variable::LoopContext;
use crate::jinja::ast::{For, LoopTest};
use crate::jinja::iterate::{Items, generator, items};
use crate::jinja::runtime::{Activation, Sink};
use crate::value::{Error, Value, access, budget};

impl Evaluator<'_> {
    pub(super) fn for_loop(&self, node: &Arc<For>, sink: &mut Sink) -> Result<(), Error> {
        self.at_line(node.line);
        let iterable = self.evaluate(&node.iterable)?;
        if node.recursive {
            let recursion = Recursion {
                activation: self.activation.capture(),
                node: Arc::clone(node),
            };
            let text = recursion.run(&iterable, 0)?;
            return sink.push_unconverted(&text);
        }
        self.run_loop(node, &iterable, None, sink)
    }

    fn run_loop(
        &self,
        node: &For,
        iterable: &Value,
        recursion: Option<(Recursion, i64)>,
        sink: &mut Sink,
    ) -> Result<(), Error> {
        let outer = match &recursion {
            Some((recursion, _)) => &recursion.activation,
            None => self.activation,
        };
        let iterable = match &node.test {
            Some(test) => only_passing(iterable.clone(), outer, test),
            None => iterable.clone(),
        };
        let mut steps = match node.loop_slot {
            None => Steps::Plain(items(&iterable)?),
            Some(_) => Steps::Shown(LoopContext::new(
                iterable,
                recursion,
                self.runtime().undefined(),
            )?),
        };
        let mut is_empty = true;
        while let Some(item) = steps.next()? {
            is_empty = false;
            if let (Some(slot), Steps::Shown(context)) = (node.loop_slot, &steps) {
                self.activation.set(slot, Value::object(context.clone()));
            }
            self.assign(&node.target, item)?;
            self.activation.enter(&node.frame);
            self.statements(&node.body, sink)?;
            self.at_line(node.line);
        }
        self.activation.leave(&node.frame);
        if is_empty && !node.otherwise.is_empty() {
            self.activation.enter(&node.otherwise_frame);
            self.statements(&node.otherwise, sink)?;
            self.activation.leave(&node.otherwise_frame);
        }
        Ok(())
    }
}

/// The items for which the loop's `if` holds, tested one at a time.
fn only_passing(iterable: Value, outer: &Rc<Activation>, test: &Arc<LoopTest>) -> Value {
    let outer = outer.capture();
    let test = Arc::clone(test);
    let mut started: Option<(Items, Rc<Activation>)> = None;
    generator("t_1", move || {
        let (items, activation) = match &mut started {
            Some(started) => started,
            None => {
                let activation = outer.inner(test.slots);
                activation.enter(&test.frame);
                started.insert((items(&iterable)?, activation))
            }
        };
        let evaluator = Evaluator {
            activation,
            filtered: None,
        };
        while let Some(item) = items.next()? {
            evaluator.assign(&test.target, item.clone())?;
            if access::truth(&evaluator.evaluate(&test.condition)?)? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    })
}

/// How a loop goes on: with a `loop` variable or without.
enum Steps {
    Plain(Items),
    Shown(LoopContext),
}

impl Steps {
    fn next(&mut self) -> Result<Option<Value>, Error> {
        match self {
            Self::Plain(items) => items.next(),
            Self::Shown(context) => context.next(),
        }
    }
}

/// A recursive loop that can run once more inside of itself.
#[derive(Clone)]
pub(super) struct Recursion {
    /// Where the loop stands.
    activation: Rc<Activation>,
    node: Arc<For>,
}

impl Recursion {
    pub(super) fn run(&self, iterable: &Value, depth: i64) -> Result<Value, Error> {
        let _level = budget::descend()?;
        let activation = self.activation.inner(self.node.slots);
        let evaluator = Evaluator {
            activation: &activation,
            filtered: None,
        };
        let mut sink = Sink::default();
        evaluator.run_loop(&self.node, iterable, Some((self.clone(), depth)), &mut sink)?;
        Ok(evaluator.text_value(sink.finish()?, self.node.escape))
    }
}

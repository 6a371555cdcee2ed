//! Blocks, `self` and `super`.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::Evaluator;
use crate::jinja::ast::{BlockCall, Body};
use crate::jinja::markup::Markup;
use crate::jinja::runtime::{Activation, Context, Sink};
use crate::jinja::undefined::Missing;
use crate::value::{Error, Object, Value, budget};

impl Evaluator<'_> {
    /// Runs the block that stands here.
    pub(super) fn block(&self, node: &BlockCall, sink: &mut Sink) -> Result<(), Error> {
        let context = &self.activation.context;
        let context = if node.scoped {
            let mut variables = HashMap::new();
            for (name, reference) in &node.locals {
                if let Some(value) = self.activation.find(name, *reference)? {
                    variables.insert(name.clone(), value);
                }
            }
            context.derive(variables)
        } else {
            Rc::clone(context)
        };
        if node.required {
            let message = format!("Required block '{}' not found", node.name);
            return Err(Error::raised("TemplateRuntimeError", message));
        }
        run(&context, &node.name, sink)
    }

    /// Enters the frame of a template's text or of a block.
    pub(super) fn prepare(&self, body: &Body, block: Option<&str>) {
        if let Some(slot) = body.self_slot {
            let context = Rc::clone(&self.activation.context);
            self.activation
                .set(slot, Value::object(TemplateReference { context }));
        }
        if let (Some(slot), Some(block)) = (body.super_slot, block) {
            self.activation
                .set(slot, no_parent(&self.activation.context, block));
        }
        self.activation.enter(&body.frame);
    }
}

/// There is only one template, so no block has a parent.
fn no_parent(context: &Context, block: &str) -> Value {
    Missing::hint(
        context.runtime.undefined(),
        format!("there is no parent block called '{block}'."),
    )
}

/// Runs a block in a context.
fn run(context: &Rc<Context>, name: &str, sink: &mut Sink) -> Result<(), Error> {
    let _level = budget::descend()?;
    let program = Arc::clone(&context.runtime.program);
    let Some(body) = program.blocks.get(name) else {
        return Ok(());
    };
    let activation = Activation::new(Rc::clone(context), body.slots);
    let evaluator = Evaluator {
        activation: &activation,
        filtered: None,
    };
    evaluator.prepare(body, Some(name));
    evaluator.statements(&body.statements, sink)
}

/// `self`: the template's blocks.
struct TemplateReference {
    context: Rc<Context>,
}

impl std::fmt::Debug for TemplateReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TemplateReference").finish_non_exhaustive()
    }
}

impl Object for TemplateReference {
    fn type_name(&self) -> &str {
        "TemplateReference"
    }

    fn item(&self, key: &Value) -> Result<Option<Value>, Error> {
        let Some(name) = key.as_text() else {
            return Ok(None);
        };
        let known = self.context.runtime.program.blocks.contains_key(&*name);
        Ok(known.then(|| {
            Value::object(BlockReference {
                context: Rc::clone(&self.context),
                name,
            })
        }))
    }

    fn iterate(&self) -> Result<Vec<Value>, Error> {
        // Python looks for a block named 0.
        Err(Error::key_error("0"))
    }

    fn repr(&self) -> Result<String, Error> {
        Ok("<TemplateReference None>".to_owned())
    }
}

/// A block that can be called.
struct BlockReference {
    context: Rc<Context>,
    name: Rc<str>,
}

impl std::fmt::Debug for BlockReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlockReference")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Object for BlockReference {
    fn type_name(&self) -> &str {
        "BlockReference"
    }

    fn attribute(&self, name: &str) -> Result<Option<Value>, Error> {
        Ok(match name {
            "name" => Some(Value::Str(Rc::clone(&self.name))),
            "super" => Some(no_parent(&self.context, &self.name)),
            _ => None,
        })
    }

    fn call(&self, arguments: &[Value], named: &[(Rc<str>, Value)]) -> Result<Value, Error> {
        if let Some((name, _)) = named.first() {
            let message =
                format!("BlockReference.__call__() got an unexpected keyword argument '{name}'");
            return Err(Error::type_error(message));
        }
        if !arguments.is_empty() {
            let given = arguments.len() + 1;
            let message = format!(
                "BlockReference.__call__() takes 1 positional argument but {given} were given"
            );
            return Err(Error::type_error(message));
        }
        let mut sink = Sink::default();
        run(&self.context, &self.name, &mut sink)?;
        let autoescape = self.context.runtime.autoescape.get();
        let text = sink.finish()?;
        Ok(if autoescape {
            Markup::safe(text)
        } else {
            text.into()
        })
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn repr(&self) -> Result<String, Error> {
        Ok("<jinja2.runtime.BlockReference object at 0x0>".to_owned())
    }
}

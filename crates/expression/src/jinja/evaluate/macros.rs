//! Macros and call blocks.

use std::rc::Rc;
use std::sync::Arc;

use super::Evaluator;
use crate::jinja::ast::{Function, Name};
use crate::jinja::markup::Markup;
use crate::jinja::runtime::{Activation, Sink};
use crate::jinja::undefined::Missing;
use crate::value::{Dict, Error, Key, Object, Value, budget};

/// A macro, or the body of a call block, as a value.
pub(super) struct Macro {
    /// Where it was defined.
    activation: Rc<Activation>,
    function: Arc<Function>,
    name: Option<Box<str>>,
}

/// Arguments by name that are still to be used.
type Named = Vec<(Rc<str>, Value)>;

impl Evaluator<'_> {
    /// The value of a macro that is defined here.
    pub(super) fn macro_value(&self, name: Option<&str>, function: &Arc<Function>) -> Value {
        Value::object(Macro {
            activation: self.activation.capture(),
            function: Arc::clone(function),
            name: name.map(Box::from),
        })
    }
}

impl Macro {
    fn undefined(&self, name: &Name) -> Value {
        let kind = self.activation.context.runtime.undefined();
        Missing::hint(kind, format!("parameter '{}' was not provided", name.name))
    }

    /// The name in Python's quotes.
    fn quoted_name(&self) -> String {
        self.name
            .as_ref()
            .map_or_else(|| "None".to_owned(), |name| format!("'{name}'"))
    }

    /// The value of `caller` that the body sees, unless it is one of the parameters.
    fn take_caller(&self, named: &mut Named) -> Value {
        match take(named, "caller") {
            Some(Value::None) | None => Missing::hint(
                self.activation.context.runtime.undefined(),
                "No caller defined",
            ),
            Some(caller) => caller,
        }
    }

    /// Refuses arguments that nothing takes.
    fn check(&self, given: usize, named: &Named) -> Result<(), Error> {
        let (name, parameters) = (self.quoted_name(), self.function.parameters.len());
        if self.function.kwargs.is_none()
            && let Some((first, _)) = named.first()
        {
            let message = if named.iter().any(|(name, _)| **name == *"caller") {
                format!(
                    "macro {name} was invoked with two values for the special caller argument. This is most likely a bug."
                )
            } else {
                format!("macro {name} takes no keyword argument '{first}'")
            };
            return Err(Error::type_error(message));
        }
        if self.function.varargs.is_none() && given > parameters {
            return Err(Error::type_error(format!(
                "macro {name} takes not more than {parameters} argument(s)"
            )));
        }
        Ok(())
    }

    /// Fills the slots of the parameters that were given.
    fn bind(
        &self,
        activation: &Activation,
        arguments: &[Value],
        named: &mut Named,
    ) -> Result<(), Error> {
        let function = &*self.function;
        let mut found_caller = arguments.len() >= function.parameters.len()
            && function
                .parameters
                .iter()
                .any(|parameter| *parameter.name == *"caller");
        for (index, parameter) in function.parameters.iter().enumerate() {
            let value = match arguments.get(index) {
                Some(value) => Some(value.clone()),
                None => {
                    found_caller |= *parameter.name == *"caller";
                    take(named, &parameter.name)
                }
            };
            if let Some(value) = value {
                activation.set(parameter.reference.slot, value);
            }
        }
        if function.uses_caller && !found_caller {
            let caller = self.take_caller(named);
            if let Some(slot) = function.caller {
                activation.set(slot, caller);
            }
        }
        self.check(arguments.len(), named)?;
        if let Some(slot) = function.kwargs {
            let named = std::mem::take(named);
            let dict: Dict = named
                .into_iter()
                .map(|(name, value)| (Key::text(name), value))
                .collect();
            activation.set(slot, Value::dict(dict));
        }
        if let Some(slot) = function.varargs {
            let rest = arguments
                .get(function.parameters.len()..)
                .unwrap_or_default();
            activation.set(slot, Value::tuple(rest.to_vec()));
        }
        Ok(())
    }
}

fn take(named: &mut Named, name: &str) -> Option<Value> {
    let index = named.iter().position(|(known, _)| **known == *name)?;
    Some(named.remove(index).1)
}

impl std::fmt::Debug for Macro {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Macro")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Object for Macro {
    fn type_name(&self) -> &str {
        "Macro"
    }

    fn attribute(&self, name: &str) -> Result<Option<Value>, Error> {
        let function = &*self.function;
        let parameters = || {
            function
                .parameters
                .iter()
                .map(|parameter| Value::from(&*parameter.name))
        };
        Ok(Some(match name {
            "name" => self.name.as_deref().map_or(Value::None, Value::from),
            "arguments" => Value::tuple(parameters().collect()),
            "catch_kwargs" => function.kwargs.is_some().into(),
            "catch_varargs" => function.varargs.is_some().into(),
            "caller" => function.uses_caller.into(),
            "explicit_caller" => function
                .parameters
                .iter()
                .any(|parameter| *parameter.name == *"caller")
                .into(),
            _ => return Ok(None),
        }))
    }

    fn call(&self, arguments: &[Value], named: &[(Rc<str>, Value)]) -> Result<Value, Error> {
        let _level = budget::descend()?;
        let function = &*self.function;
        let activation = self.activation.inner(function.slots);
        activation.enter(&function.frame);
        self.bind(&activation, arguments, &mut named.to_vec())?;
        let evaluator = Evaluator {
            activation: &activation,
            filtered: None,
        };
        let autoescape = evaluator.runtime().autoescape.get();
        let without_default = function.parameters.len() - function.defaults.len();
        for (index, parameter) in function.parameters.iter().enumerate() {
            if activation
                .find(&parameter.name, parameter.reference)?
                .is_none()
            {
                let value = match index
                    .checked_sub(without_default)
                    .and_then(|index| function.defaults.get(index))
                {
                    Some(default) => evaluator.evaluate(default)?,
                    None => self.undefined(parameter),
                };
                activation.set(parameter.reference.slot, value);
            }
        }
        let mut sink = Sink::default();
        evaluator.statements(&function.body, &mut sink)?;
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
        Ok(match &self.name {
            Some(name) => format!("<Macro '{name}'>"),
            None => "<Macro anonymous>".to_owned(),
        })
    }
}

//! Calls, filters and tests.

use std::rc::Rc;

use super::Evaluator;
use crate::jinja::access;
use crate::jinja::ast::{Arguments, Call, Expression, ExpressionKind, Filter, Test};
use crate::jinja::callable::{Callable, Invocation};
use crate::jinja::iterate::collect;
use crate::value::{Error, Value, budget};

/// What Python calls the function through which the sandbox calls everything.
const SANDBOX_CALL: &str = "jinja2.sandbox.SandboxedEnvironment.call";

/// Arguments by position and by name.
type Evaluated = (Vec<Value>, Vec<(Rc<str>, Value)>);

impl Evaluator<'_> {
    /// The result of a call.
    pub(super) fn call(&self, node: &Call, caller: Option<Value>) -> Result<Value, Error> {
        let callee = self.evaluate(&node.callee)?;
        let (positional, mut named) = self.arguments(&node.arguments, SANDBOX_CALL)?;
        if let Some(caller) = caller {
            if named.iter().any(|(name, _)| **name == *"caller") {
                let message =
                    format!("{SANDBOX_CALL}() got multiple values for keyword argument 'caller'");
                return Err(Error::type_error(message));
            }
            named.push(("caller".into(), caller));
        }
        let line = self.runtime().line.get();
        let result = access::call(&callee, &positional, &named)?;
        self.at_line(line);
        Ok(result)
    }

    /// The result of the call of a call block.
    pub(super) fn call_with_caller(
        &self,
        call: &Expression,
        caller: Value,
    ) -> Result<Value, Error> {
        match &call.kind {
            ExpressionKind::Call(node) => self.call(node, Some(caller)),
            _ => self.evaluate(call),
        }
    }

    pub(super) fn filter(&self, node: &Filter) -> Result<Value, Error> {
        let Some(filter) = node.filter else {
            return Err(unknown("filter", &node.name));
        };
        let operand = match &node.operand {
            Some(operand) => self.evaluate(operand)?,
            None => self.filtered.cloned().unwrap_or(Value::None),
        };
        self.invoke(filter, operand, &node.arguments)
    }

    pub(super) fn test(&self, node: &Test) -> Result<Value, Error> {
        let Some(test) = node.test else {
            return Err(unknown("test", &node.name));
        };
        let operand = self.evaluate(&node.operand)?;
        self.invoke(test, operand, &node.arguments)
    }

    fn invoke(
        &self,
        callable: &'static Callable,
        operand: Value,
        arguments: &Arguments,
    ) -> Result<Value, Error> {
        let (positional, named) = self.arguments(arguments, callable.python)?;
        callable.invoke(Invocation {
            context: &self.activation.context,
            operand,
            positional,
            named,
        })
    }

    fn arguments(&self, node: &Arguments, callee: &str) -> Result<Evaluated, Error> {
        let mut positional = self.all(&node.positional)?;
        if let Some(list) = &node.list {
            positional.extend(unpack_list(&self.evaluate(list)?, callee)?);
        }
        let mut named = Vec::with_capacity(node.keywords.len());
        for (name, value) in &node.keywords {
            named.push((Rc::from(&**name), self.evaluate(value)?));
        }
        if let Some(dict) = &node.dict {
            unpack_dict(&self.evaluate(dict)?, callee, &mut named)?;
        }
        Ok((positional, named))
    }
}

fn unknown(kind: &str, name: &str) -> Error {
    Error::raised(
        "TemplateRuntimeError",
        format!("No {kind} named '{name}' found."),
    )
}

fn unpack_list(list: &Value, callee: &str) -> Result<Vec<Value>, Error> {
    collect(list).map_err(|error| match error {
        Error::Raised {
            class: "TypeError",
            message,
        } if message.ends_with("object is not iterable") => {
            let name = list.type_name();
            Error::type_error(format!(
                "{callee}() argument after * must be an iterable, not {name}"
            ))
        }
        other => other,
    })
}

fn unpack_dict(dict: &Value, callee: &str, named: &mut Vec<(Rc<str>, Value)>) -> Result<(), Error> {
    let Value::Dict(dict) = dict.plain() else {
        let name = dict.type_name();
        return Err(Error::type_error(format!(
            "{callee}() argument after ** must be a mapping, not {name}"
        )));
    };
    let explicit = named.len();
    for (key, value) in dict.borrow().iter() {
        budget::spend(1)?;
        let Some(key) = key.as_text() else {
            return Err(Error::type_error("keywords must be strings"));
        };
        if named.iter().take(explicit).any(|(name, _)| *name == key) {
            let message = format!("{callee}() got multiple values for keyword argument '{key}'");
            return Err(Error::type_error(message));
        }
        named.push((key, value.clone()));
    }
    Ok(())
}

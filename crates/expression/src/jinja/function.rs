//! Functions and classes that the engine brings along, as values.

use std::rc::Rc;

use crate::value::release::release;
use crate::value::{Dict, Error, Object, Value, methods};

/// What a function does with its arguments.
type Body = dyn Fn(&[Value], &[(Rc<str>, Value)]) -> Result<Value, Error>;

/// What Python would take a function for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Function,
    Method,
    BuiltIn,
    Class,
}

/// A function of the engine.
pub(super) struct Native {
    kind: Kind,
    /// What it belongs to: a module or a type.
    owner: &'static str,
    name: &'static str,
    body: Box<Body>,
}

impl Native {
    /// A function.
    pub(super) fn function(
        name: &'static str,
        body: impl Fn(&[Value], &[(Rc<str>, Value)]) -> Result<Value, Error> + 'static,
    ) -> Value {
        Self::value(Kind::Function, "", name, body)
    }

    /// A method of an object of class `owner`.
    pub(super) fn method(
        owner: &'static str,
        name: &'static str,
        body: impl Fn(&[Value], &[(Rc<str>, Value)]) -> Result<Value, Error> + 'static,
    ) -> Value {
        Self::value(Kind::Method, owner, name, body)
    }

    /// A method of an object of the built-in type `owner`.
    pub(super) fn built_in(
        owner: &'static str,
        name: &'static str,
        body: impl Fn(&[Value], &[(Rc<str>, Value)]) -> Result<Value, Error> + 'static,
    ) -> Value {
        Self::value(Kind::BuiltIn, owner, name, body)
    }

    /// A class; `owner` is its module.
    pub(super) fn class(
        owner: &'static str,
        name: &'static str,
        body: impl Fn(&[Value], &[(Rc<str>, Value)]) -> Result<Value, Error> + 'static,
    ) -> Value {
        Self::value(Kind::Class, owner, name, body)
    }

    fn value(
        kind: Kind,
        owner: &'static str,
        name: &'static str,
        body: impl Fn(&[Value], &[(Rc<str>, Value)]) -> Result<Value, Error> + 'static,
    ) -> Value {
        Value::object(Self {
            kind,
            owner,
            name,
            body: Box::new(body),
        })
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        let nothing: Box<Body> = Box::new(|_, _| Ok(Value::None));
        release(std::mem::replace(&mut self.body, nothing));
    }
}

impl std::fmt::Debug for Native {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Native")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Object for Native {
    fn type_name(&self) -> &str {
        match self.kind {
            Kind::Function => "function",
            Kind::Method => "method",
            Kind::BuiltIn => "builtin_function_or_method",
            Kind::Class => "type",
        }
    }

    fn attribute(&self, name: &str) -> Result<Option<Value>, Error> {
        if self.kind != Kind::Class || self.name != "dict" {
            return Ok(None);
        }
        let empty = Value::dict(Dict::new());
        if !methods::has(&empty, name) {
            return Ok(None);
        }
        let name: Rc<str> = name.into();
        Ok(Some(Self::built_in(
            "type",
            "method",
            move |arguments, named| match arguments {
                // The only one that needs no dict.
                _ if *name == *"fromkeys" => methods::call(&empty, &name, arguments, named),
                [dict @ Value::Dict(_), rest @ ..] => methods::call(dict, &name, rest, named),
                [other, ..] => Err(Error::type_error(format!(
                    "descriptor '{name}' for 'dict' objects doesn't apply to a '{}' object",
                    other.type_name()
                ))),
                [] => Err(Error::type_error(format!(
                    "unbound method dict.{name}() needs an argument"
                ))),
            },
        )))
    }

    fn call(&self, arguments: &[Value], named: &[(Rc<str>, Value)]) -> Result<Value, Error> {
        (self.body)(arguments, named)
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn repr(&self) -> Result<String, Error> {
        let (owner, name) = (self.owner, self.name);
        Ok(match self.kind {
            Kind::Function => format!("<function {name} at 0x0>"),
            Kind::Method => format!("<bound method {owner}.{name} of <{owner} object at 0x0>>"),
            Kind::BuiltIn => format!("<built-in method {name} of {owner} object at 0x0>"),
            Kind::Class if owner.is_empty() => format!("<class '{name}'>"),
            Kind::Class => format!("<class '{owner}.{name}'>"),
        })
    }
}

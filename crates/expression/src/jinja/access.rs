//! Attributes, items and calls as Jinja's sandbox allows them.

use std::rc::Rc;

use super::function::Native;
use super::hidden::is_hidden;
use super::lookup::Lookup;
use super::markup::{Markup, text_method};
use super::runtime::Runtime;
use super::undefined::Missing;
use crate::value::format::{self, Lookups};
use crate::value::release::release;
use crate::value::{Error, Object, Value, access, budget, methods, text};

/// What Python's `getattr` finds.
pub(super) enum Found {
    Value(Value),
    /// Something that the sandbox hides.
    Hidden,
    Nothing,
}

/// `object.name` in a template: the attribute, else the item.
pub(super) fn attribute(runtime: &Rc<Runtime>, object: &Value, name: &str) -> Result<Value, Error> {
    match python_attribute(runtime, object, name)? {
        Found::Value(value) => return Ok(value),
        Found::Hidden => return Ok(Missing::hidden(runtime.undefined(), object, name)),
        Found::Nothing => {}
    }
    // The usual case, without making a key.
    if let Value::Dict(dict) = object {
        if let Some(value) = dict.borrow().get_text(name) {
            return Ok(value.clone());
        }
    } else if let Some(value) = found_item(object, &Value::from(name))? {
        return Ok(value);
    }
    Ok(Missing::member(
        runtime.undefined(),
        object,
        Value::from(name),
    ))
}

/// `object[key]` in a template: the item, else the attribute.
pub(super) fn item(runtime: &Rc<Runtime>, object: &Value, key: &Value) -> Result<Value, Error> {
    if let Some(value) = found_item(object, key)? {
        return Ok(value);
    }
    if let Some(name) = key.as_text() {
        match python_attribute(runtime, object, &name)? {
            Found::Value(value) => return Ok(value),
            Found::Hidden => return Ok(Missing::hidden(runtime.undefined(), object, &name)),
            Found::Nothing => {}
        }
    }
    Ok(Missing::member(runtime.undefined(), object, key.clone()))
}

/// The item, if `object[key]` does not raise what Jinja takes for its absence.
fn found_item(object: &Value, key: &Value) -> Result<Option<Value>, Error> {
    match Markup::item(object, key).unwrap_or_else(|| access::item(object, key)) {
        Ok(value) => Ok(Some(value)),
        Err(error)
            if matches!(
                error.class(),
                Some("TypeError" | "KeyError" | "IndexError" | "LookupError")
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// `object.name(*arguments)` as Python code calls it.
pub(super) fn method_call(object: &Value, name: &str, arguments: &[Value]) -> Result<Value, Error> {
    check_method(object, name)?;
    text_method(object, name, arguments)
}

/// Raises what `object.name(...)` raises in Python code if there is no such method.
pub(super) fn check_method(object: &Value, name: &str) -> Result<(), Error> {
    if let Some(missing) = Missing::of(object) {
        return Err(missing.error());
    }
    if Lookup::of(object).is_some() {
        return Err(not_callable(object));
    }
    if methods::has(object, name) {
        return Ok(());
    }
    let message = format!("'{}' object has no attribute '{name}'", object.type_name());
    Err(Error::attribute_error(message))
}

/// What Python's `getattr` finds, with `str.format` made safe.
pub(super) fn python_attribute(
    runtime: &Rc<Runtime>,
    object: &Value,
    name: &str,
) -> Result<Found, Error> {
    if is_hidden(object, name) {
        return Ok(Found::Hidden);
    }
    if let Value::Object(inner) = object
        && let Some(value) = inner.attribute(name)?
    {
        return Ok(Found::Value(value));
    }
    if methods::has(object, name) {
        return Ok(Found::Value(method(runtime, object, name)));
    }
    Ok(access::attribute(object, name)?.map_or(Found::Nothing, Found::Value))
}

/// A method bound to its object.
fn method(runtime: &Rc<Runtime>, object: &Value, name: &str) -> Value {
    match (object.as_text(), name) {
        (Some(template), "format") => {
            let runtime = Rc::clone(runtime);
            let markup = Markup::is(object);
            Native::function("str.format", move |arguments, named| {
                let fields = Fields {
                    runtime: &runtime,
                    positional: arguments,
                    named: &|name| {
                        named
                            .iter()
                            .find(|(known, _)| **known == *name)
                            .map(|(_, value)| Ok(value.clone()))
                    },
                };
                fields.fill(&template, markup)
            })
        }
        (Some(template), "format_map") => {
            let runtime = Rc::clone(runtime);
            let markup = Markup::is(object);
            Native::function("str.format_map", move |arguments, named| {
                if !named.is_empty() {
                    return Err(Error::type_error("format_map() takes no keyword arguments"));
                }
                let [mapping] = arguments else {
                    let message = format!(
                        "format_map() takes exactly one argument ({} given)",
                        arguments.len()
                    );
                    return Err(Error::type_error(message));
                };
                let fields = Fields {
                    runtime: &runtime,
                    positional: &[],
                    named: &|name| Some(access::item(mapping, &Value::from(name))),
                };
                fields.fill(&template, markup)
            })
        }
        _ => Value::object(BoundMethod {
            receiver: object.clone(),
            name: name.into(),
        }),
    }
}

/// The values for the fields of a format string.
struct Fields<'a> {
    runtime: &'a Rc<Runtime>,
    positional: &'a [Value],
    named: &'a dyn Fn(&str) -> Option<Result<Value, Error>>,
}

impl Fields<'_> {
    fn fill(&self, template: &str, markup: bool) -> Result<Value, Error> {
        let lookups = Lookups {
            position: &|index| {
                let value = self.positional.get(index).cloned();
                value.ok_or_else(|| Error::index_error("tuple index out of range"))
            },
            name: &|name| {
                let missing = || {
                    Err(Error::key_error(
                        text::repr(&Value::from(name)).unwrap_or_default(),
                    ))
                };
                (self.named)(name).unwrap_or_else(missing)
            },
            attribute: &|value, name| attribute(self.runtime, value, name),
            item: &|value, key| item(self.runtime, value, key),
            format: &format::value,
        };
        if markup {
            return Markup::fields(template, &lookups);
        }
        format::fields(template, &lookups).map(Value::from)
    }
}

/// `callee(*arguments, **named)` as the sandbox allows it.
pub(super) fn call(
    callee: &Value,
    arguments: &[Value],
    named: &[(Rc<str>, Value)],
) -> Result<Value, Error> {
    let Value::Object(object) = callee else {
        return Err(not_callable(callee));
    };
    if let Some(missing) = Missing::of(callee) {
        return Err(missing.error());
    }
    if object.as_any().is::<Lookup>() {
        // The sandbox asks for an attribute that marks unsafe functions, and a lookup has every attribute.
        return Err(Error::raised(
            "SecurityError",
            format!("{} is not safely callable", object.repr()?),
        ));
    }
    if !object.is_callable() {
        return Err(not_callable(callee));
    }
    let _level = budget::descend()?;
    budget::spend(arguments.len() + named.len())?;
    object.call(arguments, named)
}

fn not_callable(callee: &Value) -> Error {
    Error::type_error(format!("'{}' object is not callable", callee.type_name()))
}

/// A method of a built-in type together with its object.
#[derive(Debug)]
struct BoundMethod {
    receiver: Value,
    name: Box<str>,
}

impl Object for BoundMethod {
    fn type_name(&self) -> &str {
        "builtin_function_or_method"
    }

    fn call(&self, arguments: &[Value], named: &[(Rc<str>, Value)]) -> Result<Value, Error> {
        Markup::method(&self.receiver, &self.name, arguments, named)
            .unwrap_or_else(|| methods::call(&self.receiver, &self.name, arguments, named))
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn repr(&self) -> Result<String, Error> {
        Ok(format!(
            "<built-in method {} of {} object at 0x0>",
            self.name,
            self.receiver.type_name()
        ))
    }

    fn held(&self) -> Vec<Value> {
        vec![self.receiver.clone()]
    }
}

impl Drop for BoundMethod {
    fn drop(&mut self) {
        release(std::mem::replace(&mut self.receiver, Value::None));
    }
}

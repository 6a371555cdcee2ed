//! The methods of the built-in types that templates can reach.
//!
//! Not here: what runs code of its own. `str.format` and `str.format_map` look attributes up, so a language calls
//! [`super::format::fields`] with its own rules for that; here they use plain lookups.

mod arguments;
mod bytes;
mod dict;
mod list;
mod number;
mod set;
mod text;
mod time;

use std::rc::Rc;

use arguments::Arguments;
pub use dict::{View, ViewKind};

use super::{Error, Value};

/// A method of a built-in type: its name, and what it does with its receiver and arguments.
type Method = (
    &'static str,
    fn(&Value, &Arguments<'_>) -> Result<Value, Error>,
);

/// Whether the value has a method of that name.
pub fn has(receiver: &Value, name: &str) -> bool {
    find(receiver, name).is_some()
}

/// The result of `receiver.name(*positional, **named)`; `AttributeError` if there is no such method.
pub fn call(
    receiver: &Value,
    name: &str,
    positional: &[Value],
    named: &[(Rc<str>, Value)],
) -> Result<Value, Error> {
    let plain = receiver.plain();
    let Some((name, method)) = find(&plain, name) else {
        return Err(Error::attribute_error(format!(
            "'{}' object has no attribute '{name}'",
            receiver.type_name()
        )));
    };
    let arguments = Arguments {
        receiver: plain.type_name(),
        method: name,
        positional,
        named,
    };
    super::budget::spend(1)?;
    method(&plain, &arguments)
}

fn find(receiver: &Value, name: &str) -> Option<Method> {
    let methods = match receiver {
        Value::Str(_) => text::METHODS,
        Value::Bytes(_) => bytes::METHODS,
        Value::List(_) => list::METHODS,
        Value::Tuple(_) => list::TUPLE_METHODS,
        Value::Dict(_) => dict::METHODS,
        Value::Set(_) => set::METHODS,
        Value::Bool(_) | Value::Int(_) | Value::Big(_) => number::INTEGER_METHODS,
        Value::Float(_) => number::FLOAT_METHODS,
        Value::Date(_) => time::DATE_METHODS,
        Value::DateTime(..) => time::DATE_TIME_METHODS,
        Value::Object(object) => return find(&object.plain()?, name),
        Value::None => return None,
    };
    methods.iter().copied().find(|(known, _)| *known == name)
}

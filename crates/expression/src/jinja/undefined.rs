//! Values that are not there.

use std::rc::Rc;

use super::scope::Undefined;
use crate::value::release::release;
use crate::value::{Error, Object, Value, text};

/// A value that is not there, and what is to be said when it is used.
#[derive(Debug)]
pub(super) struct Missing {
    kind: Undefined,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    /// A variable.
    Name(Box<str>),
    /// An attribute or item.
    Member(Value, Value),
    /// Anything else, in its own words.
    Hint(String),
    /// An attribute that the sandbox hides.
    Unsafe(String),
}

impl Missing {
    /// A variable that is not there.
    pub(super) fn name(kind: Undefined, name: &str) -> Value {
        Self::value(kind, Reason::Name(name.into()))
    }

    /// An attribute or item that is not there.
    pub(super) fn member(kind: Undefined, object: &Value, member: Value) -> Value {
        Self::value(kind, Reason::Member(object.clone(), member))
    }

    /// Something else that is not there.
    pub(super) fn hint(kind: Undefined, hint: impl Into<String>) -> Value {
        Self::value(kind, Reason::Hint(hint.into()))
    }

    /// An attribute that the sandbox hides.
    pub(super) fn hidden(kind: Undefined, object: &Value, attribute: &str) -> Value {
        let message = format!(
            "access to attribute {} of '{}' object is unsafe.",
            quoted(attribute),
            object.type_name()
        );
        Self::value(kind, Reason::Unsafe(message))
    }

    fn value(kind: Undefined, reason: Reason) -> Value {
        Value::Object(Rc::new(Self { kind, reason }))
    }

    /// The undefined value that `value` is, if it is one.
    pub(super) fn of(value: &Value) -> Option<&Self> {
        match value {
            Value::Object(object) => object.as_any().downcast_ref(),
            _ => None,
        }
    }

    /// The error of using it.
    pub(super) fn error(&self) -> Error {
        let message = match &self.reason {
            Reason::Name(name) => format!("{} is undefined", quoted(name)),
            Reason::Member(object, member) => match (member.as_text(), text::repr(member)) {
                (_, Err(error)) => return error,
                (Some(_), Ok(member)) => {
                    format!("'{}' has no attribute {member}", described(object))
                }
                (None, Ok(member)) => format!("{} has no element {member}", described(object)),
            },
            Reason::Hint(hint) => hint.clone(),
            Reason::Unsafe(message) => return Error::raised("SecurityError", message.clone()),
        };
        Error::raised("UndefinedError", message)
    }

    fn strictly<T>(&self, plain: T) -> Result<T, Error> {
        match self.kind {
            Undefined::Strict => Err(self.error()),
            Undefined::Plain => Ok(plain),
        }
    }
}

/// Whether a value is undefined.
pub(super) fn is_undefined(value: &Value) -> bool {
    Missing::of(value).is_some()
}

fn quoted(name: &str) -> String {
    text::repr(&Value::from(name)).unwrap_or_default()
}

/// What Jinja calls an object in messages.
fn described(object: &Value) -> String {
    match object {
        Value::None => "None".to_owned(),
        other => format!("{} object", qualified_type(other)),
    }
}

/// The name of a value's type with its module, unless that is Python's own.
pub(super) fn qualified_type(value: &Value) -> String {
    let name = value.type_name();
    let module = match name {
        "Namespace" | "Cycler" | "Joiner" => "jinja2.utils.",
        "Macro" | "LoopContext" | "TemplateReference" | "BlockReference" | "StrictUndefined"
        | "Undefined" => "jinja2.runtime.",
        "_GroupTuple" => "jinja2.filters.",
        "Markup" => "markupsafe.",
        "KeyValueLookup" | "UserKeyValueLookup" => "st2common.services.keyvalues.",
        _ => "",
    };
    format!("{module}{name}")
}

impl Drop for Missing {
    fn drop(&mut self) {
        if let Reason::Member(object, _) = &mut self.reason {
            release(std::mem::replace(object, Value::None));
        }
    }
}

impl Object for Missing {
    fn type_name(&self) -> &str {
        match self.kind {
            Undefined::Strict => "StrictUndefined",
            Undefined::Plain => "Undefined",
        }
    }

    fn attribute(&self, name: &str) -> Result<Option<Value>, Error> {
        // Python asks for such names to find out what an object can do.
        if name.starts_with("__") && name.ends_with("__") {
            return Ok(None);
        }
        Err(self.error())
    }

    fn item(&self, _key: &Value) -> Result<Option<Value>, Error> {
        Err(self.error())
    }

    fn call(&self, _arguments: &[Value], _named: &[(Rc<str>, Value)]) -> Result<Value, Error> {
        Err(self.error())
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn iterate(&self) -> Result<Vec<Value>, Error> {
        self.strictly(Vec::new())
    }

    fn text(&self) -> Result<String, Error> {
        self.strictly(String::new())
    }

    fn repr(&self) -> Result<String, Error> {
        Ok("Undefined".to_owned())
    }

    fn truth(&self) -> Result<bool, Error> {
        self.strictly(false)
    }

    fn length(&self) -> Result<Option<usize>, Error> {
        self.strictly(Some(0))
    }

    fn equals(&self, other: &Value) -> Result<Option<bool>, Error> {
        self.strictly(Some(
            Self::of(other).is_some_and(|other| other.kind == self.kind),
        ))
    }

    fn refusal(&self) -> Option<Error> {
        Some(self.error())
    }

    fn contains(&self, _member: &Value) -> Result<Option<bool>, Error> {
        self.strictly(Some(false))
    }

    fn integer(&self) -> Option<Result<Value, Error>> {
        Some(Err(self.error()))
    }

    fn float(&self) -> Option<Result<f64, Error>> {
        Some(Err(self.error()))
    }

    fn held(&self) -> Vec<Value> {
        match &self.reason {
            Reason::Member(object, _) => vec![object.clone()],
            Reason::Name(_) | Reason::Hint(_) | Reason::Unsafe(_) => Vec::new(),
        }
    }

    fn hashable(&self) -> Result<(), Error> {
        self.strictly(())
    }
}

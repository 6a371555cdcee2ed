//! `namespace`: the one thing whose attributes a template can assign to.

use std::cell::RefCell;
use std::rc::Rc;

use super::classes::new_dict;
use crate::jinja::function::Native;
use crate::value::{Dict, Error, Object, Value, cycles, text};

/// A namespace.
#[derive(Debug)]
pub(crate) struct Namespace(Rc<RefCell<Dict>>);

/// The class.
pub(super) fn class() -> Value {
    Native::class("jinja2.utils", "Namespace", |arguments, named| {
        Ok(Value::object(Namespace(new_dict(arguments, named)?)))
    })
}

impl Namespace {
    /// The namespace that a value is, if it is one.
    pub(crate) fn of(value: &Value) -> Option<&Self> {
        match value {
            Value::Object(object) => object.as_any().downcast_ref(),
            _ => None,
        }
    }

    /// Assigns to an attribute.
    pub(crate) fn set(&self, name: &str, value: Value) {
        cycles::note(&Value::Dict(Rc::clone(&self.0)), &value);
        let old = self.0.borrow_mut().insert(name.into(), value);
        // Dropped after the borrow has ended.
        drop(old);
    }
}

impl Object for Namespace {
    fn type_name(&self) -> &str {
        "Namespace"
    }

    fn attribute(&self, name: &str) -> Result<Option<Value>, Error> {
        Ok(self.0.borrow().get_text(name).cloned())
    }

    fn repr(&self) -> Result<String, Error> {
        let attributes = text::repr(&Value::Dict(Rc::clone(&self.0)))?;
        Ok(format!("<Namespace {attributes}>"))
    }

    fn held(&self) -> Vec<Value> {
        vec![Value::Dict(Rc::clone(&self.0))]
    }
}

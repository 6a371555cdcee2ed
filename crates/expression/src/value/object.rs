//! What a language's own runtime brings: undefined names, functions, loop state, datastore lookups.

use std::any::Any;
use std::fmt::Debug;
use std::rc::Rc;

use super::{Error, Value};

/// A value whose behaviour its language defines.
///
/// Every default body is what a plain Python object does.
pub trait Object: Any + Debug {
    /// The name of its Python type.
    fn type_name(&self) -> &str;

    /// The value of an attribute, if it has it.
    fn attribute(&self, _name: &str) -> Result<Option<Value>, Error> {
        Ok(None)
    }

    /// The value of a subscript; `None` if there is no such item.
    fn item(&self, _key: &Value) -> Result<Option<Value>, Error> {
        Err(Error::type_error(format!(
            "'{}' object is not subscriptable",
            self.type_name()
        )))
    }

    /// The result of calling it.
    fn call(&self, _arguments: &[Value], _named: &[(Rc<str>, Value)]) -> Result<Value, Error> {
        Err(Error::type_error(format!(
            "'{}' object is not callable",
            self.type_name()
        )))
    }

    /// Whether it can be called.
    fn is_callable(&self) -> bool {
        false
    }

    /// Its items.
    fn iterate(&self) -> Result<Vec<Value>, Error> {
        Err(Error::type_error(format!(
            "'{}' object is not iterable",
            self.type_name()
        )))
    }

    /// `str(self)`.
    fn text(&self) -> Result<String, Error> {
        self.repr()
    }

    /// `repr(self)`.
    fn repr(&self) -> Result<String, Error> {
        Ok(format!("<{} object>", self.type_name()))
    }

    /// `bool(self)`.
    fn truth(&self) -> Result<bool, Error> {
        Ok(self.length()?.is_none_or(|length| length > 0))
    }

    /// `len(self)`, if it has a length.
    fn length(&self) -> Result<Option<usize>, Error> {
        Ok(None)
    }

    /// Whether it equals another value; `None` leaves the answer to the other value, and at last to identity.
    fn equals(&self, _other: &Value) -> Result<Option<bool>, Error> {
        Ok(None)
    }

    /// The error that arithmetic with it and `<` raise instead of the usual `TypeError`, as for an undefined name.
    fn refusal(&self) -> Option<Error> {
        None
    }

    /// Whether it contains `member`; `None` if that is decided by its items.
    fn contains(&self, _member: &Value) -> Result<Option<bool>, Error> {
        Ok(None)
    }

    /// The built-in value it stands for, as an instance of a subclass of `str` would.
    fn plain(&self) -> Option<Value> {
        None
    }

    /// `int(self)`, if it defines that.
    fn integer(&self) -> Option<Result<Value, Error>> {
        None
    }

    /// `float(self)`, if it defines that.
    fn float(&self) -> Option<Result<f64, Error>> {
        None
    }

    /// Values it holds that may hold it in turn, so that [`super::cycles::Scope`] finds cycles through it.
    fn held(&self) -> Vec<Value> {
        Vec::new()
    }

    /// An error if it cannot be a key.
    fn hashable(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// The error that an operator raises because of what its operands are, the left one first.
pub(super) fn refusal(one: &Value, two: &Value) -> Option<Error> {
    [one, two].into_iter().find_map(|operand| match operand {
        Value::Object(object) => object.refusal(),
        _ => None,
    })
}

impl dyn Object {
    /// The object as its own type, to downcast it.
    pub fn as_any(&self) -> &dyn Any {
        self
    }
}

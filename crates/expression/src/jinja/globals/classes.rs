//! `dict`, `cycler` and `joiner`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::jinja::function::Native;
use crate::jinja::iterate::{collect, items};
use crate::value::{Dict, Error, Key, Object, Value, access, budget};

/// What `dict(...)` makes of its arguments.
pub(super) fn new_dict(
    arguments: &[Value],
    named: &[(Rc<str>, Value)],
) -> Result<Rc<RefCell<Dict>>, Error> {
    let mut dict = match arguments {
        [] => Dict::new(),
        [source] => from_source(source)?,
        more => {
            let message = format!("dict expected at most 1 argument, got {}", more.len());
            return Err(Error::type_error(message));
        }
    };
    for (name, value) in named {
        dict.insert(Key::text(Rc::clone(name)), value.clone());
    }
    budget::items(dict.len())?;
    Ok(Rc::new(RefCell::new(dict)))
}

fn from_source(source: &Value) -> Result<Dict, Error> {
    if let Value::Dict(dict) = source.plain() {
        return Ok(dict.borrow().clone());
    }
    let mut dict = Dict::new();
    let mut pairs = items(source)?;
    let mut index = 0;
    while let Some(pair) = pairs.next()? {
        let parts = collect(&pair).map_err(|error| match error.class() {
            Some("TypeError") => Error::type_error(format!(
                "cannot convert dictionary update sequence element #{index} to a sequence"
            )),
            _ => error,
        })?;
        match <[Value; 2]>::try_from(parts) {
            Ok([key, value]) => dict.insert(Key::new(key)?, value),
            Err(parts) => {
                let message = format!(
                    "dictionary update sequence element #{index} has length {}; 2 is required",
                    parts.len()
                );
                return Err(Error::value_error(message));
            }
        };
        index += 1;
    }
    Ok(dict)
}

/// The class `dict`.
pub(super) fn dict() -> Value {
    Native::class("", "dict", |arguments, named| {
        new_dict(arguments, named).map(Value::Dict)
    })
}

/// The class `Cycler`.
pub(super) fn cycler() -> Value {
    Native::class("jinja2.utils", "Cycler", |arguments, named| {
        if let Some((name, _)) = named.first() {
            let message = format!("Cycler.__init__() got an unexpected keyword argument '{name}'");
            return Err(Error::type_error(message));
        }
        if arguments.is_empty() {
            return Err(Error::raised(
                "RuntimeError",
                "at least one item has to be provided",
            ));
        }
        Ok(Value::object(Cycler {
            items: Value::tuple(arguments.to_vec()),
            position: Rc::new(Cell::new(0)),
        }))
    })
}

/// Gives its items in turn.
#[derive(Debug)]
struct Cycler {
    /// A tuple, never empty.
    items: Value,
    position: Rc<Cell<usize>>,
}

fn at(items: &Value, position: usize) -> Result<Value, Error> {
    access::item(items, &position.into())
}

impl Object for Cycler {
    fn type_name(&self) -> &str {
        "Cycler"
    }

    fn attribute(&self, name: &str) -> Result<Option<Value>, Error> {
        let (items, position) = (self.items.clone(), Rc::clone(&self.position));
        Ok(Some(match name {
            "current" => at(&items, position.get())?,
            "items" => items,
            "pos" => position.get().into(),
            "next" => Native::method("Cycler", "next", move |arguments, _| {
                no_arguments("Cycler.next", arguments)?;
                let current = position.get();
                position.set((current + 1) % access::length(&items)?.max(1));
                at(&items, current)
            }),
            "reset" => Native::method("Cycler", "reset", move |arguments, _| {
                no_arguments("Cycler.reset", arguments)?;
                position.set(0);
                Ok(Value::None)
            }),
            _ => return Ok(None),
        }))
    }

    fn repr(&self) -> Result<String, Error> {
        Ok("<jinja2.utils.Cycler object at 0x0>".to_owned())
    }

    fn held(&self) -> Vec<Value> {
        vec![self.items.clone()]
    }
}

fn no_arguments(name: &str, arguments: &[Value]) -> Result<(), Error> {
    if arguments.is_empty() {
        return Ok(());
    }
    let given = arguments.len() + 1;
    Err(Error::type_error(format!(
        "{name}() takes 1 positional argument but {given} were given"
    )))
}

/// The class `Joiner`.
pub(super) fn joiner() -> Value {
    Native::class("jinja2.utils", "Joiner", |arguments, named| {
        let separator = match (arguments, named) {
            ([], []) => ", ".into(),
            ([separator], []) => separator.clone(),
            ([], [(name, separator)]) if **name == *"sep" => separator.clone(),
            (_, [(name, _), ..]) if **name != *"sep" => {
                let message =
                    format!("Joiner.__init__() got an unexpected keyword argument '{name}'");
                return Err(Error::type_error(message));
            }
            (_, [_, ..]) => {
                let message = "Joiner.__init__() got multiple values for argument 'sep'";
                return Err(Error::type_error(message));
            }
            (more, []) => {
                let given = more.len() + 1;
                let message = format!(
                    "Joiner.__init__() takes from 1 to 2 positional arguments but {given} were given"
                );
                return Err(Error::type_error(message));
            }
        };
        Ok(Value::object(Joiner {
            separator: Value::tuple(vec![separator]),
            used: Cell::new(false),
        }))
    })
}

/// Nothing the first time, then its separator.
#[derive(Debug)]
struct Joiner {
    /// A tuple, so that whatever it holds is dropped without deep recursion.
    separator: Value,
    used: Cell<bool>,
}

impl Object for Joiner {
    fn type_name(&self) -> &str {
        "Joiner"
    }

    fn attribute(&self, name: &str) -> Result<Option<Value>, Error> {
        Ok(match name {
            "sep" => Some(at(&self.separator, 0)?),
            "used" => Some(self.used.get().into()),
            _ => None,
        })
    }

    fn call(&self, arguments: &[Value], _named: &[(Rc<str>, Value)]) -> Result<Value, Error> {
        no_arguments("Joiner.__call__", arguments)?;
        if self.used.replace(true) {
            at(&self.separator, 0)
        } else {
            Ok("".into())
        }
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn repr(&self) -> Result<String, Error> {
        Ok("<jinja2.utils.Joiner object at 0x0>".to_owned())
    }

    fn held(&self) -> Vec<Value> {
        vec![self.separator.clone()]
    }
}

//! Looking up attributes by a dotted path, as `map(attribute=...)`, `sort` and others do.

use std::rc::Rc;

use crate::jinja::access::item;
use crate::jinja::runtime::Runtime;
use crate::jinja::undefined::is_undefined;
use crate::value::{Error, Value, methods, number};

/// A path of attributes: `address.city`, `0.name`.
#[derive(Clone)]
pub(super) struct Path {
    runtime: Rc<Runtime>,
    parts: Vec<Value>,
    /// What stands for a part that is not there.
    default: Option<Value>,
    ignore_case: bool,
}

impl Path {
    /// The path that an argument means; nothing means the item itself.
    pub(super) fn new(runtime: &Rc<Runtime>, attribute: Option<&Value>) -> Result<Self, Error> {
        Ok(Self {
            runtime: Rc::clone(runtime),
            parts: attribute.map_or(Ok(Vec::new()), parts)?,
            default: None,
            ignore_case: false,
        })
    }

    /// The paths that an argument means, separated by commas.
    pub(super) fn several(
        runtime: &Rc<Runtime>,
        attribute: Option<&Value>,
    ) -> Result<Vec<Self>, Error> {
        match attribute.and_then(Value::as_text) {
            Some(paths) => paths
                .split(',')
                .map(|path| Self::new(runtime, Some(&Value::from(path))))
                .collect(),
            None => Ok(vec![Self::new(runtime, attribute)?]),
        }
    }

    /// With something that stands for a part that is not there.
    pub(super) fn or(mut self, default: Option<&Value>) -> Self {
        self.default = default.cloned();
        self
    }

    /// With text in lower case.
    pub(super) fn ignoring_case(mut self, ignore: bool) -> Self {
        self.ignore_case = ignore;
        self
    }

    /// What the path leads to.
    pub(super) fn get(&self, value: &Value) -> Result<Value, Error> {
        let mut found = value.clone();
        for part in &self.parts {
            found = item(&self.runtime, &found, part)?;
            if let Some(default) = &self.default
                && is_undefined(&found)
            {
                found = default.clone();
            }
        }
        if self.ignore_case && found.as_text().is_some() {
            return methods::call(&found, "lower", &[], &[]);
        }
        Ok(found)
    }
}

fn parts(attribute: &Value) -> Result<Vec<Value>, Error> {
    let Some(path) = attribute.as_text() else {
        return Ok(match attribute {
            Value::None => Vec::new(),
            other => vec![other.clone()],
        });
    };
    path.split('.')
        .map(|part| {
            let part = Value::from(part);
            match methods::call(&part, "isdigit", &[], &[])? {
                Value::Bool(true) => number::to_integer(&part),
                _ => Ok(part),
            }
        })
        .collect()
}

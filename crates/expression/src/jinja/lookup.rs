//! Datastore values in templates: `st2kv.system.x`, `st2kv.user.x` and the legacy `system.x`.
//!
//! A lookup collects a key's name, one attribute or item after the other. Its text is the value of the key, empty if
//! there is none; a value that is not known yet ends the evaluation with [`Error::NeedsKey`].

use std::collections::HashMap;
use std::rc::Rc;

use squall_model::key::Scope;

use super::function::Native;
use crate::value::{Error, Object, Value, number, text};

/// Datastore values that are known, and the key files' content to decrypt them.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    known: HashMap<(Scope, String), Option<String>>,
}

impl Keys {
    /// No values yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a value, or that there is none. A user's key is named `user:name`.
    pub fn know(&mut self, scope: Scope, name: impl Into<String>, value: Option<String>) {
        self.known.insert((scope, name.into()), value);
    }

    fn value(&self, scope: Scope, name: &str) -> Result<&str, Error> {
        // Two allocations here are nothing beside reading the datastore.
        match self.known.get(&(scope, name.to_owned())) {
            Some(value) => Ok(value.as_deref().unwrap_or_default()),
            None => Err(Error::NeedsKey {
                scope,
                name: name.to_owned(),
            }),
        }
    }
}

/// What a template sees as `st2kv.system` or as `system`.
pub fn system(keys: &Rc<Keys>) -> Value {
    Value::object(Lookup {
        keys: Rc::clone(keys),
        user: None,
        name: String::new(),
    })
}

/// What a template sees as `st2kv.user`.
pub fn user(keys: &Rc<Keys>, user: &str) -> Value {
    Value::object(Lookup {
        keys: Rc::clone(keys),
        user: Some(user.into()),
        name: String::new(),
    })
}

/// A key's name so far.
#[derive(Debug)]
pub(super) struct Lookup {
    keys: Rc<Keys>,
    /// The user whose keys these are; nobody for everybody's.
    user: Option<Rc<str>>,
    name: String,
}

impl Lookup {
    /// The lookup that a value is, if it is one.
    pub(super) fn of(value: &Value) -> Option<&Self> {
        match value {
            Value::Object(object) => object.as_any().downcast_ref(),
            _ => None,
        }
    }

    const fn scope(&self) -> Scope {
        match self.user {
            Some(_) => Scope::User,
            None => Scope::System,
        }
    }

    /// The value of the key.
    pub(super) fn value(&self) -> Result<&str, Error> {
        if self.name.is_empty() {
            return Err(Error::key_error("''"));
        }
        self.keys.value(self.scope(), &self.name)
    }

    /// The key's name with its scope, without its user.
    pub(super) fn full_name(&self) -> String {
        let name = self
            .name
            .split_once(':')
            .map_or(&*self.name, |(_, name)| name);
        format!("{}.{name}", self.scope().as_str())
    }

    fn step(&self, part: &str) -> Value {
        let name = match (&self.user, self.name.is_empty()) {
            (_, false) => format!("{}.{part}", self.name),
            (Some(user), true) => format!("{user}:{part}"),
            (None, true) => part.to_owned(),
        };
        Value::object(Self {
            keys: Rc::clone(&self.keys),
            user: self.user.clone(),
            name,
        })
    }
}

impl Object for Lookup {
    fn type_name(&self) -> &str {
        match self.user {
            Some(_) => "UserKeyValueLookup",
            None => "KeyValueLookup",
        }
    }

    fn attribute(&self, name: &str) -> Result<Option<Value>, Error> {
        Ok(Some(match name {
            "scope" if self.user.is_some() => "user".into(),
            "scope" => "system".into(),
            "get_key_name" => {
                let full_name = self.full_name();
                Native::method("KeyValueLookup", "get_key_name", move |_, _| {
                    Ok(full_name.as_str().into())
                })
            }
            _ => self.step(name),
        }))
    }

    fn item(&self, key: &Value) -> Result<Option<Value>, Error> {
        Ok(Some(self.step(&text::str(key)?)))
    }

    fn iterate(&self) -> Result<Vec<Value>, Error> {
        // Every number is a key: Python would never end.
        Err(Error::Limit("a datastore lookup has no end"))
    }

    fn text(&self) -> Result<String, Error> {
        self.value().map(str::to_owned)
    }

    fn repr(&self) -> Result<String, Error> {
        Ok(format!(
            "<st2common.services.keyvalues.{} object at 0x0>",
            self.type_name()
        ))
    }

    fn integer(&self) -> Option<Result<Value, Error>> {
        // A user's lookup does not define it.
        let number = || number::to_integer(&Value::Float(number::parse_float(self.value()?)?));
        self.user.is_none().then(number)
    }

    fn float(&self) -> Option<Result<f64, Error>> {
        self.user
            .is_none()
            .then(|| number::parse_float(self.value()?))
    }
}

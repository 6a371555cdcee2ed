//! What a pure function may not fetch is handed to it.

use std::collections::HashMap;

use squall_expression::jinja::lookup;
use squall_expression::keyczar;
use squall_model::Timestamp;
use squall_model::key::Scope;

/// Names a datum of the datastore.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyName {
    /// Whose it is.
    pub scope: Scope,
    /// The user, for [`Scope::User`]; empty otherwise.
    pub user: String,
    /// Its name.
    pub name: String,
}

/// The datastore values that are known so far; a key known not to exist is known too.
#[derive(Debug, Clone, Default)]
pub struct Keys(HashMap<KeyName, Option<String>>);

impl Keys {
    /// Adds what the datastore says about a key.
    pub fn insert(&mut self, name: KeyName, value: Option<String>) {
        self.0.insert(name, value);
    }

    /// The same in the form in which templates look them up.
    pub(crate) fn for_jinja(&self) -> lookup::Keys {
        let mut keys = lookup::Keys::new();
        for (key, value) in &self.0 {
            let name = match key.scope {
                Scope::System => key.name.clone(),
                Scope::User => format!("{}:{}", key.user, key.name),
            };
            keys.know(key.scope, name, value.clone());
        }
        keys
    }
}

/// A decision cannot be made before these keys are read; read them, add them to the facts and ask again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs(pub Vec<KeyName>);

/// Everything a decision may depend on besides its input.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The moment of the decision.
    pub now: Timestamp,
    /// The datastore, as far as it is known.
    pub keys: &'a Keys,
    /// The key that opens the datastore's secrets.
    pub crypto: Option<&'a keyczar::Key>,
    /// The user whose keys `st2kv.user` means when nothing else says so.
    pub system_user: &'a str,
}

/// The question for a key that a template asks for by the name it has there.
pub(crate) fn needs(scope: Scope, name: &str) -> Needs {
    let (user, name) = match scope {
        Scope::System => ("", name),
        Scope::User => name.split_once(':').unwrap_or(("", name)),
    };
    Needs(vec![KeyName {
        scope,
        user: user.to_owned(),
        name: name.to_owned(),
    }])
}

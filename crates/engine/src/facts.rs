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
                Scope::User => format!("{}:{}", for_lookup(&key.user), key.name),
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

/// A user as part of a key's name in templates. It has no colon, which ends it there: otherwise the keys of a user
/// `ann:x` would be some of ann's.
pub(crate) fn for_lookup(user: &str) -> String {
    user.replace('%', "%25").replace(':', "%3A")
}

/// The question for a key that a template asks for by the name it has there.
pub(crate) fn needs(scope: Scope, name: &str) -> Needs {
    let (user, name) = match scope {
        Scope::System => ("", name),
        Scope::User => name.split_once(':').unwrap_or(("", name)),
    };
    Needs(vec![KeyName {
        scope,
        user: user.replace("%3A", ":").replace("%25", "%"),
        name: name.to_owned(),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_with_a_colon_has_keys_of_its_own() {
        for user in ["ann", "ann:x", "100%:", "%3A"] {
            let asked = needs(Scope::User, &format!("{}:a:b", for_lookup(user)));
            let expected = KeyName {
                scope: Scope::User,
                user: user.to_owned(),
                name: "a:b".to_owned(),
            };
            assert_eq!(asked, Needs(vec![expected.clone()]));
            let mut keys = Keys::default();
            keys.insert(expected, Some("value".to_owned()));
            assert!(format!("{:?}", keys.for_jinja()).contains("value"));
        }
    }
}

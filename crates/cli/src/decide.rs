//! Decides as a server would, without one: the datastore is what a file says.

use squall_engine::facts::{Facts, KeyName, Keys, Needs};
use squall_expression::keyczar;
use squall_model::key::Scope;
use squall_model::{Json, Object, Timestamp};

/// The user that rules run actions as, unless something else is said.
const SYSTEM_USER: &str = "stanley";

/// How often a decision may ask for more keys, as on a server.
const MOST_ROUNDS: usize = 100;

/// What the datastore holds. What is not in it does not exist.
#[derive(Default)]
pub(crate) struct Datastore {
    system: Object,
    /// By `user:name`.
    user: Object,
    crypto: Option<keyczar::Key>,
    /// Who knows what is held, if it is not all here.
    ask: Option<Ask>,
}

/// Asks somebody for the value of a key; the error says why there is no answer.
type Ask = Box<dyn Fn(&KeyName) -> Result<Option<String>, String>>;

/// Why there is no decision.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Each answer leads to another question.
    #[error("the expressions ask for datastore values more than {MOST_ROUNDS} times in a row")]
    Endless,
    /// Whoever holds a key does not answer.
    #[error("cannot read the key `{name}` of the datastore: {reason}")]
    NotAnswered { name: String, reason: String },
    /// The key file is none.
    #[error("cannot read the crypto key: {0}")]
    CryptoKey(String),
    /// The datastore is written in another way.
    #[error("`keys` must be an object with `system` and `user`, each an object of names and texts")]
    Keys,
}

impl Datastore {
    /// The datastore of a line: its `keys`, each scope an object, and its `crypto_key`, an object or its JSON text.
    pub(crate) fn of_line(line: &Object) -> Result<Self, Error> {
        let scope = |name: &str| match line.get("keys").and_then(|keys| keys.get(name)) {
            None | Some(Json::Null) => Ok(Object::new()),
            Some(Json::Object(keys)) => Ok(keys.clone()),
            Some(_) => Err(Error::Keys),
        };
        let crypto = match line.get("crypto_key") {
            None | Some(Json::Null) => None,
            Some(Json::String(text)) => Some(crypto_key(text)?),
            Some(key) => Some(crypto_key(&key.to_string())?),
        };
        Ok(Self {
            system: scope("system")?,
            user: scope("user")?,
            crypto,
            ask: None,
        })
    }

    /// A datastore that somebody else holds.
    pub(crate) fn asking(
        ask: impl Fn(&KeyName) -> Result<Option<String>, String> + 'static,
    ) -> Self {
        Self {
            ask: Some(Box::new(ask)),
            ..Self::default()
        }
    }

    /// A datastore with these keys of the system.
    pub(crate) fn of_system(system: Object) -> Self {
        Self {
            system,
            ..Self::default()
        }
    }

    /// Decides: asks `decide`, reads the keys it needs, and asks again until it needs none.
    pub(crate) fn decide<T>(
        &self,
        now: Timestamp,
        decide: impl Fn(&Facts<'_>) -> Result<T, Needs>,
    ) -> Result<T, Error> {
        let mut keys = Keys::default();
        for _ in 0..MOST_ROUNDS {
            let facts = Facts {
                now,
                keys: &keys,
                crypto: self.crypto.as_ref(),
                system_user: SYSTEM_USER,
            };
            let names = match decide(&facts) {
                Ok(decision) => return Ok(decision),
                Err(Needs(names)) => names,
            };
            for name in names {
                let value = self.value(&name)?;
                keys.insert(name, value);
            }
        }
        Err(Error::Endless)
    }

    fn value(&self, name: &KeyName) -> Result<Option<String>, Error> {
        if let Some(ask) = &self.ask {
            return ask(name).map_err(|reason| Error::NotAnswered {
                name: name.name.clone(),
                reason,
            });
        }
        let found = match name.scope {
            Scope::System => self.system.get(&name.name),
            Scope::User => self.user.get(&format!("{}:{}", name.user, name.name)),
        };
        Ok(found.and_then(Json::as_str).map(str::to_owned))
    }
}

fn crypto_key(text: &str) -> Result<keyczar::Key, Error> {
    keyczar::Key::parse(text).map_err(|error| Error::CryptoKey(error.to_string()))
}

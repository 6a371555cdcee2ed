//! The datastore: keys are read, set and deleted; rules may listen to what becomes of them.

mod events;

use serde_json::json;
use squall_expression::keyczar;
use squall_model::key::{Key, Scope};
use squall_model::record::Record;
use squall_model::{Json, Object};

use crate::clock;
use crate::handle::{Error, Handle, Result};
use crate::ingest::Happened;

/// A key to be set.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Whose.
    pub scope: Scope,
    /// The user, for [`Scope::User`]; empty otherwise.
    pub user: String,
    /// Its name.
    pub name: String,
    /// Its value: text, or ciphertext if `encrypted`.
    pub value: String,
    /// Seconds until it vanishes; below zero it vanishes at once.
    pub ttl_seconds: Option<i64>,
    /// Whether to keep it encrypted.
    pub secret: bool,
    /// Whether the value is ciphertext already.
    pub encrypted: bool,
}

impl Handle {
    /// One key, unless it has expired.
    pub async fn key(&self, scope: Scope, user: &str, name: &str) -> Result<Option<Key>> {
        Ok(self
            .0
            .store
            .key(scope, user.to_owned(), name.to_owned())
            .await?)
    }

    /// Sets a key. A secret is encrypted before it reaches the store; ciphertext that our key does not open is refused.
    pub async fn set_key(&self, new: NewKey) -> Result<Key> {
        let now = clock::now();
        let known = self.key(new.scope, &new.user, &new.name).await?;
        let id = known
            .as_ref()
            .map_or_else(|| self.0.seeds.ids(now).next_id(), |known| known.id);
        let ttl = new.ttl_seconds.map(|seconds| seconds.saturating_mul(1000));
        let key = Key {
            id,
            value: self.kept(&new)?,
            scope: new.scope,
            user: new.user,
            name: new.name,
            secret: new.secret || new.encrypted,
            expires_at: ttl.map(|millis| now.plus_millis(millis)),
        };
        let happened = events::set(known.as_ref(), &key);
        self.change_key(Record::Key(key.clone()), happened).await?;
        Ok(key)
    }

    /// What the store is given in place of a value.
    fn kept(&self, new: &NewKey) -> Result<String> {
        if new.encrypted {
            let is_ours = self.crypto()?.decrypt(&new.value).is_ok();
            return is_ours.then(|| new.value.clone()).ok_or_else(|| {
                Error::Invalid(format!(
                    "Failed to verify the integrity of the provided value for key \"{}\". Ensure that the value is \
                     encrypted with the correct key and not corrupted.",
                    new.name
                ))
            });
        }
        if new.secret {
            return self.encrypt(&new.value);
        }
        Ok(new.value.clone())
    }

    /// Deletes a key; false if there was none.
    pub async fn delete_key(&self, scope: Scope, user: &str, name: &str) -> Result<bool> {
        let Some(key) = self.key(scope, user, name).await? else {
            return Ok(false);
        };
        let happened = events::deleted(&key);
        let deleted = Record::KeyDeleted {
            scope,
            user: key.user,
            name: key.name,
        };
        self.change_key(deleted, happened).await?;
        Ok(true)
    }

    /// Records a change of a key, and in the same commit the events that rules listen to.
    async fn change_key(&self, change: Record, happened: Vec<Happened>) -> Result<()> {
        let (loaded, playbooks) = (self.loaded(), self.playbooks());
        let is_heard = |happened: &Happened| {
            loaded.rules.listen_to(&happened.trigger) || playbooks.set.listens_to(&happened.trigger)
        };
        let heard = happened.into_iter().filter(is_heard).collect();
        self.record_with_events(change, heard).await
    }

    /// A secret in clear.
    pub fn decrypt(&self, ciphertext: &str) -> Result<String> {
        let clear = self.crypto()?.decrypt(ciphertext);
        clear.map_err(|error| {
            Error::Invalid(format!(
                "the value cannot be decrypted with this server's key: {error}"
            ))
        })
    }

    pub(crate) fn encrypt(&self, text: &str) -> Result<String> {
        let mut iv = [0; 16];
        getrandom::fill(&mut iv)
            .map_err(|error| Error::Invalid(format!("no randomness to be had: {error}")))?;
        Ok(self.crypto()?.encrypt(text, iv))
    }

    fn crypto(&self) -> Result<&keyczar::Key> {
        let missing = "Crypto key not found: secrets need an encryption key file (setting `secrets.crypto_key_file`, flag `--crypto-key`)";
        self.0
            .crypto
            .as_ref()
            .ok_or_else(|| Error::Invalid(missing.to_owned()))
    }
}

/// What people see of a key, its value as it is kept: a secret as ciphertext.
pub fn shown(key: &Key) -> Object {
    let qualified = if key.user.is_empty() {
        key.name.clone()
    } else {
        format!("{}:{}", key.user, key.name)
    };
    let scope = key.scope.as_str();
    let mut shown = Object::new();
    shown.insert("id".into(), json!(key.id));
    shown.insert(
        "uid".into(),
        Json::from(format!("key_value_pair:{scope}:{qualified}")),
    );
    shown.insert("scope".into(), Json::from(scope));
    shown.insert("name".into(), Json::from(key.name.as_str()));
    shown.insert("value".into(), Json::from(key.value.as_str()));
    shown.insert("secret".into(), Json::from(key.secret));
    shown.insert("encrypted".into(), Json::from(key.secret));
    if !key.user.is_empty() {
        shown.insert("user".into(), Json::from(key.user.as_str()));
    }
    if let Some(expires_at) = key.expires_at {
        shown.insert("expire_timestamp".into(), json!(expires_at));
    }
    shown
}

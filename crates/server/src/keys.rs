//! The datastore.

use squall_expression::keyczar;
use squall_model::key::{Key, Scope};
use squall_model::record::{Batch, Record};

use crate::clock;
use crate::handle::{Error, Handle, Result};

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
    /// Seconds until it vanishes.
    pub ttl_seconds: Option<u64>,
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
        let secret = new.secret || new.encrypted;
        let value = match (new.encrypted, new.secret) {
            (true, _) => {
                self.decrypt(&new.value)?;
                new.value
            }
            (false, true) => self.encrypt(&new.value)?,
            (false, false) => new.value,
        };
        let now = clock::now();
        let known = self.key(new.scope, &new.user, &new.name).await?;
        let ttl = new.ttl_seconds.map(|seconds| {
            i64::try_from(seconds)
                .unwrap_or(i64::MAX)
                .saturating_mul(1000)
        });
        let key = Key {
            id: known.map_or_else(|| self.0.seeds.ids(now).next_id(), |known| known.id),
            scope: new.scope,
            user: new.user,
            name: new.name,
            value,
            secret,
            expires_at: ttl.map(|millis| now.plus_millis(millis)),
        };
        self.0
            .store
            .commit(Batch {
                records: vec![Record::Key(key.clone())],
            })
            .await?;
        Ok(key)
    }

    /// Deletes a key; false if there was none.
    pub async fn delete_key(&self, scope: Scope, user: &str, name: &str) -> Result<bool> {
        if self.key(scope, user, name).await?.is_none() {
            return Ok(false);
        }
        let deleted = Record::KeyDeleted {
            scope,
            user: user.to_owned(),
            name: name.to_owned(),
        };
        self.0
            .store
            .commit(Batch {
                records: vec![deleted],
            })
            .await?;
        Ok(true)
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

    fn encrypt(&self, text: &str) -> Result<String> {
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

//! Who asks: tokens of people, tokens of running actions, API keys.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use squall_identity::door::{self, Credential, Principal, Refusal};
use squall_identity::{secret, token};
use squall_model::identity::{ApiKey, Token};
use squall_model::record::{Batch, Record};
use squall_model::{Id, Object, Timestamp};

use crate::clock;
use crate::handle::{Error, Handle, Result};

/// The tokens of running actions, by hash.
///
/// They are not recorded: an action never outlives its server, so its token lives and dies with the attempt, and
/// starting an action costs no extra commit.
#[derive(Debug, Default)]
pub(crate) struct ActionTokens(Mutex<HashMap<String, Token>>);

impl ActionTokens {
    /// A token that stands for `user`, and the hash it is taken back by.
    pub(crate) fn issue(
        &self,
        user: &str,
        seconds: u64,
        now: Timestamp,
    ) -> Option<(String, String)> {
        let wanted = token::Wanted {
            user: user.to_owned(),
            ttl: Some(seconds),
            metadata: Object::new(),
            service: true,
        };
        let issued = token::issue(wanted, seconds, now).ok()?;
        let hash = issued.record.hash.clone();
        self.with(|all| all.insert(hash.clone(), issued.record));
        Some((issued.text, hash))
    }

    /// The attempt has ended: its token is worth nothing any more.
    pub(crate) fn revoke(&self, hash: &str) {
        self.with(|all| all.remove(hash));
    }

    fn get(&self, hash: &str) -> Option<Token> {
        self.with(|all| all.get(hash).cloned())
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, Token>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An API key that is known elsewhere: its text stays there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    /// The id it has there.
    pub id: Option<Id>,
    /// The hash of its text.
    pub hash: String,
}

impl Handle {
    /// Who shows this, or why they are not let in.
    pub async fn admit(
        &self,
        credential: Credential,
    ) -> Result<std::result::Result<Principal, Refusal>> {
        let admitted = match credential {
            Credential::Token { hash, place } => {
                let of_action = self.0.action_tokens.get(&hash);
                let found = if of_action.is_some() {
                    of_action
                } else {
                    self.0.store.token(hash).await?
                };
                door::admit_token(found.as_ref(), place, clock::now())
            }
            Credential::ApiKey { hash, place } => {
                let found = self.0.store.api_key(hash.clone()).await?;
                door::admit_api_key(found.as_ref(), &hash, place)
            }
        };
        Ok(admitted)
    }

    /// A new token for somebody who has proven who they are. Its text is told once and not kept.
    pub async fn issue_token(&self, wanted: token::Wanted, longest: u64) -> Result<token::Issued> {
        let issued = token::issue(wanted, longest, clock::now())
            .map_err(|error| Error::Invalid(error.to_string()))?;
        self.0
            .store
            .commit(Batch {
                records: vec![Record::Token(issued.record.clone())],
            })
            .await?;
        Ok(issued)
    }

    /// A new API key, and its text, which is told once and not kept; of a key that is known elsewhere it is not known.
    pub async fn new_api_key(
        &self,
        user: &str,
        metadata: Object,
        enabled: bool,
        known: Option<KnownKey>,
    ) -> Result<(ApiKey, Option<String>)> {
        let given_id = known.as_ref().and_then(|known| known.id);
        let (hash, text) = match known {
            Some(known) => (known.hash, None),
            None => {
                let text =
                    secret::api_key_text().map_err(|error| Error::Invalid(error.to_string()))?;
                (secret::hash(&text), Some(text))
            }
        };
        if let Some(known) = self.0.store.api_key(hash.clone()).await? {
            return Err(Error::Conflict {
                message: "an API key with this hash exists already".to_owned(),
                id: known.id,
            });
        }
        let now = clock::now();
        let id = given_id.unwrap_or_else(|| self.0.seeds.ids(now).next_id());
        if given_id.is_some()
            && self
                .0
                .store
                .api_keys()
                .await?
                .iter()
                .any(|key| key.id == id)
        {
            return Err(Error::Conflict {
                message: "an API key with this id exists already".to_owned(),
                id,
            });
        }
        let key = ApiKey {
            id,
            user: user.to_owned(),
            hash,
            metadata,
            created_at: now,
            enabled,
        };
        self.update_api_key(key.clone()).await?;
        Ok((key, text))
    }

    /// Changes an API key.
    pub async fn update_api_key(&self, key: ApiKey) -> Result<()> {
        Ok(self
            .0
            .store
            .commit(Batch {
                records: vec![Record::ApiKey(key)],
            })
            .await?)
    }

    /// Deletes an API key.
    pub async fn delete_api_key(&self, key: &ApiKey) -> Result<()> {
        Ok(self
            .0
            .store
            .commit(Batch {
                records: vec![Record::ApiKeyDeleted(key.id)],
            })
            .await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_token_lives_as_long_as_its_attempt() {
        let tokens = ActionTokens::default();
        let (text, hash) = tokens
            .issue("ann", 60, Timestamp::from_micros(1_800_000_000_000_000))
            .unwrap();
        assert_eq!(hash, secret::hash(&text));
        assert_eq!(
            tokens.get(&hash).map(|token| token.user).as_deref(),
            Some("ann")
        );
        tokens.revoke(&hash);
        assert_eq!(tokens.get(&hash), None);
    }
}

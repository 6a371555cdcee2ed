//! Webhooks whose senders sign what they send: GitHub, Slack, Stripe and others who cannot sign in.
//!
//! Where a webhook has secrets, a request with a valid signature needs no token. One without a signature needs a token
//! as ever; one with a wrong signature is refused, whatever else it shows. A signed request is taken once: a second with
//! the same content is refused while the first is remembered, or while its time is within the tolerance.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderMap;
use squall_identity::signature::{self, Key, Scheme, Shown};
use squall_model::Id;
use squall_model::key::Scope;
use squall_server::clock;
use squall_server::ingest::Once;
use tokio::io::AsyncReadExt as _;

use crate::stackstorm::fault::Fault;
use crate::wire::{SignIn, Wire};

/// How the sender of one webhook proves who it is.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// How it signs.
    pub scheme: Scheme,
    /// What it may sign with: more than one while a secret is replaced.
    pub secrets: Vec<Secret>,
    /// How far the time of signing may be from ours, where the scheme tells it.
    pub tolerance: Duration,
    /// How long a request is remembered, so that it is not taken twice; zero for senders whose bodies may repeat.
    pub remembered: Duration,
}

/// Where a secret is.
#[derive(Clone)]
pub enum Secret {
    /// Here: it stood in an environment variable.
    Text(String),
    /// In a file, which is read for each request: it may be replaced at any time.
    File(PathBuf),
    /// Under this name in the datastore, encrypted, in the system's scope.
    Key(String),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(..)"),
            Self::File(file) => f.debug_tuple("File").field(file).finish(),
            Self::Key(name) => f.debug_tuple("Key").field(name).finish(),
        }
    }
}

/// The longest secret that is read from a file, in bytes.
const LONGEST_SECRET: u64 = 4096;

/// The webhook that a path names, if a signature is what decides.
pub(crate) fn asked<'a>(
    wire: &'a Wire,
    path: &BTreeMap<String, String>,
    headers: &HeaderMap,
    shows_token: bool,
) -> Option<(&'a str, &'a Webhook)> {
    let settings = wire.settings();
    let url = path.get("url")?.trim_matches('/');
    let (url, hook) = settings.webhooks.get_key_value(url)?;
    let is_signed = headers.contains_key(&hook.scheme.signature.header);
    let token_counts = matches!(settings.sign_in, SignIn::Passwords { .. }) && shows_token;
    (is_signed || !token_counts).then_some((url, hook))
}

impl Webhook {
    /// Lets a request in, or says why not.
    pub(crate) async fn check(
        &self,
        wire: &Wire,
        url: &str,
        (headers, body): (&HeaderMap, &[u8]),
    ) -> Result<Option<Once>, Fault> {
        let keys = self.keys(wire).await?;
        let header = |name: &str| {
            let mut values = headers.get_all(name).iter();
            match (values.next(), values.next()) {
                (Some(value), None) => value.to_str().ok(),
                _ => None,
            }
        };
        let shown = Shown {
            header: &header,
            body,
        };
        let now = (clock::now(), self.tolerance);
        let genuine = signature::check(&self.scheme, &keys, &shown, now)
            .map_err(|refusal| Fault::new(401, refusal.to_string()))?;
        let key = format!("webhook {url} {}", genuine.content);
        Ok((!self.remembered.is_zero()).then(|| Once {
            key: Id::of(&key),
            remembered: self.remembered,
        }))
    }

    /// The secrets. One that cannot be had is left out and told in the log; without any there is no deciding.
    async fn keys(&self, wire: &Wire) -> Result<Vec<Key>, Fault> {
        let mut keys = Vec::with_capacity(self.secrets.len());
        for secret in &self.secrets {
            match secret.read(wire, &self.scheme).await {
                Ok(key) => keys.push(key),
                Err(error) => tracing::warn!(
                    ?secret,
                    error = error.as_ref() as &dyn std::error::Error,
                    "cannot read the secret of a webhook"
                ),
            }
        }
        if keys.is_empty() {
            let message = "The secret of this webhook cannot be read; see the server's log.";
            return Err(Fault::new(503, message));
        }
        Ok(keys)
    }
}

type Unread = Box<dyn std::error::Error + Send + Sync>;

impl Secret {
    async fn read(&self, wire: &Wire, scheme: &Scheme) -> Result<Key, Unread> {
        let text = match self {
            Self::Text(text) => text.clone(),
            Self::File(path) => {
                let file = tokio::fs::File::open(path).await?;
                let mut text = String::new();
                file.take(LONGEST_SECRET).read_to_string(&mut text).await?;
                text
            }
            Self::Key(name) => {
                let key = wire.handle().key(Scope::System, "", name).await?;
                let key = key.ok_or("there is no such key in the datastore")?;
                if !key.secret {
                    return Err("the key in the datastore is not encrypted".into());
                }
                wire.handle().decrypt(&key.value)?
            }
        };
        Ok(Key::read(&text, scheme)?)
    }
}

#[cfg(test)]
mod tests;

//! From what a request shows to who asks.

use std::fmt;

use squall_model::Timestamp;
use squall_model::identity::{ApiKey, Token};

use crate::secret;

/// Everywhere a request may carry proof. Empty texts count as absent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown<'a> {
    /// Header `X-Auth-Token`.
    pub token_in_header: Option<&'a str>,
    /// Header `St2-Api-Key`.
    pub api_key_in_header: Option<&'a str>,
    /// Query parameter `x-auth-token`.
    pub token_in_query: Option<&'a str>,
    /// Query parameter `st2-api-key`.
    pub api_key_in_query: Option<&'a str>,
    /// Cookie `auth-token`.
    pub token_in_cookie: Option<&'a str>,
    /// Header `Authorization: Bearer`, or query parameter `access_token`: a token or an API key. StackStorm looks at
    /// neither, so they come last.
    pub bearer: Option<&'a str>,
}

/// The one proof that decides, as the hash under which its record is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// To be looked up among the tokens.
    Token {
        /// Its hash.
        hash: String,
        /// Where it stood.
        place: Place,
    },
    /// To be looked up among the API keys.
    ApiKey {
        /// Its hash.
        hash: String,
        /// Where it stood.
        place: Place,
    },
}

/// Where in a request a proof stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A header.
    Header,
    /// The query.
    Query,
    /// A cookie.
    Cookie,
}

/// Who asks, and how we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user's name.
    pub user: String,
    /// How we know.
    pub proof: Proof,
}

/// How we know who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Nobody is asked for proof here: the settings name the user.
    Open,
    /// A token.
    Token {
        /// Where it stood.
        place: Place,
        /// When it stops working.
        expires_at: Timestamp,
        /// Whether it was made for a running action.
        service: bool,
    },
    /// An API key.
    ApiKey {
        /// Where it stood.
        place: Place,
    },
    /// A signature over the request, with the secret of a webhook.
    Signature,
}

/// Why somebody is not let in. The texts are StackStorm's and go to the caller as they are, with status 401.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The request shows nothing.
    #[error("Unauthorized - One of Token or API key required.")]
    NothingShown,
    /// No such token; StackStorm says no more than this.
    #[error("Unauthorized")]
    UnknownToken,
    /// The token has expired.
    #[error("Unauthorized - Token has expired.")]
    ExpiredToken,
    /// No such API key.
    #[error("Unauthorized - ApiKey with key_hash={0} not found.")]
    UnknownApiKey(String),
    /// The API key is switched off.
    #[error("Unauthorized - API key is disabled.")]
    DisabledApiKey,
    /// A name and password that do not fit, or none: the words of the sign-in route.
    #[error("Invalid or missing credentials")]
    WrongPassword,
}

impl Shown<'_> {
    /// The proof that decides: the first there is, in StackStorm's order. A bad one is not made good by a later one.
    pub fn credential(&self) -> Result<Credential, Refusal> {
        let token = |text: Option<&str>, place| {
            let hash = secret::hash(text.filter(|text| !text.is_empty())?);
            Some(Credential::Token { hash, place })
        };
        let api_key = |text: Option<&str>, place| {
            let hash = secret::hash(text.filter(|text| !text.is_empty())?);
            Some(Credential::ApiKey { hash, place })
        };
        token(self.token_in_header, Place::Header)
            .or_else(|| api_key(self.api_key_in_header, Place::Header))
            .or_else(|| token(self.token_in_query, Place::Query))
            .or_else(|| api_key(self.api_key_in_query, Place::Query))
            .or_else(|| token(self.token_in_cookie, Place::Cookie))
            .or_else(|| match self.bearer {
                Some(text) if secret::is_token_text(text) => token(Some(text), Place::Header),
                other => api_key(other, Place::Header),
            })
            .ok_or(Refusal::NothingShown)
    }
}

/// Lets the holder of a token in. `found` is the record under the credential's hash.
pub fn admit_token(
    found: Option<&Token>,
    place: Place,
    now: Timestamp,
) -> Result<Principal, Refusal> {
    let token = found.ok_or(Refusal::UnknownToken)?;
    if token.expires_at <= now {
        return Err(Refusal::ExpiredToken);
    }
    Ok(Principal {
        user: token.user.clone(),
        proof: Proof::Token {
            place,
            expires_at: token.expires_at,
            service: token.service,
        },
    })
}

/// Lets the holder of an API key in. `found` is the record under `hash`.
pub fn admit_api_key(
    found: Option<&ApiKey>,
    hash: &str,
    place: Place,
) -> Result<Principal, Refusal> {
    let key = found.ok_or_else(|| Refusal::UnknownApiKey(hash.to_owned()))?;
    if !key.enabled {
        return Err(Refusal::DisabledApiKey);
    }
    Ok(Principal {
        user: key.user.clone(),
        proof: Proof::ApiKey { place },
    })
}

impl Principal {
    /// The user whom the settings name where nobody is asked for proof.
    pub fn open(user: &str) -> Self {
        Self {
            user: user.to_owned(),
            proof: Proof::Open,
        }
    }

    /// Whether only a cookie says who it is: browsers send it along whoever asks.
    pub fn is_known_by_cookie(&self) -> bool {
        match self.proof {
            Proof::Open | Proof::Signature => false,
            Proof::Token { place, .. } | Proof::ApiKey { place } => place == Place::Cookie,
        }
    }
}

impl Principal {
    /// The service that knows the secret of a webhook.
    pub fn signed(webhook: &str) -> Self {
        Self {
            user: format!("webhook {webhook}"),
            proof: Proof::Signature,
        }
    }
}

impl Place {
    /// StackStorm's word for it: a cookie is a header to it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Header | Self::Cookie => "header",
            Self::Query => "query",
        }
    }
}

impl Proof {
    /// StackStorm's word for it, as `GET /user` tells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "none",
            Self::Token { .. } => "authentication token",
            Self::ApiKey { .. } => "API key",
            Self::Signature => "signature",
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use squall_model::{Id, Object};

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn token(lasts_millis: i64) -> Token {
        Token {
            id: Id::of("token"),
            user: "ann".to_owned(),
            hash: secret::hash("t"),
            expires_at: NOW.plus_millis(lasts_millis),
            metadata: Object::new(),
            service: false,
        }
    }

    fn api_key(enabled: bool) -> ApiKey {
        ApiKey {
            id: Id::of("key"),
            user: "robot".to_owned(),
            hash: secret::hash("k"),
            metadata: Object::new(),
            created_at: NOW,
            enabled,
        }
    }

    #[test]
    fn the_first_proof_decides() {
        let mut shown = Shown {
            token_in_header: Some("a"),
            api_key_in_header: Some("b"),
            token_in_query: Some("c"),
            api_key_in_query: Some("d"),
            token_in_cookie: Some("e"),
            bearer: Some("f"),
        };
        let token = |text, place| {
            Ok(Credential::Token {
                hash: secret::hash(text),
                place,
            })
        };
        let api_key = |text, place| {
            Ok(Credential::ApiKey {
                hash: secret::hash(text),
                place,
            })
        };
        assert_eq!(shown.credential(), token("a", Place::Header));
        shown.token_in_header = Some("");
        assert_eq!(shown.credential(), api_key("b", Place::Header));
        shown.api_key_in_header = None;
        assert_eq!(shown.credential(), token("c", Place::Query));
        shown.token_in_query = None;
        assert_eq!(shown.credential(), api_key("d", Place::Query));
        shown.api_key_in_query = None;
        assert_eq!(shown.credential(), token("e", Place::Cookie));
        shown.token_in_cookie = None;
        assert_eq!(shown.credential(), api_key("f", Place::Header));
        let text = secret::token_text().unwrap();
        shown.bearer = Some(&text);
        let hash = secret::hash(&text);
        let place = Place::Header;
        assert_eq!(shown.credential(), Ok(Credential::Token { hash, place }));
        shown.bearer = None;
        assert_eq!(shown.credential(), Err(Refusal::NothingShown));
    }

    #[test]
    fn a_token_works_until_it_expires() {
        let principal = admit_token(Some(&token(1)), Place::Query, NOW).unwrap();
        assert_eq!(principal.user, "ann");
        assert_eq!(
            (principal.proof.as_str(), Place::Query.as_str()),
            ("authentication token", "query")
        );
        assert_eq!(
            admit_token(Some(&token(0)), Place::Header, NOW),
            Err(Refusal::ExpiredToken)
        );
        assert_eq!(
            admit_token(None, Place::Header, NOW),
            Err(Refusal::UnknownToken)
        );
    }

    #[test]
    fn an_api_key_works_while_it_is_enabled() {
        let admitted = admit_api_key(Some(&api_key(true)), "h", Place::Header).unwrap();
        assert_eq!(admitted.user, "robot");
        let disabled = api_key(false);
        let refused = |found| {
            admit_api_key(found, "h", Place::Header)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            refused(Some(&disabled)),
            "Unauthorized - API key is disabled."
        );
        assert_eq!(
            refused(None),
            "Unauthorized - ApiKey with key_hash=h not found."
        );
    }
}

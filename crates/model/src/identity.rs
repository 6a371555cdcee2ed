//! Who asks: users, tokens and API keys as they are recorded.

use serde::{Deserialize, Serialize};

use crate::{Id, Object, Timestamp};

/// A short-lived proof of sign-in. Only the hash of its text is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: Id,
    /// The user it stands for.
    pub user: String,
    /// SHA-512 of the token's text, in hexadecimal.
    pub hash: String,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// Free data, such as the sender's address.
    #[serde(default)]
    pub metadata: Object,
    /// Whether it was made for a running action rather than for a person.
    #[serde(default)]
    pub service: bool,
}

/// A lasting key for programs. Only the hash of its text is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id.
    pub id: Id,
    /// The user it stands for.
    pub user: String,
    /// SHA-512 of the key's text, in hexadecimal.
    pub hash: String,
    /// Free data.
    #[serde(default)]
    pub metadata: Object,
    /// When it was made.
    pub created_at: Timestamp,
    /// A disabled key is refused.
    pub enabled: bool,
}

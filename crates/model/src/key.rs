//! One datum in the datastore. StackStorm's word is *key-value pair*.

use serde::{Deserialize, Serialize};

use crate::{Id, Timestamp};

/// A named value. Values are text; secrets are kept and shown as keyczar ciphertext.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub scope: Scope,
    /// The user it belongs to, for [`Scope::User`]; empty otherwise.
    #[serde(default)]
    pub user: String,
    /// Its name.
    pub name: String,
    /// Its value: text, or ciphertext in hexadecimal if `secret`.
    pub value: String,
    /// Whether the value is ciphertext.
    #[serde(default)]
    pub secret: bool,
    /// When it vanishes.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// Whose a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Everybody's.
    #[serde(rename = "st2kv.system")]
    System,
    /// One user's.
    #[serde(rename = "st2kv.user")]
    User,
}

impl Scope {
    /// The word in records and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "st2kv.system",
            Self::User => "st2kv.user",
        }
    }

    /// Reads a scope in its long form or as `system` or `user`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "system" | "st2kv.system" => Some(Self::System),
            "user" | "st2kv.user" => Some(Self::User),
            _ => None,
        }
    }
}

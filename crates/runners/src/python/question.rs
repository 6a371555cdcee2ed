//! What a running action asks, as the Python side says it.

use serde::Deserialize;
use squall_model::key::Scope;

use crate::Call;

/// One question; the fields are [`Call`]'s.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Question {
    GetKey {
        scope: String,
        name: String,
        decrypt: bool,
    },
    SetKey {
        scope: String,
        name: String,
        value: String,
        ttl: Option<u64>,
        encrypt: bool,
    },
    DeleteKey {
        scope: String,
        name: String,
    },
    ListKeys {
        prefix: String,
        limit: Option<u64>,
        offset: u64,
    },
    UserInfo {},
}

impl Question {
    /// The call it stands for; the error is for the action's author.
    pub(super) fn into_call(self) -> Result<Call, String> {
        Ok(match self {
            Self::GetKey {
                scope,
                name,
                decrypt,
            } => Call::GetKey {
                scope: system(&scope)?,
                name,
                decrypt,
            },
            Self::SetKey {
                scope,
                name,
                value,
                ttl,
                encrypt,
            } => Call::SetKey {
                scope: system(&scope)?,
                name,
                value,
                ttl,
                encrypt,
            },
            Self::DeleteKey { scope, name } => Call::DeleteKey {
                scope: system(&scope)?,
                name,
            },
            Self::ListKeys {
                prefix,
                limit,
                offset,
            } => Call::ListKeys {
                prefix,
                limit,
                offset,
            },
            Self::UserInfo {} => Call::UserInfo,
        })
    }
}

/// Actions have the system's keys only, as in StackStorm.
fn system(scope: &str) -> Result<Scope, String> {
    match Scope::parse(scope) {
        Some(Scope::System) => Ok(Scope::System),
        Some(Scope::User) | None => Err(format!("Scope {scope} is unsupported.")),
    }
}

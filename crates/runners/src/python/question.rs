//! What a running action asks, as the Python side says it.

use serde::Deserialize;
use squall_model::Json;
use squall_model::key::Scope;

use crate::{Call, PlaybookCall};

/// One question of a StackStorm action; the fields are [`Call`]'s.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Question {
    GetKey {
        scope: String,
        name: String,
        decrypt: bool,
    },
    SetKey {
        scope: String,
        name: String,
        value: String,
        ttl: Option<i64>,
        encrypt: bool,
    },
    DeleteKey {
        scope: String,
        name: String,
    },
    ListKeys {
        prefix: String,
        limit: Option<i64>,
        offset: i64,
    },
    UserInfo {},
}

/// The call that an action asks for; the error is for the action's author.
pub(super) fn read(asked: Json) -> Result<Call, String> {
    let name = asked
        .as_object()
        .and_then(|question| question.keys().next());
    if name.is_some_and(|name| PlaybookCall::NAMES.contains(&name.as_str())) {
        return PlaybookCall::read(asked).map(Call::Playbook);
    }
    let question: Question = serde_json::from_value(asked)
        .map_err(|error| format!("this cannot be asked of Squall: {error}"))?;
    question.into_call()
}

impl Question {
    fn into_call(self) -> Result<Call, String> {
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
                // Below zero means all, as over REST.
                limit: limit.and_then(|limit| u64::try_from(limit).ok()),
                offset: u64::try_from(offset).unwrap_or(0),
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

//! What running actions ask: the datastore, and who they run for.

use std::sync::Arc;

use serde_json::json;
use squall_model::execution::Execution;
use squall_model::key::Scope;
use squall_model::record::{KeyFilter, Page};
use squall_model::{Json, Object};
use squall_runners::{Call, Calls, Later};

use crate::changes::{Announcement, Change};
use crate::handle::Handle;
use crate::keys::{NewKey, shown};

/// Answers one action's questions on behalf of the user it runs for.
pub(crate) struct ActionCalls {
    handle: Handle,
    user: String,
    trace: Json,
}

impl ActionCalls {
    pub(crate) fn new(handle: Handle, user: String, execution: &Execution) -> Self {
        let trace = execution.context.get("trace_context");
        Self {
            handle,
            user,
            trace: trace.cloned().unwrap_or_default(),
        }
    }

    async fn answer(&self, call: Call) -> crate::handle::Result<Json> {
        match call {
            Call::GetKey {
                scope,
                name,
                decrypt,
            } => {
                let key = self.handle.key(scope, self.owner(scope), &name).await?;
                let value = match key {
                    Some(key) if decrypt && key.secret => {
                        Json::from(self.handle.decrypt(&key.value)?)
                    }
                    Some(key) => Json::from(key.value),
                    None => Json::Null,
                };
                Ok(value)
            }
            Call::SetKey {
                scope,
                name,
                value,
                ttl,
                encrypt,
            } => {
                let user = self.owner(scope).to_owned();
                let new = NewKey {
                    scope,
                    user,
                    name,
                    value,
                    ttl_seconds: ttl,
                    secret: encrypt,
                    encrypted: false,
                };
                self.handle.set_key(new).await?;
                Ok(Json::Bool(true))
            }
            Call::DeleteKey { scope, name } => Ok(Json::Bool(
                self.handle
                    .delete_key(scope, self.owner(scope), &name)
                    .await?,
            )),
            Call::ListKeys {
                prefix,
                limit,
                offset,
            } => {
                let filter = KeyFilter {
                    scope: Some(Scope::System),
                    user: None,
                    prefix: Some(prefix),
                };
                let page = Page {
                    offset,
                    limit,
                    ascending: true,
                };
                let found = self.handle.store().keys(filter, page).await?;
                Ok(found
                    .items
                    .into_iter()
                    .map(|key| Json::Object(shown(&key)))
                    .collect())
            }
            Call::Announce { route, payload } => {
                self.announce(route, payload);
                Ok(Json::Null)
            }
            Call::UserInfo => Ok(json!({
                "username": self.user,
                "rbac": {"enabled": false, "roles": [], "is_admin": true},
                "authentication": {"method": "authentication token", "location": "header"},
            })),
            Call::Playbook(_) => {
                let only = "only the action of a playbook can ask this: this action is a pack's";
                Err(crate::handle::Error::Forbidden(only.to_owned()))
            }
        }
    }

    fn announce(&self, route: String, payload: Object) {
        let announced = Announcement {
            route,
            payload,
            trace: self.trace.clone(),
        };
        let changes = &self.handle.0.changes;
        changes.tell(|| Change::Announced(Arc::new(announced)));
    }

    fn owner(&self, scope: Scope) -> &str {
        match scope {
            Scope::System => "",
            Scope::User => &self.user,
        }
    }
}

impl Calls for ActionCalls {
    fn call(&self, call: Call) -> Later<'_, Result<Json, String>> {
        Box::pin(async move { self.answer(call).await.map_err(|error| error.to_string()) })
    }
}

//! The world of a running server, as the actions of playbooks have it: what they leave behind is recorded before they
//! hear that it is done.

use std::pin::Pin;

use serde_json::json;
use squall_actions::case::RateLimits;
use squall_kubernetes::Cluster;
use squall_model::execution::Status;
use squall_model::http::Http;
use squall_model::key::Scope;
use squall_model::{Id, Json, Object, Timestamp};
use squall_runners::{Later, ScheduledAction, Sender};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::performance::World;
use crate::changes::Change;
use crate::clock;
use crate::handle::{Error, Handle, Result};
use crate::keys::NewKey;
use crate::requests::Wanted;

/// What playbooks store is a key of the datastore under this name and a dot.
const STORED: &str = "playbooks";

/// The world of one execution.
pub(super) struct Live {
    handle: Handle,
    execution: Id,
    user: String,
    /// What templates in parameters of packs' actions see as `trigger`.
    trigger: Json,
    stop: CancellationToken,
    sender: Sender,
}

impl Live {
    /// The world of `execution`, which is carried out for `user` until `stop` fires, because of what `trigger` tells.
    pub(super) fn new(
        handle: Handle,
        (execution, user): (Id, &str),
        trigger: Json,
        stop: CancellationToken,
    ) -> Self {
        Self {
            sender: Sender::new(std::sync::Arc::clone(&handle.0.host)),
            handle,
            execution,
            user: user.to_owned(),
            trigger,
            stop,
        }
    }

    async fn ran(&self, reference: &str, parameters: &Object) -> Result<Json> {
        // Subscribed before it is asked for, so that its end is not missed.
        let changes = self.handle.changes();
        let wanted = Wanted {
            action: reference.to_owned(),
            parameters: parameters.clone(),
            user: self.user.clone(),
            context: parent(self.execution),
            trigger: Some(self.trigger.clone()),
            is_awaited: true,
            ..Wanted::default()
        };
        let mut child = Child {
            id: self.handle.request(wanted).await?.id,
            handle: self.handle.clone(),
            user: self.user.clone(),
            is_over: false,
        };
        let end = self.handle.end_of(child.id, changes);
        let status = tokio::select! {
            status = end => status?,
            () = self.stop.cancelled() => Status::Canceled,
        };
        child.is_over = !self.stop.is_cancelled();
        let result = self.handle.0.store.result(child.id).await?;
        let result = result.unwrap_or_default();
        match status {
            Status::Succeeded => Ok(result),
            status => Err(Error::Invalid(format!(
                "the action `{reference}` ended {} in the execution {}: {}",
                status.as_str(),
                child.id,
                shortened(&result)
            ))),
        }
    }
}

/// An execution that another waits for: when nobody does any more, it is cancelled.
struct Child {
    id: Id,
    handle: Handle,
    user: String,
    is_over: bool,
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let (handle, id, user) = (self.handle.clone(), self.id, std::mem::take(&mut self.user));
        self.handle.0.tasks.spawn("cancel", async move {
            if let Err(error) = handle.cancel(id, &user).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(execution = %id, error, "cannot cancel what nobody waits for any more");
            }
        });
    }
}

/// So much of a result is told where it went wrong; all of it is in its execution.
const TOLD: usize = 1000;

fn shortened(result: &Json) -> String {
    let text = result.to_string();
    match text.char_indices().nth(TOLD) {
        Some((end, _)) => format!("{}...", text.split_at(end).0),
        None => text,
    }
}

impl Handle {
    /// The status that an execution ends in. `changes` are from before it was asked for.
    pub(crate) async fn end_of(
        &self,
        id: Id,
        mut changes: tokio::sync::broadcast::Receiver<Change>,
    ) -> Result<Status> {
        loop {
            let recorded = self.0.store.execution(id).await?;
            let status = recorded.map(|execution| execution.status);
            if let Some(status) = status.filter(|status| status.is_final()) {
                return Ok(status);
            }
            loop {
                match changes.recv().await {
                    Ok(Change::Updated(execution) | Change::Created(execution))
                        if execution.id == id && execution.status.is_final() =>
                    {
                        return Ok(execution.status);
                    }
                    Ok(_) => {}
                    // What was missed is in the store.
                    Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return Err(Error::Stopping),
                }
            }
        }
    }
}

fn parent(execution: Id) -> Object {
    let mut context = Object::new();
    context.insert("parent".to_owned(), json!({"execution_id": execution}));
    context
}

impl RateLimits for Live {
    fn mark(
        &self,
        operation: &str,
        id: &str,
        period_seconds: i64,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        let key = format!("{operation}{id}");
        Box::pin(async move { self.handle.mark(key, period_seconds).await })
    }
}

impl World for Live {
    fn cluster(&self) -> Option<&Cluster> {
        self.handle.0.playbooks.cluster.as_ref()
    }

    fn http(&self) -> &dyn Http {
        &self.sender
    }

    fn now(&self) -> Timestamp {
        clock::now()
    }

    fn stored<'a>(&'a self, name: &'a str) -> Later<'a, std::result::Result<Json, String>> {
        Box::pin(async move {
            let name = format!("{STORED}.{name}");
            let key = self.handle.key(Scope::System, "", &name).await;
            let key = key.map_err(|error| error.to_string())?;
            let text = key.map_or_else(|| "null".to_owned(), |key| key.value);
            serde_json::from_str(&text)
                .map_err(|error| format!("the key `{name}` of the datastore is no JSON: {error}"))
        })
    }

    fn store<'a>(
        &'a self,
        name: &'a str,
        value: Json,
    ) -> Later<'a, std::result::Result<(), String>> {
        Box::pin(async move {
            let key = NewKey {
                scope: Scope::System,
                user: String::new(),
                name: format!("{STORED}.{name}"),
                value: value.to_string(),
                ttl_seconds: None,
                secret: false,
                encrypted: false,
            };
            let set = self.handle.set_key(key).await;
            set.map(drop).map_err(|error| error.to_string())
        })
    }

    fn plan<'a>(&'a self, action: ScheduledAction) -> Later<'a, std::result::Result<(), String>> {
        Box::pin(async move {
            let planned = self.handle.plan_action(action).await;
            planned.map_err(|error| error.to_string())
        })
    }

    fn service_of(&self, name: &str, namespace: &str) -> Json {
        self.handle.service_of(name, namespace)
    }

    fn run_action<'a>(
        &'a self,
        reference: &'a str,
        parameters: &'a Object,
    ) -> Later<'a, std::result::Result<Json, String>> {
        Box::pin(async move {
            let ran = self.ran(reference, parameters).await;
            ran.map_err(|error| error.to_string())
        })
    }
}

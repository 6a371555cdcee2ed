//! Actions of playbooks by hand.

use serde_json::json;
use squall_model::{Json, Object};

use super::decide::given;
use super::in_force::InForce;
use super::performance::{Fired, FiredAction};
use super::{PACK, RESPONSE, RUN};
use crate::handle::{Handle, Result};
use crate::requests::Wanted;

/// An action that somebody wants done.
#[derive(Debug, Clone, Default)]
pub struct ByHand {
    /// Its name.
    pub action: String,
    /// Its parameters, and what it is about: `name`, `namespace`, `kind`.
    pub params: Object,
    /// The sinks that its findings go to; the default ones if none are named, and with an empty list none.
    pub sinks: Option<Vec<String>>,
    /// Who wants it.
    pub user: String,
}

impl ByHand {
    /// The action as if it were a playbook's.
    pub(super) fn fired(&self, in_force: &InForce) -> Fired {
        let defaults = || in_force.default_sinks();
        let mut sinks = self.sinks.clone().unwrap_or_else(defaults);
        if sinks.is_empty() {
            sinks.push(RESPONSE.to_owned());
        }
        Fired {
            trigger: "manual".to_owned(),
            actions: vec![FiredAction {
                name: self.action.clone(),
                parameters: self.params.clone(),
            }],
            sinks,
            ..Fired::default()
        }
    }
}

impl Handle {
    /// Has an action done, and waits for its end. Gives what it says, as Robusta does: `success`, perhaps `msg` and
    /// `error_code`; and `findings`, those of every sink once.
    pub async fn run_by_hand(&self, wanted: ByHand) -> Result<Json> {
        let mut carried = given(&[wanted.fired(&self.playbooks())]);
        let event = json!({"type": "manual", "params": wanted.params});
        carried.insert("event".to_owned(), event);
        // Before it is asked for, so that its end is not missed.
        let changes = self.changes();
        let execution = self.request(Wanted {
            action: format!("{PACK}.{RUN}"),
            carried,
            user: wanted.user,
            ..Wanted::default()
        });
        let id = execution.await?.id;
        self.end_of(id, changes).await?;
        let result = self.0.store.result(id).await?.unwrap_or_default();
        let mut response = result.get("response").cloned().unwrap_or_default();
        if !response.is_object() {
            response = json!({"success": false, "msg": result.get("error")});
        }
        let outgoing = self.0.store.outgoing_of(id).await?;
        let first = outgoing.first().map(|first| first.sink.clone());
        let findings = outgoing
            .into_iter()
            .filter(|one| Some(&one.sink) == first.as_ref());
        let findings: Json = findings.map(|one| one.finding).collect();
        if let Some(response) = response.as_object_mut() {
            response.insert("findings".to_owned(), findings);
            response.insert("execution".to_owned(), json!(id));
        }
        Ok(response)
    }
}

//! A case: one event, the objects of the cluster that it is about, and what the actions of its playbooks find out.
//!
//! All playbooks of an event share its case. Whoever runs them says with [`Case::begin`] where the findings of the next
//! playbook go, and takes [`Case::findings`], [`Case::stopped`] and [`Case::effects`] out when it needs them; findings of
//! actions that run elsewhere are put in the same way.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use squall_kubernetes::{Cluster, Kind};
use squall_model::finding::{Difference, ObjectReference};
use squall_model::http::Http;
use squall_model::time::Timestamp;
use squall_model::{Json, Object};
use tokio_util::sync::CancellationToken;

mod alert;
mod entrance;
mod event;
mod findings;
mod objects;
mod subject;
mod telling;

pub use alert::Alert;
pub(crate) use entrance::attributes;
pub use event::Event;
pub use findings::Findings;
pub(crate) use telling::Overrides;

/// One event and what comes of it.
pub struct Case<'a> {
    /// What happened.
    pub event: Event,
    /// What the trigger of the playbook that runs looks at of a change; nothing if it looks at everything.
    pub filtered: Option<Filtered>,
    /// Where the findings of the playbook that runs go.
    pub sinks: Vec<String>,
    /// What has been found, sink by sink.
    pub findings: Findings,
    /// Whether an action has ended the processing.
    pub stopped: bool,
    /// What was done to the cluster, in order.
    pub effects: Vec<Effect>,
    /// Why actions left something undone, for the record.
    pub notes: Vec<String>,
    /// What actions may use.
    pub means: Means<'a>,
    by_hand: Option<ByHand>,
    objects: BTreeMap<&'static str, Option<Arc<Json>>>,
    kinds: Vec<Kind>,
    ids_given: u64,
}

/// What actions may use.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// The cluster, if there is one.
    pub cluster: Option<&'a Cluster>,
    /// Sends requests.
    pub http: &'a dyn Http,
    /// What is done only so often.
    pub limits: &'a dyn RateLimits,
    /// The cluster's name.
    pub cluster_name: &'a str,
    /// Parameters for all actions, behind an action's own.
    pub global_config: &'a Object,
    /// What the time is.
    pub now: Timestamp,
    /// A text of this event alone, such as its id; the ids of findings follow from it.
    pub seed: &'a str,
    /// Fires when nobody waits for the actions any more.
    pub cancel: &'a CancellationToken,
}

/// What is done only so often. The marks outlive the process.
pub trait RateLimits: Send + Sync {
    /// Whether `operation` may be done for `id` now, having been done for it less than `period_seconds` ago otherwise. If it
    /// may, it counts as done.
    fn mark(
        &self,
        operation: &str,
        id: &str,
        period_seconds: i64,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + '_>>;
}

/// What a trigger looks at of a change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Filtered {
    /// The object, without what is ignored.
    pub obj: Json,
    /// The object as it was, without what is ignored.
    pub old_obj: Option<Json>,
    /// Their differences, as far as they matter to the trigger.
    pub diffs: Vec<Difference>,
}

/// Something that was done to an object of the cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The action that did it.
    pub action: String,
    /// What was done, such as `cordon` or `evict`.
    pub verb: String,
    /// To what.
    pub object: ObjectReference,
    /// What of it was to change, before.
    pub before: Json,
    /// And after; null if it is gone.
    pub after: Json,
    /// Whether the cluster was only asked what would come of it.
    pub dry_run: bool,
}

/// What an action by hand was called on.
struct ByHand {
    class: squall_model::playbook::classes::EventClass,
    object: Option<Arc<Json>>,
}

impl<'a> Case<'a> {
    /// The case of an event of which nothing is found out yet.
    pub fn new(event: Event, means: Means<'a>) -> Self {
        Self {
            event,
            filtered: None,
            sinks: Vec::new(),
            findings: Findings::default(),
            stopped: false,
            effects: Vec::new(),
            notes: Vec::new(),
            means,
            by_hand: None,
            objects: BTreeMap::new(),
            kinds: Vec::new(),
            ids_given: 0,
        }
    }

    /// From now on it is a playbook whose findings go to these sinks and whose trigger looks at this.
    pub fn begin(&mut self, sinks: Vec<String>, filtered: Option<Filtered>) {
        self.sinks = sinks;
        self.filtered = filtered;
    }

    /// Notes why something was left undone.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}

#[cfg(test)]
mod tests;

//! One rule's verdict on one event, with the reason. StackStorm's word is *rule enforcement*.

use serde::{Deserialize, Serialize};

use crate::{Id, Reference, Timestamp};

/// A recorded verdict: a rule that matched, or could not be evaluated. Any other "no" is implied by the event being
/// processed, and can be recomputed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Its id.
    pub id: Id,
    /// The event.
    pub event: Id,
    /// The rule.
    pub rule: Id,
    /// The rule's reference at that time.
    pub rule_ref: Reference,
    /// The execution that the rule asked for, if it came to that.
    pub execution: Option<Id>,
    /// Why it failed: the criterion that raised, or the parameter that could not be rendered.
    pub failure: Option<String>,
    /// When the rule decided.
    pub decided_at: Timestamp,
}

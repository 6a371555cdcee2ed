//! When these events, under these conditions, do that.

use serde::{Deserialize, Serialize};

use crate::{Id, Json, Object, Reference};

/// A rule as it was written, checked, and with its trigger resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Its id.
    pub id: Id,
    /// Its pack and name.
    #[serde(rename = "ref")]
    pub reference: Reference,
    /// For people.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether it is asked at all. A file that does not say is disabled, as in StackStorm.
    #[serde(default)]
    pub enabled: bool,
    /// Standard, or only asked when no standard rule matched.
    #[serde(default)]
    pub kind: RuleKind,
    /// Parameters of the kind; neither kind uses any today.
    #[serde(default)]
    pub kind_parameters: Object,
    /// What it listens to.
    pub trigger: RuleTrigger,
    /// Key (`trigger.body.name`, a JSONPath) to `{type, pattern, ...}`, all of which must hold, asked in this order.
    #[serde(default)]
    pub criteria: Object,
    /// What it starts.
    pub action: RuleAction,
    /// Free labels.
    #[serde(default)]
    pub tags: Vec<Json>,
    /// Free context, such as the user that made it.
    #[serde(default)]
    pub context: Object,
    /// The file it was read from, relative to its pack.
    #[serde(default)]
    pub metadata_file: Option<String>,
}

/// When a rule is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleKind {
    /// For every event of its trigger.
    #[default]
    Standard,
    /// For events that no standard rule matched.
    Backstop,
}

/// What a rule listens to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleTrigger {
    /// The trigger type.
    #[serde(rename = "type")]
    pub trigger_type: Reference,
    /// The parameters the rule gives.
    #[serde(default)]
    pub parameters: Object,
    /// The trigger that type and parameters make.
    #[serde(rename = "ref")]
    pub reference: Reference,
    /// For people.
    #[serde(default)]
    pub description: Option<String>,
}

/// What a rule starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleAction {
    /// The action.
    #[serde(rename = "ref")]
    pub reference: Reference,
    /// Its parameters, with Jinja templates over the event.
    #[serde(default)]
    pub parameters: Object,
    /// For people.
    #[serde(default)]
    pub description: Option<String>,
}

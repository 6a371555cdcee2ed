//! Something that can be done.

use serde::{Deserialize, Serialize};

use crate::schema::Parameters;
use crate::{Id, Json, Object, Reference};

/// An action as its pack describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Its id.
    pub id: Id,
    /// Its pack and name.
    #[serde(rename = "ref")]
    pub reference: Reference,
    /// For people.
    #[serde(default)]
    pub description: Option<String>,
    /// A disabled action refuses to run.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The runner that carries it out, by name.
    pub runner_type: String,
    /// The file it runs, relative to the pack's `actions/` folder; empty if the runner needs none.
    #[serde(default)]
    pub entry_point: String,
    /// What it takes.
    #[serde(default)]
    pub parameters: Parameters,
    /// What it gives, if it says so.
    #[serde(default)]
    pub output_schema: Object,
    /// Whom to tell: `on-complete`, `on-success`, `on-failure`.
    #[serde(default)]
    pub notify: Object,
    /// Free labels.
    #[serde(default)]
    pub tags: Vec<Json>,
    /// The file it was read from, relative to its pack.
    #[serde(default)]
    pub metadata_file: Option<String>,
}

fn yes() -> bool {
    true
}

//! A source of events that a pack brings, a process of its own.

use serde::{Deserialize, Serialize};

use crate::{Id, Reference};

/// A sensor as its pack describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sensor {
    /// Its id.
    pub id: Id,
    /// Its pack and class name.
    #[serde(rename = "ref")]
    pub reference: Reference,
    /// For people.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether it is started.
    pub enabled: bool,
    /// The Python file that holds its class, relative to the pack's `sensors/` folder.
    pub entry_point: String,
    /// The trigger types it dispatches; its pack registers them.
    #[serde(default)]
    pub trigger_types: Vec<Reference>,
    /// Seconds between two polls, if it is a polling sensor that says so.
    #[serde(default)]
    pub poll_interval: Option<f64>,
    /// The file it was read from, relative to its pack.
    #[serde(default)]
    pub metadata_file: Option<String>,
}

//! A folder that brings actions, rules and triggers.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::schema::Parameters;
use crate::{Id, Object};

/// A pack's own description, from `pack.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pack {
    /// Its id.
    pub id: Id,
    /// Its short name, the first part of every reference into it.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Words to find it by.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Its version, `major.minor.patch`.
    pub version: String,
    /// The StackStorm versions it says it works with.
    #[serde(default)]
    pub stackstorm_version: Option<String>,
    /// The Python versions it says it works with.
    #[serde(default)]
    pub python_versions: Vec<String>,
    /// Who wrote it.
    #[serde(default)]
    pub author: String,
    /// How to reach them.
    #[serde(default)]
    pub email: Option<String>,
    /// Who helped.
    #[serde(default)]
    pub contributors: Vec<String>,
    /// Packs it needs.
    #[serde(default)]
    pub dependencies: Vec<String>,
    /// Free data for the system.
    #[serde(default)]
    pub system: Object,
    /// Every file in it, relative to its folder.
    #[serde(default)]
    pub files: Vec<String>,
    /// Where it is on this machine.
    pub path: PathBuf,
}

/// What a pack can be told: its schema and the values given for this installation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// From `config.schema.yaml`; empty if the pack has none.
    pub schema: Parameters,
    /// From `configs/<pack>.yaml`, as written: dynamic values are still templates.
    pub values: Object,
}

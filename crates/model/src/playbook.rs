//! Robusta's dialect: playbooks, and what stands beside them in their file. A playbook is a rule whose action is a list
//! of actions that share one event and its findings.
//!
//! Names are as Robusta's files have them; what is kept of a text is as it was written, environment already filled in.

pub mod actions;
pub mod classes;
pub mod parameter;
pub mod sinks;
pub mod triggers;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Object;
use crate::trigger::Trigger;

/// What a file of playbooks says: Robusta's `active_playbooks.yaml`, or the values of its Helm chart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Playbooks {
    /// The playbooks, in the order in which they are asked.
    pub playbooks: Vec<Playbook>,
    /// Where their Python actions come from; later ones win.
    pub repositories: Vec<Repository>,
    /// Where findings go, in order.
    pub sinks: Vec<SinkConfig>,
    /// Parameters for all actions, behind an action's own.
    pub global_config: Object,
    /// What is done to the labels of alerts before anything else.
    pub alert_relabel: Vec<Relabel>,
    /// Actions that need no signature.
    pub light_actions: Vec<String>,
}

/// When one of these triggers fires, do these actions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Playbook {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// The first that fires decides.
    pub triggers: Vec<PlaybookTrigger>,
    /// In this order.
    pub actions: Vec<PlaybookAction>,
    /// Names of the sinks its findings go to; empty for all default ones.
    pub sinks: Vec<String>,
    /// Whether later playbooks are skipped once this one has run.
    pub stop: bool,
    /// Where it stands.
    pub place: Place,
}

/// One trigger of a playbook.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PlaybookTrigger {
    /// Its name, such as `on_pod_update`, or the reference of a pack's trigger type.
    pub name: String,
    /// What is written, each in its type ([`parameter::Takes`]); what is left out has its default.
    pub parameters: Object,
    /// Where it stands.
    pub place: Place,
}

impl PlaybookTrigger {
    /// The trigger of a pack that it is, where its name is a reference such as `core.st2.webhook`.
    pub fn of_a_pack(&self) -> Option<Trigger> {
        let reference = self.name.parse().ok()?;
        Some(Trigger::new(&reference, self.parameters.clone()))
    }
}

/// One action of a playbook.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PlaybookAction {
    /// Its name, such as `logs_enricher`, or the reference of a pack's action.
    pub name: String,
    /// As they were written, without those of the global config.
    pub parameters: Object,
    /// The line of each parameter in the file, from 1.
    #[serde(default)]
    pub lines: BTreeMap<String, usize>,
    /// Where it stands.
    pub place: Place,
}

/// A place in a user's file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file, as the user named it.
    pub file: PathBuf,
    /// Line, from 1; 0 where it is not known.
    pub line: usize,
    /// The key in the file, such as `customPlaybooks[0].actions[1].logs_enricher`.
    #[serde(default)]
    pub key: String,
}

/// A repository of Python actions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Repository {
    /// Its key in the file.
    pub name: String,
    /// `file:///folder`, `git@...`, `https://....git` or an archive (`https://....tgz`).
    pub url: String,
    /// The private key for git over ssh.
    pub key: Option<String>,
    /// The branch, where it is not the default one.
    pub branch: Option<String>,
    /// Whether what it depends on is installed.
    pub pip_install: bool,
    /// Headers for the download of an archive.
    pub http_headers: Object,
    /// Where it stands.
    #[serde(default)]
    pub place: Place,
}

impl Repository {
    /// A folder of this machine, with what it needs installed. It has the folder's name.
    pub fn in_folder(folder: &Path) -> Self {
        let name = folder.file_name().unwrap_or(folder.as_os_str());
        Self {
            name: name.to_string_lossy().into_owned(),
            url: format!("file://{}", folder.display()),
            pip_install: true,
            ..Self::default()
        }
    }
}

/// A sink as it was written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SinkConfig {
    /// Its kind, such as `slack_sink`.
    pub kind: String,
    /// Its name, unique.
    pub name: String,
    /// What is written, each in its type ([`parameter::Takes`]), what all kinds take included; `name` is not among them.
    pub parameters: Object,
    /// Where it stands.
    pub place: Place,
}

/// A change to the labels of every alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relabel {
    /// The label that is read.
    pub source: String,
    /// The label that is written.
    pub target: String,
    /// Whether the source stays.
    pub operation: RelabelOperation,
}

/// Whether a relabelled label stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RelabelOperation {
    /// The target is added.
    #[default]
    Add,
    /// The source is taken away.
    Replace,
}

//! How a kind of action is carried out.

use serde::{Deserialize, Serialize};

use crate::playbook::PlaybookTrigger;
use crate::problem::Problem;
use crate::schema::Parameters;
use crate::{Id, Object};

/// A runner as users see it: its name and what it takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunnerType {
    /// Its id.
    pub id: Id,
    /// What an action writes under `runner_type`.
    pub name: String,
    /// Older names that mean the same.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// For people.
    pub description: String,
    /// A disabled runner refuses to run.
    pub enabled: bool,
    /// StackStorm's package of this runner, shown on the wire.
    pub package: String,
    /// Parameters every action of this runner takes.
    pub parameters: Parameters,
    /// The key of the result that an action's output schema describes.
    #[serde(default)]
    pub output_key: Option<String>,
    /// JSON Schema of the result.
    #[serde(default)]
    pub output_schema: Object,
    /// Whether it can carry out actions in this build; one that cannot says so when asked to run.
    pub available: bool,
}

/// The names and schemas of everything that comes in kinds, so that packs can be checked without seeing the catalogues.
#[derive(Debug, Clone, Default)]
pub struct Kinds {
    /// Every runner there is, also those that are known but not available.
    pub runners: Vec<RunnerType>,
    /// Every rule operator's name.
    pub operators: Vec<&'static str>,
    /// Tells what is wrong with a trigger of playbooks that only who asks it can tell, such as a bad cron expression.
    pub check_trigger: Option<fn(&PlaybookTrigger) -> Vec<Problem>>,
}

impl Kinds {
    /// The runner that `name` or an older name means.
    pub fn runner(&self, name: &str) -> Option<&RunnerType> {
        self.runners
            .iter()
            .find(|runner| runner.name == name || runner.aliases.iter().any(|alias| alias == name))
    }
}

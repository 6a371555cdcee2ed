//! `squall action`

use clap::{Args, Subcommand};
use serde_json::json;
use squall_model::Json;

use crate::client::Place;
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::remote::Remote;
use crate::show::{self, Column, Format};

const COLUMNS: &[Column] = &[
    Column::plain("action", "ref"),
    Column::plain("runner", "runner_type"),
    Column::yes_no("enabled", "enabled"),
    Column::plain("description", "description"),
];

const ROWS: &[Column] = &[
    Column::plain("action", "ref"),
    Column::plain("description", "description"),
    Column::plain("runner", "runner_type"),
    Column::yes_no("enabled", "enabled"),
    Column::plain("entry point", "entry_point"),
    Column::plain("file", "metadata_file"),
];

const PARAMETERS: &[Column] = &[
    Column::plain("parameter", "name"),
    Column::plain("type", "type"),
    Column::yes_no("required", "required"),
    Column::plain("default", "default"),
    Column::plain("description", "description"),
];

/// Look at what can be done
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List actions by name
    List(List),
    /// Show an action and its parameters
    Get(Get),
}

/// Which actions.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only actions of this pack
    #[arg(short, long, value_name = "PACK")]
    pack: Option<String>,
    /// At most so many
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 500)]
    limit: u32,
    #[command(flatten)]
    remote: Remote,
}

/// One action.
#[derive(Debug, Args)]
pub(crate) struct Get {
    /// Its name with its pack, or its id
    action: String,
    #[command(flatten)]
    remote: Remote,
}

impl Action {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        match self {
            Self::List(list) => {
                let place = Place::api(&["actions"])
                    .with("limit", list.limit)
                    .with_some("pack", list.pack);
                list.remote.list(console, &place, COLUMNS)
            }
            Self::Get(get) => get.run(console),
        }
    }
}

impl Get {
    fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let action = self
            .remote
            .client(console)?
            .get(&Place::api(&["actions", &self.action]))?
            .body;
        show::item(console, self.remote.output, &action, ROWS)?;
        let parameters = described(&action);
        if self.remote.output == Format::Table && !parameters.is_empty() {
            console.line("")?;
            show::list(console, Format::Table, &parameters, PARAMETERS)?;
        }
        Ok(Ending::Well)
    }
}

/// Each parameter as one object: those that are required first, then as written.
fn described(action: &Json) -> Vec<Json> {
    let written = action
        .get("parameters")
        .and_then(Json::as_object)
        .into_iter()
        .flatten();
    let mut described: Vec<Json> = written
        .filter(|(_, schema)| schema.get("immutable").and_then(Json::as_bool) != Some(true))
        .map(|(name, schema)| {
            json!({
                "name": name, "type": schema.get("type"), "default": schema.get("default"),
                "required": is_required(schema), "description": schema.get("description"),
            })
        })
        .collect();
    described.sort_by_key(|parameter| !is_required(parameter));
    described
}

fn is_required(schema: &Json) -> bool {
    schema
        .get("required")
        .and_then(Json::as_bool)
        .unwrap_or(false)
}

//! `squall playbook list FILE`: the playbooks of files, in the order in which they are asked.

use clap::Args;
use serde_json::json;
use squall_model::Json;
use squall_model::playbook::Playbook;
use squall_model::problem::Severity;

use super::Files;
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::show::{self, Column, Format};

const COLUMNS: &[Column] = &[
    Column::plain("no.", "number"),
    Column::plain("playbook", "name"),
    Column::plain("triggers", "triggers"),
    Column::plain("actions", "actions"),
    Column::plain("sinks", "sinks"),
    Column::yes_no("stop", "stop"),
];

/// List the playbooks of files, in the order in which they are asked, without a server
///
/// The order is that of Robusta's chart: priority, custom, named, built-in and platform playbooks. Those that are
/// switched off are not among them, nor are faulty ones: `squall playbook check` says what is wrong. Ends with 1 if
/// anything is.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    files: Files,
    /// How to show the playbooks
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,
}

impl List {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let read = self.files.read(console);
        let numbered = read.playbooks.playbooks.iter().enumerate();
        match self.output {
            Format::Table => {
                let rows: Vec<Json> = numbered.map(|(index, one)| row(index + 1, one)).collect();
                show::list(console, Format::Table, &rows, COLUMNS)?;
            }
            format => {
                let all = numbered.map(|(index, one)| whole(index + 1, one));
                show::value(console, format, &all.collect())?;
            }
        }
        let errors = read.problems.iter();
        let errors: Vec<_> = errors
            .filter(|problem| problem.severity == Severity::Error)
            .collect();
        for problem in &errors {
            console.note(problem);
        }
        Ok(if errors.is_empty() {
            Ending::Well
        } else {
            Ending::Badly
        })
    }
}

/// A playbook in one line.
fn row(number: usize, playbook: &Playbook) -> Json {
    let triggers = playbook.triggers.iter().map(|trigger| &*trigger.name);
    let actions = playbook.actions.iter().map(|action| &*action.name);
    let sinks = if playbook.sinks.is_empty() {
        "default".to_owned()
    } else {
        playbook.sinks.join(", ")
    };
    json!({
        "number": number,
        "name": playbook.name,
        "triggers": triggers.collect::<Vec<_>>().join(", "),
        "actions": actions.collect::<Vec<_>>().join(", "),
        "sinks": sinks,
        "stop": playbook.stop,
    })
}

/// A playbook as it was read, with its number.
fn whole(number: usize, playbook: &Playbook) -> Json {
    let mut whole = serde_json::to_value(playbook).unwrap_or_default();
    if let Json::Object(parts) = &mut whole {
        parts.insert("number".to_owned(), number.into());
    }
    whole
}

//! `squall playbook check FILE`: everything that is wrong with files of playbooks, at once, without a server.

use std::path::PathBuf;

use clap::Args;
use squall_model::problem::Severity;

use super::{Files, packs};
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::show::{self, Format, counted};

/// Check files of playbooks, without a server: every problem is told, with its file, its line and a hint
///
/// An error is what Robusta would refuse, or fail at when an event comes. A warning is what it would accept, but what was
/// probably not meant. Texts with `{{ env.X }}` take the variable from here. Ends with 1 if there is an error.
///
/// Playbook repositories are fetched, what they need of Python is installed, and their modules are imported, as a server
/// would do it; all of it is kept in the user's cache for the next check.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    files: Files,
    /// A pack whose triggers or actions the playbooks name, or a folder of packs; those that come with Squall are known
    #[arg(long = "pack", value_name = "DIR")]
    packs: Vec<PathBuf>,
    /// How to show the problems
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,
}

impl Check {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let mut read = self.files.load(console)?;
        let of_packs = packs::check(&read.playbooks, &self.packs)?;
        read.problems.extend(of_packs);
        read.problems.sort_by(|one, other| {
            (&one.file, one.line, one.column).cmp(&(&other.file, other.line, other.column))
        });
        match self.output {
            Format::Table => read
                .problems
                .iter()
                .try_for_each(|problem| show::problem(console, problem))?,
            format => {
                let problems = serde_json::to_value(&read.problems).unwrap_or_default();
                show::value(console, format, &problems)?;
            }
        }
        let playbooks = &read.playbooks;
        let parts = [
            counted(playbooks.playbooks.len(), "playbook"),
            counted(playbooks.sinks.len(), "sink"),
            counted(playbooks.repositories.len(), "repository"),
            counted(read.actions.len(), "known action"),
        ];
        console.note(parts.join(", "));
        let count = |severity| {
            let of_it = read.problems.iter();
            of_it.filter(|problem| problem.severity == severity).count()
        };
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        console.note(format!(
            "{}, {}",
            counted(errors, "error"),
            counted(warnings, "warning")
        ));
        Ok(if errors == 0 {
            Ending::Well
        } else {
            Ending::Badly
        })
    }
}

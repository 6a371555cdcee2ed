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
        let (read, mut problems) = self.files.load(console)?;
        problems.extend(packs::check(&read.playbooks, &self.packs)?);
        problems.sort_by(|one, other| {
            (&one.file, one.line, one.column).cmp(&(&other.file, other.line, other.column))
        });
        match self.output {
            Format::Table => problems
                .iter()
                .try_for_each(|problem| show::problem(console, problem))?,
            format => {
                let problems = serde_json::to_value(&problems).unwrap_or_default();
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
            let of_it = problems.iter();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::paper;

    #[test]
    fn what_a_server_would_refuse_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("values.yaml");
        let text = "\
customPlaybooks:
- triggers: [on_schedule: {cron_schedule_repeat: {cron_expression: '61 * * * *'}}]
  actions: [create_finding: {title: t, aggregation_key: k}]
";
        fs_err::write(&file, text).unwrap();
        let check = Check {
            files: Files {
                files: vec![file],
                repositories: Vec::new(),
            },
            packs: Vec::new(),
            output: Format::Table,
        };
        let mut ended = None;
        let told = paper::written(|console| {
            ended = Some(check.run(console).unwrap());
            Ok::<_, ()>(())
        });
        assert_eq!(ended, Some(Ending::Badly));
        assert!(told.contains("`61` is no minute from 0 to 59"), "{told}");
    }
}

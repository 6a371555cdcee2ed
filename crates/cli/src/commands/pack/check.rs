//! `squall pack check DIR`: everything that is wrong with packs, at once, without a server.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use squall_model::content::PackContent;
use squall_model::problem::Severity;
use squall_model::runner::Kinds;
use squall_pack::{Loaded, Site, load_packs};

use crate::built_in;
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::show::{self, Format, counted};

/// Check packs, without a server: every problem is told, with its file, its line and a hint
///
/// An error is what StackStorm would refuse: what the file holds is left out. A warning is what it would accept, but
/// what was probably not meant. Ends with 1 if there is an error.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// A pack, or a folder of packs
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// The folder with PACK.yaml for the configuration of each pack
    #[arg(long, value_name = "DIR")]
    configs: Option<PathBuf>,
    /// How to show the problems
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,
}

impl Check {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let found = read(&self.folders, self.configs.as_deref())?;
        match self.output {
            Format::Table => found
                .problems
                .iter()
                .try_for_each(|problem| show::problem(console, problem))?,
            format => show::value(
                console,
                format,
                &serde_json::to_value(&found.problems).unwrap_or_default(),
            )?,
        }
        for pack in &found.packs {
            console.note(summary(pack));
        }
        if found.packs.is_empty() {
            console.note("no pack is there");
        }
        let count = |severity| {
            found
                .problems
                .iter()
                .filter(|problem| problem.severity == severity)
                .count()
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

/// Reads packs as a server would that has them and the packs that come with Squall.
pub(super) fn read(folders: &[PathBuf], configs: Option<&Path>) -> io::Result<Loaded> {
    let scratch = tempfile::tempdir()?;
    let built_in = built_in::packs(scratch.path())?;
    let kinds = kinds();
    let site = Site {
        kinds: &kinds,
        configs,
        overrides: None,
    };
    let all: Vec<PathBuf> = folders.iter().cloned().chain([built_in.clone()]).collect();
    let mut loaded = load_packs(&all, &site);
    loaded
        .problems
        .retain(|problem| !problem.file.starts_with(&built_in));
    loaded
        .packs
        .retain(|pack| !pack.pack.path.starts_with(&built_in));
    Ok(loaded)
}

/// The runners and operators there are.
pub(in crate::commands) fn kinds() -> Kinds {
    Kinds {
        runners: squall_runners::kinds(),
        operators: squall_engine::rule::operator_names(),
        check_trigger: Some(squall_engine::playbook::check_trigger),
    }
}

fn summary(pack: &PackContent) -> String {
    let parts = [
        counted(pack.actions.len(), "action"),
        counted(pack.rules.len(), "rule"),
        counted(pack.trigger_types.len(), "trigger type"),
        counted(pack.sensors.len(), "sensor"),
    ];
    format!("{}: {}", pack.pack.reference, parts.join(", "))
}

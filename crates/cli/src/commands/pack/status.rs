//! `squall pack status`: what is in force of the packs of a server, and what is not and why.

use clap::Args;
use squall_model::Json;
use squall_model::problem::Problem;

use crate::client::Place;
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::remote::Remote;
use crate::show::{self, Column, Format};

const COLUMNS: &[Column] = &[
    Column::plain("pack", "ref"),
    Column::plain("version", "version"),
    Column::status("state", "state"),
    Column::time("in force since", "since"),
    Column::plain("virtualenv", "virtualenv.state"),
];

/// Show what is in force of the packs of a server, and what is wrong with the rest
///
/// A pack is `good` if all its folder holds is in force, `faulty` if files with errors are left out, and `refused` if
/// the folder holds newer files with errors: then what was there before stays in force until they are mended. Ends with
/// 1 if a pack is refused.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Only this pack
    pack: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

impl Status {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let client = self.remote.client(console)?;
        let body = match &self.pack {
            Some(pack) => client.get(&Place::squall(&["packs", pack]))?.body,
            None => client.get(&Place::squall(&["packs"]))?.body,
        };
        let packs = match body.get("packs").and_then(Json::as_array) {
            Some(packs) => packs.clone(),
            None => vec![body.clone()],
        };
        if self.remote.output == Format::Table {
            show::list(console, Format::Table, &packs, COLUMNS)?;
            tell_problems(console, &body)?;
            packs
                .iter()
                .filter(|_| self.pack.is_none())
                .try_for_each(|pack| tell_problems(console, pack))?;
            packs.iter().try_for_each(|pack| tell_rest(console, pack))?;
        } else {
            show::value(console, self.remote.output, &body)?;
        }
        let is_refused = |pack: &Json| pack.get("state").is_some_and(|state| state == "refused");
        Ok(if packs.iter().any(is_refused) {
            Ending::Badly
        } else {
            Ending::Well
        })
    }
}

/// What is wrong with what is in force.
fn tell_problems(console: &mut Console, body: &Json) -> std::io::Result<()> {
    problems(body)
        .iter()
        .try_for_each(|problem| show::problem(console, problem))
}

/// What of a pack is not in force, and what would not be known from its files.
fn tell_rest(console: &mut Console, pack: &Json) -> std::io::Result<()> {
    let text = |value: &Json, name: &str| value.get(name).and_then(Json::as_str).map(str::to_owned);
    let name = text(pack, "ref").unwrap_or_default();
    if let Some(refused) = pack.get("refused").filter(|refused| !refused.is_null()) {
        console.line(format!("{name}: newer files are refused, because"))?;
        for problem in problems(refused) {
            show::problem(console, &problem)?;
        }
    }
    let failure = pack.get("virtualenv").and_then(|one| text(one, "reason"));
    if let Some(reason) = failure {
        console.line(format!("{name}: {reason}"))?;
    }
    let changed = pack.get("changed_over_rest").and_then(Json::as_array);
    for one in changed.into_iter().flatten() {
        let (kind, reference) = (text(one, "kind"), text(one, "ref"));
        console.line(format!(
            "{name}: the {} {} was changed over REST",
            kind.unwrap_or_default(),
            reference.unwrap_or_default()
        ))?;
    }
    Ok(())
}

fn problems(of: &Json) -> Vec<Problem> {
    let problems = of.get("problems").cloned().unwrap_or_default();
    serde_json::from_value(problems).unwrap_or_default()
}

//! Reads files of Robusta's playbooks into the model: `active_playbooks.yaml`, or the values of its Helm chart.
//!
//! Whatever Robusta loads is loaded, each value in the type that Robusta makes of it. What it would refuse, or fail at when
//! an event comes, is an error; what has no effect is a warning. Each is told with its place, its key and a hint.
//!
//! Reading order: `parts` (the keys of a file), `definition`, `trigger`, `sink` and `repository` (what stands behind
//! them), `take` (values in their types), `environment` (`{{ env.X }}`), then [`check_actions`] and [`check_packs`]. Rules of packs may name the
//! triggers too: `of_rules`, `trigger_types`.

mod actions;
mod built_in;
mod definition;
mod environment;
mod grouping;
mod of_rules;
mod packs;
mod parameters;
mod parts;
mod repository;
mod schedule;
mod scope;
mod sink;
mod take;
#[cfg(test)]
mod tests;
mod times;
mod trigger;
mod trigger_types;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use squall_expression::yaml::Node;
use squall_model::Json;
use squall_model::playbook::{Place, Playbooks};
use squall_model::problem::{Problem, Severity};

pub use actions::check_actions;
pub use environment::Environment;
pub(crate) use of_rules::trigger_of_rule;
pub use packs::{PacksAtHand, check_packs, names_packs};
use parts::Parts;
pub(crate) use trigger_types::trigger_types;

use crate::document;
use crate::report::{Fault, Report};
use crate::suggest::did_you_mean;

/// What files of playbooks say.
#[derive(Debug)]
pub struct ReadPlaybooks {
    /// What can be used.
    pub playbooks: Playbooks,
    /// Everything that is wrong, file by file.
    pub problems: Vec<Problem>,
}

impl ReadPlaybooks {
    /// Whether Robusta would not start with these files.
    pub fn has_errors(&self) -> bool {
        let mut severities = self.problems.iter().map(|problem| problem.severity);
        severities.any(|severity| severity == Severity::Error)
    }
}

/// One file while it is read.
struct Reading<'a> {
    report: Report,
    environment: Environment<'a>,
}

/// Reads `files` as one: a later file adds to an earlier one.
pub fn read_playbooks(files: &[PathBuf], environment: Environment<'_>) -> ReadPlaybooks {
    let mut all = All::default();
    for file in files {
        let mut report = Report::on(file);
        let document = document::read_named(file, &mut report);
        all.add(document.as_ref(), report, environment);
    }
    all.finish()
}

/// Reads the text of a file.
pub fn read_playbook_text(text: &str, file: &Path, environment: Environment<'_>) -> ReadPlaybooks {
    let mut report = Report::on(file);
    let document = document::parse(text, &mut report);
    let mut all = All::default();
    all.add(document.as_ref(), report, environment);
    all.finish()
}

/// Reads what a program wrote in place of a file; nothing in it has a line.
pub fn read_playbook_json(json: &Json, environment: Environment<'_>) -> ReadPlaybooks {
    let mut all = All::default();
    let document = Node::from_json(json);
    all.add(Some(&document), Report::on(""), environment);
    all.finish()
}

/// What was read, and what is wrong with each file.
#[derive(Default)]
struct All {
    parts: Parts,
    problems: Vec<Problem>,
}

impl All {
    fn add(&mut self, document: Option<&Rc<Node>>, report: Report, environment: Environment<'_>) {
        let own = document
            .map(|node| own_environment(node))
            .unwrap_or_default();
        let both = |name: &str| {
            let outer = environment(name).filter(|value| !value.is_empty());
            outer.or_else(|| own.get(name).cloned())
        };
        let mut reading = Reading {
            report,
            environment: &both,
        };
        if let Some(document) = document {
            self.parts.add(document, &mut reading);
        }
        let mut problems = reading.report.problems;
        problems.sort_by_key(|problem| (problem.line, problem.column));
        self.problems.extend(problems);
    }

    fn finish(mut self) -> ReadPlaybooks {
        let of_the_chart: Vec<String> = self.parts.of_the_chart().map(str::to_owned).collect();
        let disabled = self.parts.disabled.clone();
        for (name, place) in disabled.iter().filter(|_| !of_the_chart.is_empty()) {
            if !of_the_chart.contains(name) {
                let hint = did_you_mean(name, of_the_chart.iter().map(String::as_str));
                let message = format!("there is no playbook `{name}` to switch off");
                let fault = Fault::with_hint(message, hint);
                self.problems.push(fault.at(place, Severity::Warning));
            }
        }
        let playbooks = self.parts.put_together();
        check_sinks(&playbooks, &mut self.problems);
        ReadPlaybooks {
            playbooks,
            problems: self.problems,
        }
    }
}

/// What the chart would put into the environment of what runs the playbooks, as far as the values say it.
fn own_environment(document: &Node) -> BTreeMap<String, String> {
    let runner = document.get("runner");
    let variables = runner.and_then(|runner| runner.get("additional_env_vars"));
    let variables = variables.map(|list| list.items()).unwrap_or_default();
    let pairs = variables.iter().filter_map(|variable| {
        let name = variable.get("name")?.as_text()?;
        let value = variable.get("value")?.as_text()?;
        Some((name.to_owned(), value.to_owned()))
    });
    pairs.collect()
}

/// Findings for a sink that is not there go nowhere. Without any sink the file may be one of several.
fn check_sinks(playbooks: &Playbooks, problems: &mut Vec<Problem>) {
    let names: Vec<&str> = playbooks
        .sinks
        .iter()
        .map(|sink| sink.name.as_str())
        .collect();
    if names.is_empty() {
        return;
    }
    for playbook in &playbooks.playbooks {
        for name in &playbook.sinks {
            if names.contains(&name.as_str()) {
                continue;
            }
            let hint = did_you_mean(name, names.iter().copied())
                .unwrap_or_else(|| format!("there are {}", names.join(", ")));
            let fault = Fault::with_hint(format!("there is no sink `{name}`"), hint);
            let place = Place {
                key: format!("{}.sinks", playbook.place.key),
                ..playbook.place.clone()
            };
            problems.push(fault.at(&place, Severity::Warning));
        }
    }
}

//! `squall playbook test`: which playbooks an event fires and why the others do not, what their actions find, and what
//! each sink would be told.

mod batch;
mod event;
mod given;
#[cfg(test)]
mod recorded;
mod stage;
#[cfg(test)]
mod tests;
mod told;

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use squall_kubernetes::Cluster;
use squall_model::{Json, Timestamp};
use squall_server::playbooks::InForce;
use squall_server::playbooks::trial::{Clock, Trial};

use super::{Bench, Files};
use crate::console::{Console, Paint};
use crate::failure::{Ending, Failure};
use crate::input;
use crate::show::{self, Format};
use given::Given;
use stage::{Contents, Stage};

/// Try out playbooks on events: which triggers fire and why the others do not, what the actions find, what sinks are told
///
/// Actions run against a fake cluster that holds what --objects, --log and --exec say and what the events tell, or against the
/// cluster of --kubeconfig, where they do what they say. Nothing is recorded, and no sink is sent anything. Between the
/// events rate limits and stored values are kept, in the time that --at or the event says.
///
/// Ends with 0 if a playbook fires and all its actions go well, and 1 if none does or one fails.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Robusta's `active_playbooks.yaml`, or values of its Helm chart; several are read as one
    #[arg(
        required_unless_present = "batch",
        conflicts_with = "batch",
        value_name = "FILE"
    )]
    files: Vec<PathBuf>,
    /// A folder with a playbook repository, beside those that the files name
    #[arg(long = "repo", value_name = "DIR")]
    repositories: Vec<PathBuf>,
    /// What happens, as JSON or in a JSON or YAML file: {"kubernetes": {"operation", "obj", "oldObj"}},
    /// {"alert": {"status", "labels"}}, {"manual": {"action_name", "action_params"}}, {"schedule": NUMBER}, a message of
    /// Alertmanager or kubewatch, or an event as a server has recorded it; may be given more than once, for one event after
    /// the other
    #[arg(
        long = "event",
        value_name = "EVENT",
        required_unless_present = "batch",
        conflicts_with = "batch"
    )]
    events: Vec<String>,
    /// The time it is, such as 2026-03-01T12:00:00Z, for events that say none [default: the time it is]
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    #[command(flatten)]
    given: Given,
    /// Let actions send HTTP requests; otherwise each is told of and fails
    #[arg(long)]
    network: bool,
    /// Answer a file with one object a line: {"id", "playbooks", "sinks", "events": [{"at", "kubernetes" | "alert" |
    /// "manual"}], "cluster": [OBJECT], "logs": {"NAMESPACE/POD": TEXT}, "env", "global_config"}, each with one line: {"id",
    /// "loads", "error", "events": [{"fired": [NUMBER], "aborted", "sinks": {"NAME": [FINDING]}}]}; playbooks are numbered
    /// from 0
    #[arg(long, value_name = "FILE", conflicts_with_all = ["objects", "logs", "commands", "kubeconfig"])]
    batch: Option<PathBuf>,
    /// How to show what came of it
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,
}

/// What playbooks are tried out with cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTried {
    /// The playbooks cannot be put in force.
    #[error("cannot try out playbooks with {0} errors in them")]
    Playbooks(usize),
    /// It names no pod.
    #[error("cannot tell which pod `{0}` is about")]
    Pod(String),
    /// It is no event.
    #[error("cannot make an event of {what}: {why}")]
    Event { what: String, why: String },
    /// It cannot be put into the fake cluster.
    #[error("cannot put {what} into the fake cluster: {why}")]
    Object { what: String, why: String },
    /// The fake cluster does not start.
    #[error("cannot start a fake cluster")]
    Fake(#[source] squall_kubernetes::fake::Error),
    /// The cluster cannot be used.
    #[error("cannot use the cluster")]
    Cluster(#[source] squall_kubernetes::Error),
}

impl Test {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let bench = Bench::start(console)?;
        let ended = match &self.batch {
            Some(file) => batch::answer(file, &self, &bench, console),
            None => self.one_after_the_other(&bench, console),
        };
        bench.stop();
        ended
    }

    /// The playbooks of the files, if nothing is wrong with them.
    fn in_force(&self, bench: &Bench, console: &mut Console) -> Result<InForce, Failure> {
        let files = Files {
            files: self.files.clone(),
            repositories: self.repositories.clone(),
        };
        let (in_force, problems) = InForce::of(bench.load(files.read(console)));
        let errors = problems.iter().filter(|problem| problem.is_error()).count();
        for problem in &problems {
            console.note(problem);
        }
        if errors > 0 {
            return Err(NotTried::Playbooks(errors).into());
        }
        Ok(in_force)
    }

    fn one_after_the_other(&self, bench: &Bench, console: &mut Console) -> Result<Ending, Failure> {
        let in_force = self.in_force(bench, console)?;
        let clock = Clock::default();
        let mut stage = self.stage(bench, &clock, console)?;
        let surroundings = stage.surroundings(self.network, clock);
        let mut trial = Trial::new(in_force, bench.host(), surroundings);
        stage.introduce(&trial);
        let (mut has_run, mut has_failed) = (false, false);
        let mut all = Vec::new();
        for given in &self.events {
            let is_inline = given.trim_start().starts_with('{');
            let what = if is_inline { "--event" } else { given };
            let wrong = |why| NotTried::Event {
                what: what.to_owned(),
                why,
            };
            let read = event::read(input::inline_or_file(given)?).map_err(wrong)?;
            for told in read.told {
                let at = read
                    .at
                    .or(self.at)
                    .unwrap_or_else(squall_server::clock::now);
                stage.follow(&told);
                let headline = event::headline(&told, at);
                let tried = bench.wait(trial.tell(told, at)).map_err(wrong)?;
                let actions = &tried.performed.actions;
                has_run |= !actions.is_empty();
                has_failed |= actions.iter().any(|action| !action.success);
                match self.output {
                    Format::Table => {
                        console.line(console.paint(Paint::Bold, &headline))?;
                        told::show(console, &tried, trial.in_force())?;
                    }
                    _ => all.push(told::whole(&tried, trial.in_force())),
                }
            }
        }
        if self.output != Format::Table {
            show::value(console, self.output, &json!({"events": all}))?;
        }
        Ok(if has_run && !has_failed {
            Ending::Well
        } else {
            Ending::Badly
        })
    }
}

impl Test {
    fn stage(&self, bench: &Bench, clock: &Clock, console: &mut Console) -> Result<Stage, Failure> {
        if let Some(file) = &self.given.kubeconfig {
            let cluster = bench.wait(Cluster::of_kubeconfig(file, None));
            return Ok(Stage::given(cluster.map_err(NotTried::Cluster)?));
        }
        let contents = Contents {
            objects: self.given.objects()?,
            are_all: false,
            logs: self.given.logs()?,
            commands: self.given.commands()?,
        };
        if let Some(at) = self.at {
            clock.set(at);
        }
        let (stage, left_out) = bench.wait(Stage::fake(contents, clock.clone()))?;
        left_out.iter().for_each(|left_out| console.note(left_out));
        Ok(stage)
    }
}

/// An object as messages name it.
fn name(object: &Json) -> String {
    let text = |path: &str| object.pointer(path).and_then(Json::as_str);
    let kind = text("/kind").unwrap_or("object");
    let name = text("/metadata/name").unwrap_or("without a name");
    match text("/metadata/namespace") {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    }
}

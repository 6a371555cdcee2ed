//! Entries of the catalogue: a runner's name, what users see of it, and the one function that carries it out.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use serde::Deserialize;
use squall_model::outcome::{Outcome, Verdict};
use squall_model::runner::RunnerType;
use squall_model::schema::Parameters;
use squall_model::{Id, Json, Object};
use tracing::error;

use crate::{ALL, Later, Run, Runner};

/// StackStorm's runners that this build knows but cannot carry out, in the shape of [`Runner::DEFINITION`] with a name.
const UNAVAILABLE: &str = include_str!("catalogue/unavailable.json");

/// Runners that the server itself carries out, in the same shape: what they need is not in a [`Run`].
const OF_THE_SERVER: &str = include_str!("catalogue/of_the_server.json");

/// The runner of playbooks: all that one event asks for, in order, with findings that are delivered to sinks. It declares
/// that it may be done again after a crash.
pub const PLAYBOOK: &str = "playbook";

/// One runner of the catalogue.
pub struct Entry {
    /// What an action writes under `runner_type`.
    pub name: &'static str,
    definition: &'static str,
    start: fn(Object, Run) -> Later<'static, Outcome>,
}

impl Entry {
    /// What users see of it.
    pub fn runner_type(&self) -> RunnerType {
        let definition: Definition = serde_json::from_str(self.definition)
            .expect("a test parses the definition of every entry");
        definition.runner_type(self.name, true)
    }

    /// Carries out an action with these runner parameters. Parameters it cannot read and a panic are failed outcomes;
    /// what is cancelled already does not start.
    pub async fn run(&self, parameters: Object, run: Run) -> Outcome {
        let execution = run.execution;
        if run.cancel.is_cancelled() {
            return Outcome {
                verdict: Verdict::Cancelled,
                ..Outcome::error("cancelled before it started")
            };
        }
        match caught((self.start)(parameters, run)).await {
            Ok(outcome) => outcome,
            Err(message) => {
                error!(%execution, runner = self.name, message, "runner panicked");
                Outcome::error(format!(
                    "the runner `{}` broke down; this is a fault of Squall: {message}",
                    self.name
                ))
            }
        }
    }
}

/// The entry of a runner.
pub(crate) const fn entry<R: Runner>() -> Entry {
    Entry {
        name: R::NAME,
        definition: R::DEFINITION,
        start: start::<R>,
    }
}

/// The runner of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.name == name)
}

/// Every runner users may know, alphabetically: those of [`ALL`], those of the server, and those this build cannot carry
/// out.
pub fn kinds() -> Vec<RunnerType> {
    let listed = |text: &str, available| {
        let listed: Vec<Named> = serde_json::from_str(text)
            .expect("a test parses the definitions of the runners that are only listed");
        let kind = move |named: Named| named.definition.runner_type(&named.name, available);
        listed.into_iter().map(kind)
    };
    let mut kinds: Vec<RunnerType> = listed(UNAVAILABLE, false)
        .chain(listed(OF_THE_SERVER, true))
        .chain(ALL.iter().map(Entry::runner_type))
        .collect();
    kinds.sort_by(|one, other| one.name.cmp(&other.name));
    kinds
}

/// [`Runner::DEFINITION`], read.
#[derive(Deserialize)]
struct Definition {
    description: String,
    package: String,
    #[serde(default)]
    aliases: Vec<String>,
    parameters: Parameters,
    #[serde(default)]
    output_key: Option<String>,
    #[serde(default)]
    output_schema: Object,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    #[serde(flatten)]
    definition: Definition,
}

impl Definition {
    fn runner_type(self, name: &str, available: bool) -> RunnerType {
        RunnerType {
            id: Id::of(&format!("runner_type:{name}")),
            name: name.to_owned(),
            aliases: self.aliases,
            description: self.description,
            enabled: true,
            package: self.package,
            parameters: self.parameters,
            output_key: self.output_key,
            output_schema: self.output_schema,
            available,
        }
    }
}

fn start<R: Runner>(mut parameters: Object, run: Run) -> Later<'static, Outcome> {
    Box::pin(async move {
        parameters.retain(|_, value| !value.is_null());
        match serde_json::from_value(Json::Object(parameters)) {
            Ok(params) => R::run(params, run).await,
            Err(error) => Outcome::error(format!(
                "cannot read the parameters of the runner `{}`: {error}",
                R::NAME
            )),
        }
    })
}

/// What the future gives, or the message it panicked with. A future that panicked is dropped, never polled again.
async fn caught(mut later: Later<'static, Outcome>) -> Result<Outcome, String> {
    poll_fn(|context| {
        // A runner shares nothing half-changed: its state dies with it, and the host's locks hold no runner's code.
        match catch_unwind(AssertUnwindSafe(|| later.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(message_of(panic.as_ref()))),
        }
    })
    .await
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests;

//! `squall expression`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use squall_engine::parameters::{self, Contexts, Failure as Failed, Schemas};
use squall_model::schema::Parameters;
use squall_model::{Json, Object};

use crate::batch;
use crate::console::Console;
use crate::decide::Datastore;
use crate::failure::{Ending, Failure};

/// Try out expressions, without a server
#[derive(Debug, Subcommand)]
pub(crate) enum Expression {
    /// Render and cast parameters as for an execution that is requested
    Render(Render),
}

/// What to render.
#[derive(Debug, Args)]
pub(crate) struct Render {
    /// A file with one object a line: {"id", "given", "schema", "runner_schema", "trigger", "config",
    /// "action_context", "keys": {"system", "user": {"USER:NAME"}}, "crypto_key"}, all but `id` and `given` optional;
    /// each is answered with one line: {"id", "value"} or {"id", "error": {"kind", "message"}}
    #[arg(long, value_name = "FILE")]
    batch: PathBuf,
}

impl Expression {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        match self {
            Self::Render(render) => batch::answer(&render.batch, console, answer),
        }
    }
}

fn answer(line: &Object) -> Object {
    let (name, answer) = match rendered(line) {
        Ok(value) => ("value", Json::Object(value)),
        Err((kind, message)) => ("error", json!({"kind": kind, "message": message})),
    };
    Object::from_iter([(name.to_owned(), answer)])
}

/// The rendered parameters, or the kind of failure and its message.
fn rendered(line: &Object) -> Result<Object, (&'static str, String)> {
    let object = |name: &str| match line.get(name) {
        None | Some(Json::Null) => Ok(Object::new()),
        Some(Json::Object(object)) => Ok(object.clone()),
        Some(_) => Err(("Input", format!("`{name}` must be an object"))),
    };
    let (action, runner) = (
        Parameters(object("schema")?),
        Parameters(object("runner_schema")?),
    );
    let (given, config, action_context) = (
        object("given")?,
        object("config")?,
        object("action_context")?,
    );
    let schemas = Schemas {
        action: &action,
        runner: &runner,
    };
    let contexts = Contexts {
        action_context: &action_context,
        config: &config,
        trigger: line.get("trigger"),
    };
    let datastore = Datastore::of_line(line).map_err(|error| ("Input", error.to_string()))?;
    let decided = datastore.decide(squall_server::clock::now(), |facts| match parameters::live(
        schemas, &given, &contexts, facts,
    ) {
        Err(Failed::Needs(needs)) => Err(needs),
        answered => Ok(answered),
    });
    let answered = decided.map_err(|error| ("Limit", error.to_string()))?;
    answered.map_err(|failure| (failure.class(), failure.to_string()))
}

#[cfg(test)]
mod tests;

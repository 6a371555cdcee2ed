//! `squall run ACTION name=value ...`

use clap::Args;
use serde_json::json;
use squall_model::schema::Parameters;
use squall_model::{Json, Object};

use super::execution::{ROWS, ending, hear_nothing};
use crate::client::{Client, Place};
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::follow;
use crate::parameters::{self, Takes};
use crate::remote::Remote;
use crate::show::{self, Format};

/// Run an action, and wait for its result
///
/// Parameters are `name=value`; the action's schema says what a value means. Arrays are JSON or `a,b,c`, objects are
/// JSON or `name=value,name=value`, `@name=FILE` gives the text of a file. The first word without a `=` begins a
/// command: `squall run core.local date` is `squall run core.local cmd=date`. For an action that takes no command, words
/// without a `=` are the parameters that have a `position`.
///
/// Ends with 0 if the action succeeded and with 1 if it did not.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The action, such as `core.local`
    action: String,
    /// What it is given
    #[arg(value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// Do not wait: print the id of the execution
    #[arg(short, long = "async", conflicts_with = "tail")]
    asynchronous: bool,
    /// Print what the action prints, as it does
    #[arg(short, long)]
    tail: bool,
    /// Show the result as JSON; the same as `-o json`
    #[arg(short, long, conflicts_with = "output")]
    json: bool,
    /// Give the action the variables of this shell, as the parameter `env`
    #[arg(short = 'e', long)]
    inherit_env: bool,
    /// Read `name:value,name:value` as a list of one object
    #[arg(long)]
    auto_dict: bool,
    /// A name by which everything that comes of it can be found again
    #[arg(long, value_name = "TAG")]
    trace_tag: Option<String>,
    /// Begin only after so many milliseconds
    #[arg(long, value_name = "MILLISECONDS")]
    delay: Option<u64>,
    #[command(flatten)]
    remote: Remote,
}

impl Run {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let format = if self.json {
            Format::Json
        } else {
            self.remote.output
        };
        let client = self.remote.client(console)?;
        let mut given = parameters::read(
            &self.parameters,
            &takes(&client, &self.action)?,
            self.auto_dict,
        )?;
        if self.inherit_env {
            let variables = console
                .environment
                .pairs()
                .map(|(name, value)| (name.to_owned(), Json::from(value)));
            given.insert("env".to_owned(), Json::Object(variables.collect()));
        }
        let requested = client
            .post(&Place::api(&["executions"]), &self.request(&given))?
            .body;
        let id = requested
            .get("id")
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned();
        if self.asynchronous {
            return told(console, format, &id, &requested);
        }
        let execution = if self.tail {
            follow::until_ended(&client, &id, &mut |text| console.write(text))?
        } else {
            follow::until_ended(&client, &id, &mut hear_nothing)?
        };
        show::item(console, format, &execution, ROWS)?;
        Ok(ending(&execution))
    }

    fn request(&self, parameters: &Object) -> Json {
        let mut request = json!({"action": self.action, "parameters": parameters});
        let context = |tag| json!({"trace_context": {"trace_tag": tag}});
        ask(
            &mut request,
            "context",
            self.trace_tag.as_ref().map(context),
        );
        ask(&mut request, "delay", self.delay);
        request
    }
}

/// Adds to a request what somebody asks for besides.
pub(super) fn ask(request: &mut Json, name: &str, wanted: Option<impl Into<Json>>) {
    if let (Some(wanted), Some(request)) = (wanted, request.as_object_mut()) {
        request.insert(name.to_owned(), wanted.into());
    }
}

/// What the action and its runner take, as the server knows them.
pub(super) fn takes(client: &Client, action: &str) -> Result<Takes, Failure> {
    let action = client.get(&Place::api(&["actions", action]))?.body;
    let text = |name: &str| {
        action
            .get(name)
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let runner = client
        .get(&Place::api(&["runnertypes", &text("runner_type")]))?
        .body;
    let parameters = |of: &Json, name: &str| {
        Parameters(
            of.get(name)
                .and_then(Json::as_object)
                .cloned()
                .unwrap_or_default(),
        )
    };
    Ok(Takes {
        action: text("ref"),
        of_action: parameters(&action, "parameters"),
        of_runner: parameters(&runner, "runner_parameters"),
    })
}

/// Tells the id of an execution that nobody waits for.
pub(super) fn told(
    console: &mut Console,
    format: Format,
    id: &str,
    requested: &Json,
) -> Result<Ending, Failure> {
    match format {
        Format::Table => {
            console.line(id)?;
            console.note(format!(
                "its result: squall execution get {id}\nits output: squall execution tail {id}"
            ));
        }
        format => show::value(console, format, requested)?,
    }
    Ok(Ending::Well)
}

//! `squall execution rerun ID name=value ...`

use clap::Args;
use serde_json::json;
use squall_model::Json;

use super::super::run::{ask, takes, told};
use super::{ROWS, ending, hear_nothing};
use crate::client::Place;
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::follow;
use crate::parameters;
use crate::remote::Remote;
use crate::show;

/// Do once more what an execution did, as a new execution
///
/// It is given what the earlier one was given, secrets included, and over that what stands here, written as for
/// `squall run`.
#[derive(Debug, Args)]
pub(crate) struct Rerun {
    /// The id of the execution; `last` is the newest
    id: String,
    /// What it is given anew
    #[arg(value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// Give it only what stands here
    #[arg(long)]
    no_merge: bool,
    /// Begin only after so many milliseconds
    #[arg(long, value_name = "MILLISECONDS")]
    delay: Option<u64>,
    /// Do not wait: print the id of the new execution
    #[arg(short, long = "async")]
    asynchronous: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Rerun {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let client = self.remote.client(console)?;
        let place = Place::api(&["executions", &self.id]).with("include_attributes", "id,action");
        let earlier = client.get(&place)?.body;
        let text =
            |value: Option<&Json>| value.and_then(Json::as_str).unwrap_or_default().to_owned();
        let action = text(earlier.get("action").and_then(|action| action.get("ref")));
        let given = parameters::read(&self.parameters, &takes(&client, &action)?, false)?;
        let mut place = Place::api(&["executions", &text(earlier.get("id")), "re_run"]);
        if self.no_merge {
            place = place.with("no_merge", true);
        }
        let mut request = json!({ "parameters": given });
        ask(&mut request, "delay", self.delay);
        let requested = client.post(&place, &request)?.body;
        let id = text(requested.get("id"));
        if self.asynchronous {
            return told(console, self.remote.output, &id, &requested);
        }
        let execution = follow::until_ended(&client, &id, &mut hear_nothing)?;
        show::item(console, self.remote.output, &execution, ROWS)?;
        Ok(ending(&execution))
    }
}

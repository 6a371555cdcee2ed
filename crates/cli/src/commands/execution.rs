//! `squall execution`

mod rerun;

use std::io;

use clap::{Args, Subcommand};
use squall_model::Json;

use self::rerun::Rerun;
use crate::client::{Client, Error, Place};
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::follow;
use crate::remote::Remote;
use crate::show::{self, Column, Format};

const COLUMNS: &[Column] = &[
    Column::plain("id", "id"),
    Column::plain("action", "action.ref"),
    Column::plain("user", "context.user"),
    Column::status("status", "status"),
    Column::time("started", "start_timestamp"),
    Column::plain("seconds", "elapsed_seconds"),
];

/// What people see of one execution.
pub(super) const ROWS: &[Column] = &[
    Column::plain("id", "id"),
    Column::plain("action", "action.ref"),
    Column::plain("rule", "rule.ref"),
    Column::plain("event", "trigger_instance.id"),
    Column::plain("user", "context.user"),
    Column::status("status", "status"),
    Column::time("started", "start_timestamp"),
    Column::time("ended", "end_timestamp"),
    Column::plain("seconds", "elapsed_seconds"),
    Column::plain("parameters", "parameters"),
    Column::plain("result", "result"),
];

/// Look at what was done and is being done, stop it, do it again
#[derive(Debug, Subcommand)]
pub(crate) enum Execution {
    /// List executions, newest first
    List(List),
    /// Show an execution with its result
    Get(Get),
    /// Print what an action prints, from its beginning to its end
    Tail(Tail),
    /// Stop executions: what they started is killed
    Cancel(Cancel),
    /// Do once more what an execution did, as a new execution
    Rerun(Rerun),
}

/// Which executions.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only executions of this action
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Only executions with one of these statuses, separated by commas
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Only executions that this rule started
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// Only executions that this event started
    #[arg(long, value_name = "ID")]
    event: Option<String>,
    /// At most so many
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    remote: Remote,
}

/// One execution.
#[derive(Debug, Args)]
pub(crate) struct Get {
    /// Its id; `last` is the newest
    id: String,
    /// Show only this part of the result, such as `stdout` or `result.path`
    #[arg(short, long, value_name = "PATH")]
    key: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

/// An execution to listen to.
#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// Its id; `last` is the newest
    #[arg(default_value = "last")]
    id: String,
    #[command(flatten)]
    remote: Remote,
}

/// Executions to stop.
#[derive(Debug, Args)]
pub(crate) struct Cancel {
    /// Their ids
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    remote: Remote,
}

impl Execution {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        match self {
            Self::List(list) => list.run(console),
            Self::Get(get) => get.run(console),
            Self::Tail(tail) => tail.run(console),
            Self::Cancel(cancel) => cancel.run(console),
            Self::Rerun(rerun) => rerun.run(console),
        }
    }
}

impl List {
    fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let place = Place::api(&["executions"])
            .with("limit", self.limit)
            .with("exclude_attributes", "result,trigger_instance")
            .with_some("action", self.action)
            .with_some("status", self.status)
            .with_some("rule", self.rule)
            .with_some("trigger_instance", self.event);
        self.remote.list(console, &place, COLUMNS)
    }
}

impl Get {
    fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let execution = self
            .remote
            .client(console)?
            .get(&Place::api(&["executions", &self.id]))?
            .body;
        let Some(key) = self.key else {
            show::item(console, self.remote.output, &execution, ROWS)?;
            return Ok(Ending::Well);
        };
        let part = key
            .split('.')
            .try_fold(execution.get("result"), |value, name| {
                Some(value?.get(name))
            });
        let missing = || Error::NotFound(format!("the result has no `{key}`"));
        match (self.remote.output, part.flatten().ok_or_else(missing)?) {
            (Format::Table, Json::String(text)) => console.line(text)?,
            (format, part) => show::value(console, format, part)?,
        }
        Ok(Ending::Well)
    }
}

impl Tail {
    fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let client = self.remote.client(console)?;
        let place = Place::api(&["executions", &self.id]).with("include_attributes", "id");
        let id = client.get(&place)?.body;
        let id = id.get("id").and_then(Json::as_str).unwrap_or(&self.id);
        let execution = follow::until_ended(&client, id, &mut |text| console.write(text))?;
        note_ending(console, &execution);
        Ok(ending(&execution))
    }
}

impl Cancel {
    fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let client = self.remote.client(console)?;
        let mut ending = Ending::Well;
        for id in &self.ids {
            if !cancel(&client, id, console)? {
                ending = Ending::Badly;
            }
        }
        Ok(ending)
    }
}

/// As in StackStorm an answer with a `faultstring` says that it had ended before.
fn cancel(client: &Client, id: &str, console: &mut Console) -> Result<bool, Failure> {
    let answer = client.delete(&Place::api(&["executions", id]))?.body;
    match answer.get("faultstring").and_then(Json::as_str) {
        Some(fault) => console.note(format!("{id}: {fault}")),
        None => {
            let status = answer
                .get("status")
                .and_then(Json::as_str)
                .unwrap_or("canceled");
            console.line(format!("{id}: {status}"))?;
        }
    }
    Ok(answer.get("faultstring").is_none())
}

/// Whether an execution went well.
pub(super) fn ending(execution: &Json) -> Ending {
    let status = execution.get("status").and_then(Json::as_str);
    if status == Some("succeeded") {
        Ending::Well
    } else {
        Ending::Badly
    }
}

fn note_ending(console: &mut Console, execution: &Json) {
    let text = |name: &str| {
        execution.get(name).map(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
    };
    let (status, seconds) = (
        text("status").unwrap_or_default(),
        text("elapsed_seconds").unwrap_or_else(|| "0".to_owned()),
    );
    console.note(format!(
        "{} {status} after {seconds} s",
        text("id").unwrap_or_default()
    ));
}

/// For those who only want to wait.
pub(super) fn hear_nothing(_text: &str) -> io::Result<()> {
    Ok(())
}

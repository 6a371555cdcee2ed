//! `squall event`

use clap::{Args, Subcommand};
use serde_json::json;

use crate::client::Place;
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::input;
use crate::remote::Remote;
use crate::show::{self, Column, Format};

const COLUMNS: &[Column] = &[
    Column::plain("id", "id"),
    Column::plain("trigger", "trigger"),
    Column::time("occurred", "occurrence_time"),
    Column::status("status", "status"),
];

const ROWS: &[Column] = &[
    Column::plain("id", "id"),
    Column::plain("trigger", "trigger"),
    Column::time("occurred", "occurrence_time"),
    Column::status("status", "status"),
    Column::plain("payload", "payload"),
];

const DECISIONS: &[Column] = &[
    Column::plain("rule", "rule.ref"),
    Column::status("decision", "status"),
    Column::plain("execution", "execution_id"),
    Column::plain("reason", "failure_reason"),
];

/// Let something happen, or look at what has happened
#[derive(Debug, Subcommand)]
pub(crate) enum Event {
    /// Send an event to the rules
    ///
    /// The event is on disk when this returns; what the rules made of it shows in `squall event list`.
    Send(Send),
    /// List events, newest first
    List(List),
    /// Show an event, and what the rules decided about it
    Get(One),
    /// Send an event through the rules once more, as a new event
    #[command(name = "re-emit")]
    ReEmit(One),
}

/// What to send.
#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The trigger that it belongs to, such as `examples.sample_trigger`
    trigger: String,
    /// What is known about it: JSON, or a JSON or YAML file (`-` for standard input)
    #[arg(short, long, value_name = "JSON|FILE", default_value = "{}")]
    payload: String,
    /// A name by which everything that comes of it can be found again
    #[arg(long, value_name = "TAG")]
    trace_tag: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

/// Which events.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only events of this trigger
    #[arg(long, value_name = "TRIGGER")]
    trigger: Option<String>,
    /// Only events with this status: pending, processing, processed, processing_failed
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// At most so many
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    remote: Remote,
}

/// One event.
#[derive(Debug, Args)]
pub(crate) struct One {
    /// Its id
    id: String,
    #[command(flatten)]
    remote: Remote,
}

impl Event {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        match self {
            Self::Send(send) => send.run(console),
            Self::List(list) => list.run(console),
            Self::Get(one) => one.get(console),
            Self::ReEmit(one) => one.re_emit(console),
        }
    }
}

impl Send {
    fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let mut body =
            json!({"trigger": self.trigger, "payload": input::inline_or_file(&self.payload)?});
        if let (Some(tag), Some(body)) = (self.trace_tag, body.as_object_mut()) {
            body.insert("trace".to_owned(), json!({ "trace_tag": tag }));
        }
        let accepted = self
            .remote
            .client(console)?
            .post(&Place::api(&["webhooks", "st2"]), &body)?;
        match self.remote.output {
            Format::Table => console.line(format!("accepted an event of {}", self.trigger))?,
            format => show::value(console, format, &accepted.body)?,
        }
        Ok(Ending::Well)
    }
}

impl List {
    fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let place = Place::api(&["triggerinstances"])
            .with("limit", self.limit)
            .with_some("trigger", self.trigger)
            .with_some("status", self.status);
        self.remote.list(console, &place, COLUMNS)
    }
}

impl One {
    fn get(self, console: &mut Console) -> Result<Ending, Failure> {
        let client = self.remote.client(console)?;
        let event = client
            .get(&Place::api(&["triggerinstances", &self.id]))?
            .body;
        show::item(console, self.remote.output, &event, ROWS)?;
        if self.remote.output == Format::Table {
            let decisions = Place::api(&["ruleenforcements"])
                .with("trigger_instance", &self.id)
                .with("limit", -1);
            let decisions = client.get(&decisions)?.body;
            let decisions = decisions.as_array().map(Vec::as_slice).unwrap_or_default();
            console.line("")?;
            if decisions.is_empty() {
                console.line("no rule matched")?;
            } else {
                show::list(console, Format::Table, decisions, DECISIONS)?;
            }
        }
        Ok(Ending::Well)
    }

    fn re_emit(self, console: &mut Console) -> Result<Ending, Failure> {
        let place = Place::api(&["triggerinstances", &self.id, "re_emit"]);
        let answer = self.remote.client(console)?.post(&place, &json!({}))?.body;
        match (
            self.remote.output,
            answer.get("message").and_then(|message| message.as_str()),
        ) {
            (Format::Table, Some(message)) => console.line(message)?,
            (format, _) => show::value(console, format, &answer)?,
        }
        Ok(Ending::Well)
    }
}

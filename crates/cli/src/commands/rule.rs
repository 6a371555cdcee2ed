//! `squall rule`

mod test;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use squall_model::Json;

use crate::client::Place;
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::input;
use crate::remote::Remote;
use crate::show::{self, Column};

pub(crate) use test::NotEvaluated;

const COLUMNS: &[Column] = &[
    Column::plain("rule", "ref"),
    Column::yes_no("enabled", "enabled"),
    Column::plain("trigger", "trigger.type"),
    Column::plain("action", "action.ref"),
    Column::plain("description", "description"),
];

const ROWS: &[Column] = &[
    Column::plain("id", "id"),
    Column::plain("rule", "ref"),
    Column::plain("description", "description"),
    Column::yes_no("enabled", "enabled"),
    Column::plain("file", "metadata_file"),
    Column::plain("trigger", "trigger"),
    Column::plain("criteria", "criteria"),
    Column::plain("action", "action"),
];

/// Look at rules, change them, and try them out
#[derive(Debug, Subcommand)]
pub(crate) enum Rule {
    /// List rules by name
    List(List),
    /// Show a rule
    Get(One),
    /// Register the rule in a YAML or JSON file
    Create(Create),
    /// Put the rule in a YAML or JSON file in the place of another
    Update(Update),
    /// Let a rule be asked again
    Enable(One),
    /// Let a rule not be asked any more
    Disable(One),
    /// Delete a rule
    Delete(One),
    Test(test::Test),
}

/// Which rules.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only rules of this pack
    #[arg(short, long, value_name = "PACK")]
    pack: Option<String>,
    /// Only rules that listen to this trigger
    #[arg(long, value_name = "TRIGGER")]
    trigger: Option<String>,
    /// Only rules that start this action
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// At most so many
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 500)]
    limit: u32,
    #[command(flatten)]
    remote: Remote,
}

/// One rule.
#[derive(Debug, Args)]
pub(crate) struct One {
    /// Its name with its pack, or its id
    rule: String,
    #[command(flatten)]
    remote: Remote,
}

/// A rule to register.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The rule's file (`-` for standard input)
    file: PathBuf,
    #[command(flatten)]
    remote: Remote,
}

/// A rule to be replaced.
#[derive(Debug, Args)]
pub(crate) struct Update {
    #[command(flatten)]
    one: One,
    /// The file with its new form (`-` for standard input)
    file: PathBuf,
}

impl Rule {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        match self {
            Self::List(list) => list.run(console),
            Self::Get(one) => one.remote.item(console, &one.place(), ROWS),
            Self::Create(create) => create.run(console),
            Self::Update(update) => update.run(console),
            Self::Enable(one) => one.switch(true, console),
            Self::Disable(one) => one.switch(false, console),
            Self::Delete(one) => one.delete(console),
            Self::Test(test) => test.run(console),
        }
    }
}

impl List {
    fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let place = Place::api(&["rules"])
            .with("limit", self.limit)
            .with_some("pack", self.pack)
            .with_some("trigger", self.trigger)
            .with_some("action", self.action);
        self.remote.list(console, &place, COLUMNS)
    }
}

impl Create {
    fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let rule = Json::Object(input::object(&self.file)?);
        let made = self
            .remote
            .client(console)?
            .post(&Place::api(&["rules"]), &rule)?
            .body;
        show::item(console, self.remote.output, &made, ROWS)?;
        note_if_disabled(&made, console);
        Ok(Ending::Well)
    }
}

impl Update {
    fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let rule = Json::Object(input::object(&self.file)?);
        let remote = &self.one.remote;
        let changed = remote.client(console)?.put(&self.one.place(), &rule)?.body;
        show::item(console, remote.output, &changed, ROWS)?;
        note_if_disabled(&changed, console);
        Ok(Ending::Well)
    }
}

fn note_if_disabled(rule: &Json, console: &mut Console) {
    if rule.get("enabled").and_then(Json::as_bool) == Some(false) {
        console.note("the rule is not enabled: only a rule that says `enabled: true` is asked");
    }
}

impl One {
    fn place(&self) -> Place {
        Place::api(&["rules", &self.rule])
    }

    /// As the stock client does it: the whole rule is read, changed and written.
    fn switch(self, enabled: bool, console: &mut Console) -> Result<Ending, Failure> {
        let client = self.remote.client(console)?;
        // Masked secrets would be written back as their masks.
        let mut rule = client.get(&self.place().with("show_secrets", true))?.body;
        if let Some(rule) = rule.as_object_mut() {
            rule.insert("enabled".to_owned(), Json::Bool(enabled));
        }
        let changed = client.put(&self.place(), &rule)?.body;
        show::list(console, self.remote.output, &[changed], COLUMNS)?;
        Ok(Ending::Well)
    }

    fn delete(self, console: &mut Console) -> Result<Ending, Failure> {
        self.remote.client(console)?.delete(&self.place())?;
        console.note(format!("deleted {}", self.rule));
        Ok(Ending::Well)
    }
}

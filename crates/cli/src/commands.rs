//! The commands, one file each: what it takes, and what it does.

mod action;
mod admin;
mod completion;
mod demo;
mod dev;
mod event;
mod execution;
mod expression;
mod finding;
mod guard;
mod key;
mod pack;
mod playbook;
mod rule;
mod run;
mod serve;
mod settings;

use clap::Subcommand;

use crate::console::Console;
use crate::failure::{Ending, Failure};

pub(crate) use admin::Error as AdminError;
pub(crate) use demo::Error as DemoError;
pub(crate) use finding::NotRendered;
pub(crate) use pack::InstallError;
pub(crate) use playbook::NotTried;
pub(crate) use rule::NotEvaluated;

/// Everything Squall can be told to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Dev(dev::Dev),
    Serve(serve::Serve),
    Demo(demo::Demo),
    Run(run::Run),
    #[command(subcommand)]
    Event(event::Event),
    #[command(subcommand)]
    Execution(execution::Execution),
    #[command(subcommand)]
    Rule(rule::Rule),
    #[command(subcommand)]
    Action(action::Action),
    #[command(subcommand)]
    Pack(pack::Pack),
    #[command(subcommand)]
    Playbook(playbook::Playbook),
    #[command(subcommand)]
    Finding(finding::Finding),
    #[command(subcommand)]
    Key(key::Key),
    #[command(subcommand)]
    Admin(admin::Admin),
    #[command(subcommand)]
    Expression(expression::Expression),
    Settings(settings::Settings),
    Completion(completion::Completion),
    /// Not for people: ends what a server had started if the server dies
    #[command(hide = true)]
    Guard,
}

impl Command {
    /// Does it.
    pub(crate) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        match self {
            Self::Dev(dev) => dev.run(console),
            Self::Serve(serve) => serve.run(console),
            Self::Demo(demo) => demo.run(console),
            Self::Run(run) => run.run(console),
            Self::Event(event) => event.run(console),
            Self::Execution(execution) => execution.run(console),
            Self::Rule(rule) => rule.run(console),
            Self::Action(action) => action.run(console),
            Self::Pack(pack) => pack.run(console),
            Self::Playbook(playbook) => playbook.run(console),
            Self::Finding(finding) => finding.run(console),
            Self::Key(key) => key.run(console),
            Self::Admin(admin) => admin.run(console),
            Self::Expression(expression) => expression.run(console),
            Self::Settings(settings) => settings.run(console),
            Self::Completion(completion) => completion.run(console),
            Self::Guard => Ok(guard::run()),
        }
    }
}

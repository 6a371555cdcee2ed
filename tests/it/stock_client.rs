//! The stock StackStorm client, unchanged and without settings of its own, does its work against Squall. The snapshots are
//! what a user sees.

mod access;
mod actions;
mod actions_made;
mod contexts;
mod datastore;
mod executions;
mod history;
mod installation;
mod owners;
mod packs;
mod rules;
mod traces;
mod usual_ports;

use std::path::PathBuf;

use crate::machine;
use crate::packs::examples;
use crate::server::{Server, Settings};
use crate::stock::Client;

/// The client's program; nothing where it could not be installed.
fn program(story: &str) -> Option<PathBuf> {
    let program = machine::stock_client();
    if program.is_none() {
        machine::skipped(story, "the stock client st2client 3.9.0 is not installed");
    }
    program
}

/// A server with the example packs, and a client for it.
fn pair(story: &str) -> Option<(Server, Client)> {
    let program = program(story)?;
    let squall = Settings::dev().packs(&examples()).start();
    let client = Client::of(program, &squall);
    Some((squall, client))
}

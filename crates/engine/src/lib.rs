//! Decides. Nothing here does I/O, reads a clock or rolls dice.
//!
//! What happened comes in as a closed enum ([`execution::Input`]), what is to be done goes out as one
//! ([`execution::Command`]); what a pure function may not fetch is handed to it as [`facts::Facts`]. The server turns
//! every command into a row of one transaction and only then acts on it, so a crash between two lines loses nothing, and
//! the same input with the same facts gives the same decision on any node.
//!
//! Reading order: [`execution`] is the life of one doing of an action; [`rule`] says which rules an event matches and
//! why, [`playbook`] which of Robusta's playbooks; [`parameters`] fills, checks, renders and casts what an action is given;
//! [`finding`] says which sinks take what actions found out.
//!
//! Left out deliberately: durability (the store), order and concurrency (the server), and how an action is carried out
//! (the runners).

pub mod execution;
pub mod facts;
pub mod finding;
pub mod parameters;
pub mod playbook;
pub mod rule;
pub mod schema;

mod expressions;
#[cfg(test)]
mod recorded;
mod scope;

//! The loop: events come in, rules decide, actions run, history remembers.
//!
//! [`start`] makes a server of settings and gives one [`Handle`]; the wire and the command line are made of its methods.
//! Inside, each task owns its work and waits for the next piece: [`ingest`](Handle::ingest) makes events durable,
//! `decide` asks the rules and records their verdicts, `schedule` gives room to executions (`delayed` to those that wait
//! for a moment), `attempt` carries them out.
//! Whatever the engine commands is written before anybody acts on it.
//!
//! Reading order: [`handle`] is what others hold; then follow an event through [`ingest`], `decide`, `schedule` and
//! `attempt`; `recover` is what happens first at every start.
//!
//! Left out deliberately: what anything means (the engine), and how it is asked for (the wire).

pub mod access;
pub mod action_files;
pub mod changes;
pub mod clock;
pub mod drafts;
pub mod handle;
pub mod ingest;
pub mod keys;
pub mod metrics;

pub mod pack_files;
pub mod playbooks;
pub mod registry;
pub mod reload;
pub mod requests;
pub mod rerun;
pub mod settings;
pub mod spans;
pub mod tasks;
pub mod virtualenvs;

mod attempt;
mod attempts;
mod calls;
mod configs;
mod decide;
mod definitions;
mod delayed;
mod expire;
mod output;
mod recover;
mod retention;
mod schedule;
mod sealed;
mod secrets;
mod start;
mod stop;
mod undecided;
mod watch;

pub use handle::{Error, Handle};
pub use settings::{Retention, Settings};
pub use squall_store::{Error as StoreError, ExecutionColumn};
pub use start::{StartError, start};
pub use stop::Left;
pub use tasks::aside;

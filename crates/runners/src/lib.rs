//! Catalogue: how kinds of actions are carried out. One file a runner; [`ALL`] lists them.
//!
//! A runner takes its parameters and a [`Run`] and gives an [`Outcome`]. It sees neither the engine nor the store: what
//! it may use is in the `Run`, nothing is ambient. What an action does wrong is an `Outcome`, never an error of ours; a
//! runner that panics fails its execution and nothing else.
//!
//! A new runner is a file with a manual page, a type that is a [`Runner`], and its line in [`ALL`].
//!
//! Left out deliberately: workflows. They look like runners to users, but are stepped inside the engine, because their
//! durability needs it. [`kinds`] names them beside StackStorm's other runners that this build cannot carry out. Playbooks
//! are carried out by the server, because they share what it holds: clusters, sinks, findings.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use squall_model::action::Action;
use squall_model::key::Scope;
use squall_model::outcome::Outcome;
use squall_model::record::OutputKind;
use squall_model::{Id, Json, Object};
use tokio_util::sync::CancellationToken;

mod announcement;
mod catalogue;
mod cloudevent;
mod cluster_calls;
pub mod egress;
pub mod guard;
mod host;
mod http_request;
mod local_shell_cmd;
mod local_shell_script;
mod noop;
mod playbook_call;
mod process;
pub mod python;
mod shell;
#[cfg(test)]
mod testing;

pub use catalogue::{Entry, PLAYBOOK, find, kinds};
pub use cluster_calls::{ClusterCalls, Effect, Effects};
pub use host::{Error as HostError, Host, Settings};
pub use http_request::Sender;
pub use playbook_call::{
    KubernetesExec, KubernetesRequest, PlaybookCall, Recurrence, ScheduledAction,
};
pub use process::limits::Limits;

use catalogue::entry;

/// Every runner there is, alphabetically.
pub static ALL: &[Entry] = &[
    entry::<announcement::Announcement>(),
    entry::<cloudevent::CloudEvent>(),
    entry::<http_request::HttpRequest>(),
    entry::<local_shell_cmd::LocalShellCmd>(),
    entry::<local_shell_script::LocalShellScript>(),
    entry::<noop::Noop>(),
    entry::<python::Python>(),
];

/// One kind of action, and how it is carried out.
pub trait Runner: Sized + Send + 'static {
    /// What an action writes under `runner_type`.
    const NAME: &'static str;
    /// Its description and parameters: a JSON object with `description`, `package`, `parameters`, and where they exist
    /// `aliases`, `output_key`, `output_schema`. This is what users see as the runner type.
    const DEFINITION: &'static str;
    /// Its parameters, defaults already filled and types already cast. Those that are null are left out.
    type Params: DeserializeOwned + Send;

    /// Carries out one action. Returns within a second of `run.cancel` firing, with nothing left running.
    fn run(params: Self::Params, run: Run) -> impl Future<Output = Outcome> + Send;
}

/// What a runner is given for one attempt.
pub struct Run {
    /// The execution.
    pub execution: Id,
    /// The action.
    pub action: Arc<Action>,
    /// The folder of the action's pack; none for an action made over REST without files.
    pub pack_dir: Option<PathBuf>,
    /// The action's own parameters: those that are not the runner's.
    pub parameters: Object,
    /// The user it runs for.
    pub user: String,
    /// The pack's config, dynamic values resolved and secrets decrypted.
    pub config: Object,
    /// Variables every action finds in its environment (`ST2_ACTION_...`).
    pub environment: Vec<(String, String)>,
    /// Takes what the action prints.
    pub output: Arc<dyn Output>,
    /// Answers what the action asks while it runs.
    pub calls: Arc<dyn Calls>,
    /// Fires when the execution is cancelled or the server stops.
    pub cancel: CancellationToken,
    /// What it may use of this machine.
    pub host: Arc<Host>,
}

/// A boxed future, for the traits that runners are handed as objects.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Takes what an action prints, as it prints it.
pub trait Output: Send + Sync {
    /// Takes a piece of output. Waits while the receiver is busy: a chatty action is slowed down, not buffered without
    /// bounds. Pieces past the recorded limit are counted and dropped.
    fn write(&self, kind: OutputKind, data: String) -> Later<'_, ()>;
}

/// What a running action may ask of the server. The server authorises and records each.
pub trait Calls: Send + Sync {
    /// Answers one question; the error is a message for the action's author.
    fn call(&self, call: Call) -> Later<'_, Result<Json, String>>;
}

/// One question of a running action.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// A datastore value by full name; null if there is none.
    GetKey {
        /// Whose.
        scope: Scope,
        /// Full name.
        name: String,
        /// Whether a secret is wanted in clear.
        decrypt: bool,
    },
    /// Sets a datastore value.
    SetKey {
        /// Whose.
        scope: Scope,
        /// Full name.
        name: String,
        /// The value.
        value: String,
        /// Seconds until it vanishes; below zero it vanishes at once.
        ttl: Option<i64>,
        /// Whether to keep it encrypted.
        encrypt: bool,
    },
    /// Deletes a datastore value; true if there was one.
    DeleteKey {
        /// Whose.
        scope: Scope,
        /// Full name.
        name: String,
    },
    /// Lists datastore values whose names begin with a prefix: an array of `{name, value, ...}`.
    ListKeys {
        /// Begin of the names.
        prefix: String,
        /// How many at most.
        limit: Option<u64>,
        /// How many to leave out.
        offset: u64,
    },
    /// Tells those who listen to the event stream.
    Announce {
        /// By which they choose.
        route: String,
        /// What they are told; it holds no secret.
        payload: Object,
    },
    /// Who the action runs for: `{username, ...}`.
    UserInfo,
    /// What only an action of a playbook may ask.
    Playbook(PlaybookCall),
}

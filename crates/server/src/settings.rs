//! What an installation can be told.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::spans;

/// Settings of the engine. Those of the wire (addresses, TLS, sign-in) are `api`'s.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where everything is kept: the store, virtualenvs, the unpacked Python worker.
    pub data: PathBuf,
    /// Folders that hold packs (or are one); of two packs of one name the first wins.
    pub packs: Vec<PathBuf>,
    /// Whether changed packs are noticed; if not, they are read when somebody registers them.
    pub watch_packs: bool,
    /// How often the packs' folders are looked at even if nothing tells of a change: not every file system does.
    pub rescan_packs: Duration,
    /// Folder of `<pack>.yaml` config values.
    pub configs: Option<PathBuf>,
    /// Folder of `_global.yaml` and `<pack>.yaml` that switch content on and off.
    pub overrides: Option<PathBuf>,
    /// Name of this node in attempts.
    pub node: String,
    /// The user that rules run actions as.
    pub system_user: String,
    /// How many actions run at a time.
    pub concurrent_actions: usize,
    /// How many events may wait for their decision before senders are told to come back later.
    pub pending_events: usize,
    /// How many executions may wait for their turn before senders are told to come back later.
    pub waiting_executions: usize,
    /// How long a stop waits for running actions.
    pub stop_within: Duration,
    /// How long a token of a running action is valid.
    pub action_token_ttl: Duration,
    /// The datastore's key file, in keyczar's format; without one secrets cannot be kept.
    pub crypto_key: Option<PathBuf>,
    /// The base URL that actions find in `ST2_ACTION_API_URL`, such as `http://127.0.0.1:8700/api/v1`.
    pub action_api_url: String,
    /// Networks that no HTTP action may connect to.
    pub refused_networks: Vec<squall_runners::egress::Network>,
    /// What starts the guard that ends actions when this process is killed: a program and its arguments.
    pub guard: Option<Vec<OsString>>,
    /// Recorded output per execution, in bytes; the rest is counted and dropped.
    pub output_limit: u64,
    /// The user of this machine that shell commands run as, through `sudo`; the server's own if none.
    pub shell_user: Option<String>,
    /// What an action, and each process it starts, may use.
    pub limits: squall_runners::Limits,
    /// Where spans of OpenTelemetry go.
    pub spans: spans::Settings,
    /// How long keys and tokens that have expired may stay on disk.
    pub sweep_every: Duration,
    /// How long history is remembered.
    pub retention: Retention,
    /// Playbooks, and the cluster they are about.
    pub playbooks: Playbooks,
}

/// Playbooks, and the cluster they are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playbooks {
    /// Files of playbooks.
    pub files: Vec<PathBuf>,
    /// Folders with Python actions, besides the repositories that the files name.
    pub repositories: Vec<PathBuf>,
    /// How often the files are looked at.
    pub rescan: Duration,
    /// How long an alert is remembered, so that it is not taken twice.
    pub alerts_remembered: Duration,
    /// Whether the cluster is the one that this process runs in.
    pub in_cluster: bool,
    /// The kubeconfig that names the cluster; no cluster if there is neither.
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig; its current one if none is named.
    pub kubernetes_context: Option<String>,
    /// The variables that files of playbooks may speak of (`{{ env.NAME }}`).
    pub environment: BTreeMap<String, String>,
}

impl Default for Playbooks {
    /// None.
    fn default() -> Self {
        Self {
            files: Vec::new(),
            repositories: Vec::new(),
            rescan: Duration::from_secs(2),
            alerts_remembered: Duration::from_secs(7200),
            in_cluster: false,
            kubeconfig: None,
            kubernetes_context: None,
            environment: BTreeMap::new(),
        }
    }
}

/// How long history is remembered, by kind; `None` is for ever.
///
/// An age counts from the end of an execution, from the moment of a decision, and from when an event was recorded.
/// Whatever is undecided or under way is kept at any age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Executions with their results, their output and the executions they asked for.
    pub executions: Option<Duration>,
    /// Output of executions; the executions stay.
    pub output: Option<Duration>,
    /// Decisions.
    pub decisions: Option<Duration>,
    /// Events.
    pub events: Option<Duration>,
    /// How often what is older is looked for.
    pub every: Duration,
}

const DAY: Duration = Duration::from_secs(86_400);

impl Default for Retention {
    /// What an auditor may ask for stays a quarter of a year, what fills the disk for weeks.
    fn default() -> Self {
        Self {
            executions: Some(DAY * 90),
            output: Some(DAY * 7),
            decisions: Some(DAY * 90),
            events: Some(DAY * 30),
            every: Duration::from_secs(600),
        }
    }
}

impl Settings {
    /// Settings for a laptop: everything below `data`.
    pub fn for_development(data: PathBuf) -> Self {
        Self {
            configs: Some(data.join("configs")),
            overrides: Some(data.join("overrides")),
            data,
            packs: Vec::new(),
            watch_packs: true,
            rescan_packs: Duration::from_secs(30),
            node: "dev".to_owned(),
            system_user: "stanley".to_owned(),
            concurrent_actions: 60,
            pending_events: 10_000,
            waiting_executions: 100_000,
            stop_within: Duration::from_secs(10),
            action_token_ttl: Duration::from_secs(86_400),
            crypto_key: None,
            action_api_url: String::new(),
            refused_networks: Vec::new(),
            guard: None,
            output_limit: 10 * 1024 * 1024,
            shell_user: None,
            limits: squall_runners::Limits {
                memory: Some(4 << 30),
                ..squall_runners::Limits::default()
            },
            spans: spans::Settings::default(),
            sweep_every: Duration::from_secs(60),
            retention: Retention::default(),
            playbooks: Playbooks::default(),
        }
    }
}

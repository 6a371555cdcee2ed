//! What an action of a playbook may ask of the server while it runs.
//!
//! The Python side says it as JSON (`workers/python/squall_worker/calls.py`). What nobody should have to carry out is
//! refused here (`check`), with a message for the action's author; what passes is bounded.

use serde::Deserialize;
use squall_model::{Json, Object};

mod check;

/// One question of a running playbook action.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PlaybookCall {
    /// One request to the Kubernetes API: `{code, reason, headers, body}`.
    KubernetesRequest(KubernetesRequest),
    /// One command in a pod: `{output, exit_code}`.
    KubernetesExec(KubernetesExec),
    /// Whether something may be done now; if so, it is marked as done.
    RateLimit {
        /// What.
        operation: String,
        /// On whom.
        id: String,
        /// How long it may not be done again.
        period_seconds: f64,
    },
    /// What playbooks have stored under a name; null if nothing.
    PersistentGet {
        /// The name.
        name: String,
    },
    /// Stores something for playbooks.
    PersistentSet {
        /// The name.
        name: String,
        /// What.
        value: Json,
    },
    /// Runs an action later, perhaps repeatedly.
    ScheduleAction(ScheduledAction),
    /// Tells other playbooks that something has happened.
    EmitEvent {
        /// What.
        name: String,
        /// More about it.
        arguments: Object,
    },
    /// The workload that a name belongs to: `{resource_type, name, namespace}`, or null.
    ServiceOf {
        /// The name.
        name: String,
        /// Its namespace.
        namespace: String,
    },
    /// What runs next, when all that was asked for has run: `{playbooks, findings}`, or null. It comes with what has come
    /// of it so far, in the form of [`Results`](crate::python::Results).
    NextPlaybooks(Json),
}

/// One request to the Kubernetes API.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KubernetesRequest {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// Such as `/api/v1/namespaces/default/pods/web-1`, encoded as in a URL.
    pub path: String,
    /// Parameters; each is a value or a list of them.
    #[serde(default)]
    pub query: Object,
    /// What is sent.
    #[serde(default)]
    pub body: Json,
    /// What that is; JSON if it does not say, in a `PATCH` a strategic merge.
    #[serde(default)]
    pub content_type: Option<String>,
}

/// One command in a pod.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KubernetesExec {
    /// The pod's namespace.
    pub namespace: String,
    /// Its name.
    pub pod: String,
    /// Its container; the only or the usual one if none.
    #[serde(default)]
    pub container: Option<String>,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// What the command reads, in base64.
    #[serde(default)]
    pub input: Option<String>,
}

/// An action that is to run later.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduledAction {
    /// Its name.
    pub action: String,
    /// What tells this plan from others of the action.
    pub task_id: String,
    /// When.
    pub schedule: Recurrence,
    /// The sinks its findings go to.
    #[serde(default)]
    pub named_sinks: Option<Vec<String>>,
    /// Its parameters.
    #[serde(default)]
    pub action_params: Json,
    /// Whether it takes the place of a plan with the same id.
    #[serde(default)]
    pub replace_existing: bool,
    /// Whether it is a plan of its own and not part of a playbook.
    #[serde(default)]
    pub standalone_task: bool,
}

/// When a planned action runs; the names are Robusta's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind")]
pub enum Recurrence {
    /// After the same delay again and again.
    FixedDelayRepeat {
        /// How often; for ever below zero.
        repeat: i64,
        /// The delay.
        seconds_delay: u64,
    },
    /// After each of these delays, once.
    DynamicDelayRepeat {
        /// Seconds.
        delay_periods: Vec<u64>,
    },
    /// At the times of a cron expression.
    CronScheduleRepeat {
        /// The expression.
        cron_expression: String,
    },
}

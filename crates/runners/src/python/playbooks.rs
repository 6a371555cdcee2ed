//! Actions of playbooks: what a set of repositories has, and the actions of one event, in order, in one child.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use squall_model::playbook::actions::{KnownAction, RepositoryProblem};
use squall_model::record::OutputKind;
use squall_model::{Id, Json, Object};
use tokio_util::sync::CancellationToken;

use super::child::Child;
use super::conversation::{self, Ended, Stopped, Terms, hold};
use super::repository::{Located, Repository};
use super::{Error, LOST};
use crate::process::{MARKER, explain, told_by};
use crate::{Call, Calls, Host, Later, Output};

/// How long repositories may take to tell what they have; their code is imported by then.
const INSPECT_WITHIN: Duration = Duration::from_secs(60);

/// The actions of one event.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where the actions are; later repositories win.
    pub repositories: Vec<Repository>,
    /// What happened, as `workers/python/squall_worker/trigger_events.py` describes it.
    pub event: Json,
    /// `account_id` and `cluster_name`.
    pub context: Object,
    /// Parameters for all actions, behind an action's own.
    pub global_config: Object,
    /// What to do, in order.
    pub playbooks: Vec<Share>,
    /// What was found before, by sink: lists of findings, the newest first.
    pub findings: Option<Object>,
    /// Whether to ask for more ([`PlaybookCall::NextPlaybooks`](crate::PlaybookCall)) when all is done.
    pub more: bool,
}

/// What one playbook does with the event.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Share {
    /// The names of the sinks that its findings go to.
    pub sinks: Vec<String>,
    /// `include` and `ignore` of the trigger that fired; null if it has none.
    pub change_filters: Json,
    /// Whether nothing follows it.
    pub stop: bool,
    /// Its actions, in order.
    pub actions: Vec<Step>,
}

/// One action of a playbook.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Its own parameters.
    pub params: Object,
}

/// What surrounds the actions of one event.
pub struct Surroundings {
    /// The execution they belong to.
    pub execution: Id,
    /// Variables they find in their environment.
    pub environment: Vec<(String, String)>,
    /// Takes what they print.
    pub output: Arc<dyn Output>,
    /// Answers what they ask.
    pub calls: Arc<dyn Calls>,
    /// Ends them.
    pub cancel: CancellationToken,
    /// How long all of them may take together.
    pub timeout: Duration,
}

/// What came of the actions of one event.
#[derive(Debug)]
pub struct Performed {
    /// How it ended.
    pub end: End,
    /// What has come of it. If they were ended, this is what they had told before: none if that was nothing, or nothing
    /// since the last answer to `next_playbooks`.
    pub results: Option<Results>,
    /// The action that was running when it ended, unless all was done.
    pub during: Option<During>,
    /// What was printed, up to the limit.
    pub stdout: String,
    /// What was complained about, logs among it, up to the limit.
    pub stderr: String,
}

/// How the actions of one event ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// All of them ran; which went well stands in the results.
    Done,
    /// They took too long.
    TimedOut,
    /// Somebody asked for it.
    Cancelled,
    /// Their process died, or did what makes no sense. The text says how.
    Died(String),
    /// Their process was lost through no fault of theirs. The text says how.
    Lost(String),
    /// They were not even started. The text says why.
    NotStarted(String),
}

/// What has come of actions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// By sink: lists of findings, the newest first.
    pub findings: Object,
    /// What the last playbook says to whoever asked for it: `success`, and perhaps `msg`, `error_code` and more.
    #[serde(default)]
    pub response: Json,
    /// Whether an action or a playbook has ended the processing of the event.
    #[serde(default)]
    pub stopped: bool,
    /// Every action that has run, in order.
    #[serde(default)]
    pub actions: Vec<Ran>,
}

/// One action that has run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ran {
    /// The place of its playbook among all that the child was given.
    pub playbook: usize,
    /// Its name.
    pub name: String,
    /// Whether it went well.
    pub success: bool,
    /// Robusta's number for what went wrong.
    pub error_code: Option<i64>,
    /// What went wrong.
    pub message: Option<String>,
    /// How long it took.
    pub seconds: f64,
}

/// An action under way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct During {
    /// The place of its playbook among all that the child was given.
    pub playbook: usize,
    /// Its name.
    pub name: String,
}

/// What a set of repositories has.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Inspected {
    /// Its actions.
    pub actions: Vec<KnownAction>,
    /// Its modules that cannot be imported, and functions that are no actions.
    pub problems: Vec<RepositoryProblem>,
}

/// Repositories could not tell what they have.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// There is no process for it.
    #[error("cannot look at the playbook repositories")]
    Process(#[from] Error),
    /// The process did not come to an end.
    #[error("cannot look at the playbook repositories: {0}")]
    Ended(String),
    /// It said something else.
    #[error("cannot make sense of what the playbook repositories have")]
    Unreadable(#[from] serde_json::Error),
}

impl Host {
    /// What these repositories have. Their environment is made if need be, which may take minutes.
    ///
    /// # Errors
    /// They could not be asked. What is wrong in them is no error but a [`RepositoryProblem`].
    pub async fn inspect_playbooks(
        &self,
        repositories: &[Repository],
    ) -> Result<Inspected, InspectError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let execution = Id::of(&format!("inspection {count} by {}", std::process::id()));
        let (child, located) = self.python.playbook_child(repositories).await?;
        let request = conversation::Request {
            kind: "robusta_inspect",
            pack_dir: None,
            environment: &[(MARKER.to_owned(), execution.to_string())],
            limits: self.settings.limits,
            work: Inspection {
                repositories: &located,
            },
        };
        let terms = Terms {
            execution,
            host: self,
            output: &Nobody,
            calls: &Nobody,
            cancel: &CancellationToken::new(),
            within: INSPECT_WITHIN,
        };
        let ended = hold(child, &request, &terms).await;
        match ended.done {
            Some(done) => Ok(serde_json::from_value(done.result)?),
            None => Err(InspectError::Ended(ended.reason())),
        }
    }

    /// Carries out the actions of one event.
    pub async fn perform_playbooks(
        &self,
        request: &Request,
        surroundings: &Surroundings,
    ) -> Performed {
        let child = tokio::select! {
            child = self.python.playbook_child(&request.repositories) => child,
            () = surroundings.cancel.cancelled() => return Performed::without_start(End::Cancelled),
        };
        match child {
            Ok((child, located)) => {
                // Boxed, as whoever awaits this holds much else.
                let conversing = self.converse(child, &located, request, surroundings);
                let ended = Box::pin(conversing).await;
                Performed::of(ended)
            }
            Err(error) => Performed::without_start(End::NotStarted(explain(&error))),
        }
    }

    async fn converse(
        &self,
        child: Child,
        repositories: &[Located],
        request: &Request,
        surroundings: &Surroundings,
    ) -> Ended {
        let mut environment = surroundings.environment.clone();
        environment.push((MARKER.to_owned(), surroundings.execution.to_string()));
        let request = conversation::Request {
            kind: "robusta_actions",
            pack_dir: None,
            environment: &environment,
            limits: self.settings.limits,
            work: Work {
                repositories,
                event: &request.event,
                context: &request.context,
                global_config: &request.global_config,
                playbooks: &request.playbooks,
                findings: request.findings.as_ref(),
                more: request.more,
            },
        };
        let terms = Terms {
            execution: surroundings.execution,
            host: self,
            output: surroundings.output.as_ref(),
            calls: surroundings.calls.as_ref(),
            cancel: &surroundings.cancel,
            within: surroundings.timeout,
        };
        hold(child, &request, &terms).await
    }
}

/// What a child is told of an inspection.
#[derive(Serialize)]
struct Inspection<'a> {
    repositories: &'a [Located],
}

/// What a child is told of an event's actions.
#[derive(Serialize)]
struct Work<'a> {
    repositories: &'a [Located],
    event: &'a Json,
    context: &'a Object,
    global_config: &'a Object,
    playbooks: &'a [Share],
    findings: Option<&'a Object>,
    more: bool,
}

impl Performed {
    fn without_start(end: End) -> Self {
        Self {
            end,
            results: None,
            during: None,
            stdout: String::new(),
            stderr: String::new(),
        }
    }

    fn of(mut ended: Ended) -> Self {
        let is_done = ended.done.is_some();
        let told = ended.done.take().map(|done| done.result);
        let told = told.or(ended.progress.result.take());
        let during = Some(std::mem::take(&mut ended.progress.next)).filter(|_| !is_done);
        let mut performed = Self {
            end: ended.meaning(is_done),
            results: None,
            during: during.and_then(|during| serde_json::from_value(during).ok()),
            stdout: ended.stdout,
            stderr: ended.stderr,
        };
        match told.map(serde_json::from_value).transpose() {
            Ok(results) => performed.results = results,
            Err(error) => {
                performed.end = End::Died(format!("the actions gave what makes no sense: {error}"));
            }
        }
        performed
    }
}

impl Ended {
    fn meaning(&self, is_done: bool) -> End {
        match self.stopped {
            // What was told in time was told whole.
            _ if is_done => End::Done,
            Some(Stopped::TimedOut) => End::TimedOut,
            Some(Stopped::Cancelled) => End::Cancelled,
            None if self.code.is_none() && self.fault.is_none() => End::Lost(LOST.to_owned()),
            None => End::Died(self.reason()),
        }
    }

    /// Why the work is not done, in words.
    fn reason(&self) -> String {
        match (self.stopped, &self.fault, self.code) {
            (Some(Stopped::TimedOut), ..) => "it took too long".to_owned(),
            (Some(Stopped::Cancelled), ..) => "it was cancelled".to_owned(),
            (None, Some(fault), _) => explain(fault),
            (None, None, None) => LOST.to_owned(),
            (None, None, Some(code)) => {
                let how = told_by(code).unwrap_or_else(|| format!("exit code {code}"));
                match self.stderr.trim_end().lines().last() {
                    Some(last) => format!("{how}; its last words: {last}"),
                    None => how,
                }
            }
        }
    }
}

/// Listens to nothing and answers nothing.
struct Nobody;

impl Output for Nobody {
    fn write(&self, _: OutputKind, _: String) -> Later<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

impl Calls for Nobody {
    fn call(&self, _: Call) -> Later<'_, Result<Json, String>> {
        let refusal = "a repository may ask for nothing when it is imported".to_owned();
        Box::pin(std::future::ready(Err(refusal)))
    }
}

//! Carries out what an event has fired: the actions of its playbooks, in order, native ones here and Python's in a child,
//! with one event and one set of findings between them.
//!
//! It knows neither the store nor the engine: what actions may do besides is the [`World`]'s. So the same code serves a
//! server that records and a trial that only looks.

mod calls;
mod progress;

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use squall_actions::case::{Case, Effect, Event, Filtered, Findings, Means, RateLimits};
use squall_engine::playbook::Mark;
use squall_kubernetes::Cluster;
use squall_model::http::Http;
use squall_model::{Id, Json, Object, Timestamp};
use squall_runners::python::{
    End, Performed as Heard, Playbooks as PlaybookRequest, Repository, Surroundings,
};
use squall_runners::{Effects, Host, Later, Output, ScheduledAction};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use calls::{Asked, PlaybookCalls, Requests};
use progress::Progress;

/// How long what was asked to end may take to say what has come of it.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// What actions may do besides finding things out.
pub trait World: RateLimits + 'static {
    /// The cluster, if there is one.
    fn cluster(&self) -> Option<&Cluster>;
    /// Sends requests.
    fn http(&self) -> &dyn Http;
    /// What the time is.
    fn now(&self) -> Timestamp;
    /// What playbooks have stored under a name; null if nothing.
    fn stored<'a>(&'a self, name: &'a str) -> Later<'a, Result<Json, String>>;
    /// Stores something for playbooks.
    fn store<'a>(&'a self, name: &'a str, value: Json) -> Later<'a, Result<(), String>>;
    /// Has an action run later.
    fn plan<'a>(&'a self, action: ScheduledAction) -> Later<'a, Result<(), String>>;
    /// The workload that a name belongs to, as `{resource_type, name, namespace}`; null if none is known.
    fn service_of(&self, name: &str, namespace: &str) -> Json;
    /// Runs an action of a pack, and gives its result once it has ended well.
    fn run_action<'a>(
        &'a self,
        reference: &'a str,
        parameters: &'a Object,
    ) -> Later<'a, Result<Json, String>>;
}

/// A playbook that an event has fired, as it was when that was decided.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Fired {
    /// Its place among all playbooks, from 0.
    pub number: usize,
    /// Its name, where it has one.
    #[serde(default)]
    pub name: Option<String>,
    /// The name of the trigger that fired.
    pub trigger: String,
    /// What the trigger looks at of a change: `include` and `ignore`; null if it looks at everything.
    #[serde(default)]
    pub change_filters: Json,
    /// What the trigger saw of the change, if it looks at a part of it.
    #[serde(default)]
    pub filtered: Option<Filtered>,
    /// Its actions, in order.
    pub actions: Vec<FiredAction>,
    /// The names of the sinks that its findings go to.
    pub sinks: Vec<String>,
    /// Whether nothing follows it.
    #[serde(default)]
    pub stop: bool,
    /// That it has fired, where that may be only so often.
    #[serde(default)]
    pub mark: Option<Mark>,
}

/// One action of a playbook.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FiredAction {
    /// Its name.
    pub name: String,
    /// Its own parameters.
    #[serde(default)]
    pub parameters: Object,
}

/// All that the playbooks of one event are carried out with.
pub struct Performance {
    /// Starts Python.
    pub host: Arc<Host>,
    /// What actions may do.
    pub world: Arc<dyn World>,
    /// Where the actions written in Python are.
    pub repositories: Vec<Repository>,
    /// The names of the actions written in Python; they win over native ones of the same name.
    pub python: Arc<BTreeSet<String>>,
    /// Parameters for all actions, behind an action's own.
    pub global_config: Object,
    /// The execution this is.
    pub execution: Id,
    /// Variables that actions find in their environment.
    pub environment: Vec<(String, String)>,
    /// Takes what actions print.
    pub output: Arc<dyn Output>,
    /// Ends it.
    pub cancel: CancellationToken,
    /// How long all of it may take.
    pub timeout: Duration,
}

/// What has come of an event's playbooks.
#[derive(Debug, Default)]
pub struct Performed {
    /// What was found, by sink.
    pub findings: Findings,
    /// Every action that has run, in order.
    pub actions: Vec<ActionDone>,
    /// What the last of them says to whoever asked for it.
    pub response: Json,
    /// Whether an action or a playbook has ended the processing.
    pub stopped: bool,
    /// What was done to the cluster by native actions, in order.
    pub effects: Vec<Effect>,
    /// And by those written in Python.
    pub requests: Vec<Json>,
    /// Why actions left something undone.
    pub notes: Vec<String>,
    /// Why it was broken off, if it was.
    pub broken_off: Option<BrokenOff>,
}

/// Why the rest of an event's actions did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokenOff {
    /// Somebody asked for it.
    Cancelled,
    /// It took too long.
    TimedOut,
}

/// One action that has run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionDone {
    /// The place of its playbook among all playbooks, from 0.
    pub playbook: usize,
    /// Its name.
    pub name: String,
    /// Whether it went well.
    pub success: bool,
    /// Robusta's number for what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<i64>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How long it took.
    pub seconds: f64,
}

impl Performed {
    /// How many of the playbooks that were to be carried out were begun: all, unless an action ended the processing.
    pub fn reached(&self, fired: &[Fired]) -> usize {
        let last = self.actions.last().filter(|_| self.stopped);
        let place = last.and_then(|last| fired.iter().position(|one| one.number == last.playbook));
        place.map_or(fired.len(), |place| place.saturating_add(1))
    }
}

impl Performance {
    /// Carries out what an event has fired, to its end or until it is cancelled or takes too long. What was found until
    /// then counts.
    pub async fn perform(self, event: Event, fired: &[Fired]) -> Performed {
        let told = serde_json::to_value(&event).unwrap_or_default();
        let cluster_name = name(&self.global_config, "cluster_name");
        let seed = self.execution.to_string();
        let means = Means {
            cluster: self.world.cluster(),
            http: self.world.http(),
            limits: self.world.as_ref(),
            cluster_name: &cluster_name,
            global_config: &self.global_config,
            cancel: &self.cancel,
            now: self.world.now(),
            seed: &seed,
        };
        let mut progress = Progress::new(fired, &self.python);
        let mut case = Case::new(event, means);
        let requests = Arc::new(Requests::new(Arc::clone(&self.output)));
        let deadline = Instant::now() + self.timeout;
        let all = Box::pin(self.carry_out((&told, &requests), &mut case, &mut progress));
        let broken_off = self.bounded(deadline, all).await;
        Performed {
            stopped: case.stopped,
            findings: case.findings,
            effects: case.effects,
            requests: requests.take(),
            notes: case.notes,
            actions: progress.done,
            response: progress.response,
            broken_off,
        }
    }

    /// Lets it end by itself, which what is cancelled does within a second, and keeps what it has told until then. What
    /// does not is left.
    async fn bounded(
        &self,
        deadline: Instant,
        all: impl Future<Output = Option<BrokenOff>>,
    ) -> Option<BrokenOff> {
        let mut all = pin!(all);
        let over = async {
            tokio::select! {
                () = self.cancel.cancelled() => BrokenOff::Cancelled,
                () = tokio::time::sleep_until(deadline) => BrokenOff::TimedOut,
            }
        };
        let why = tokio::select! {
            biased;
            broken_off = &mut all => return broken_off,
            why = over => why,
        };
        match tokio::time::timeout(LAST_WORDS, all).await {
            Ok(broken_off) => broken_off,
            Err(_) => Some(why),
        }
    }

    async fn carry_out(
        &self,
        event: (&Json, &Arc<Requests>),
        case: &mut Case<'_>,
        progress: &mut Progress<'_>,
    ) -> Option<BrokenOff> {
        loop {
            progress.run_here(case, self.world.as_ref()).await;
            if !progress.wants_python(case) {
                return None;
            }
            let heard = self.in_python(event, case, progress).await;
            let end = heard.end.clone();
            progress.heard(heard, case);
            match end {
                End::Cancelled => return Some(BrokenOff::Cancelled),
                End::TimedOut => return Some(BrokenOff::TimedOut),
                // The action that broke it is marked; what follows it runs all the same.
                End::Done | End::Died(_) | End::Lost(_) | End::NotStarted(_) => {}
            }
        }
    }

    /// Has one child carry out Python's actions; those between them run here when the child asks what comes next.
    async fn in_python(
        &self,
        (event, requests): (&Json, &Arc<Requests>),
        case: &mut Case<'_>,
        progress: &mut Progress<'_>,
    ) -> Heard {
        let (asks, mut asked) = mpsc::channel::<Asked>(1);
        let request = self.request(event, case, progress);
        let surroundings = Surroundings {
            execution: self.execution,
            environment: self.environment.clone(),
            output: Arc::clone(&self.output),
            calls: Arc::new(PlaybookCalls::new(
                Arc::clone(&self.world),
                Arc::clone(requests) as Arc<dyn Effects>,
                asks,
            )),
            cancel: self.cancel.clone(),
            timeout: self.timeout,
        };
        let mut performing = pin!(self.host.perform_playbooks(&request, &surroundings));
        let mut is_over = false;
        loop {
            tokio::select! {
                biased;
                Some(asked) = asked.recv() => {
                    progress.told(asked.results, case);
                    progress.run_here(case, self.world.as_ref()).await;
                    let next = progress.wants_python(case).then(|| {
                        json!({"playbooks": progress.share(), "findings": case.findings})
                    });
                    is_over = next.is_none();
                    // A child that is gone has no use for it.
                    drop(asked.reply.send(next.unwrap_or_default()));
                }
                mut heard = &mut performing => {
                    if is_over {
                        // It has told all that it knows before, and knows nothing of what ran here since.
                        heard.results = None;
                    }
                    return heard;
                }
            }
        }
    }

    fn request(
        &self,
        event: &Json,
        case: &Case<'_>,
        progress: &mut Progress<'_>,
    ) -> PlaybookRequest {
        let mut context = Object::new();
        for key in ["account_id", "cluster_name"] {
            context.insert(key.to_owned(), name(&self.global_config, key).into());
        }
        let findings = serde_json::to_value(&case.findings).unwrap_or_default();
        progress.new_child();
        let playbooks = progress.share();
        PlaybookRequest {
            repositories: self.repositories.clone(),
            event: event.clone(),
            context,
            global_config: self.global_config.clone(),
            playbooks,
            findings: findings
                .as_object()
                .filter(|found| !found.is_empty())
                .cloned(),
            more: progress.has_more(),
        }
    }
}

fn name(config: &Object, key: &str) -> String {
    let name = config.get(key).and_then(Json::as_str);
    name.unwrap_or_default().to_owned()
}

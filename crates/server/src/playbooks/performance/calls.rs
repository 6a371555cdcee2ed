//! Answers what a Python action of a playbook asks.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use squall_model::Json;
use squall_model::record::OutputKind;
use squall_runners::{Call, Calls, ClusterCalls, Effect, Effects, Later, Output, PlaybookCall};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use super::World;

/// A child has done what it was given, and asks what comes next.
pub(super) struct Asked {
    /// What has come of it so far.
    pub(super) results: Json,
    /// Takes the answer.
    pub(super) reply: oneshot::Sender<Json>,
}

/// Answers by what a world allows.
pub(super) struct PlaybookCalls {
    world: Arc<dyn World>,
    cluster: Option<ClusterCalls>,
    asks: mpsc::Sender<Asked>,
}

/// What Python actions have done to the cluster. Each is printed at once as well, so that it is recorded whatever becomes
/// of the action.
pub(super) struct Requests {
    all: Mutex<Vec<Json>>,
    output: Arc<dyn Output>,
}

impl Requests {
    /// None yet.
    pub(super) fn new(output: Arc<dyn Output>) -> Self {
        Self {
            all: Mutex::default(),
            output,
        }
    }

    /// All of them, in order.
    pub(super) fn take(&self) -> Vec<Json> {
        std::mem::take(&mut *self.all.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Effects for Requests {
    fn permit(&self, _planned: &Effect) -> Later<'_, Result<(), String>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn note(&self, effect: Effect) -> Later<'_, ()> {
        let told = json!({
            "verb": effect.verb,
            "path": effect.path,
            "command": effect.command,
            "before": effect.before,
            "after": effect.after,
            "dry_run": effect.dry_run,
            "outcome": effect.outcome.map(|outcome| match outcome {
                Ok(code) => json!(code),
                Err(reason) => json!(reason),
            }),
        });
        let line = format!("kubernetes: {told}\n");
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(told);
        drop(all);
        self.output.write(OutputKind::Output, line)
    }
}

impl PlaybookCalls {
    /// Whoever holds the other end of `asks` says what comes next.
    pub(super) fn new(
        world: Arc<dyn World>,
        effects: Arc<dyn Effects>,
        asks: mpsc::Sender<Asked>,
    ) -> Self {
        let cluster = world.cluster().cloned();
        let calls = |cluster| ClusterCalls::new(cluster, effects, TaskTracker::new());
        Self {
            cluster: cluster.map(calls),
            world,
            asks,
        }
    }

    async fn answer(&self, call: PlaybookCall) -> Result<Json, String> {
        let world = &self.world;
        match call {
            PlaybookCall::KubernetesRequest(request) => self.cluster()?.request(request).await,
            PlaybookCall::KubernetesExec(exec) => self.cluster()?.exec(exec).await,
            PlaybookCall::RateLimit {
                operation,
                id,
                period_seconds,
            } => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a cast from float saturates"
                )]
                let seconds = period_seconds.ceil() as i64;
                Ok(world.mark(&operation, &id, seconds).await.into())
            }
            PlaybookCall::PersistentGet { name } => world.stored(&name).await,
            PlaybookCall::PersistentSet { name, value } => {
                world.store(&name, value).await.map(|()| Json::Null)
            }
            PlaybookCall::ScheduleAction(action) => world.plan(action).await.map(|()| Json::Null),
            // Nobody else listens: what Robusta's own modules tell each other is told within the child.
            PlaybookCall::EmitEvent { .. } => Ok(Json::Null),
            PlaybookCall::ServiceOf { name, namespace } => {
                match (world.service_of(&name, &namespace), &self.cluster) {
                    (Json::Null, Some(cluster)) => cluster.service_of(&name, &namespace).await,
                    (known, _) => Ok(known),
                }
            }
            PlaybookCall::NextPlaybooks(results) => self.next(results).await,
        }
    }

    fn cluster(&self) -> Result<&ClusterCalls, String> {
        self.cluster.as_ref().ok_or_else(|| NO_CLUSTER.to_owned())
    }

    async fn next(&self, results: Json) -> Result<Json, String> {
        let over = || "the playbooks are over".to_owned();
        let (reply, answer) = oneshot::channel();
        let asked = self.asks.send(Asked { results, reply }).await;
        asked.map_err(|_| over())?;
        answer.await.map_err(|_| over())
    }
}

const NO_CLUSTER: &str =
    "Squall knows no Kubernetes cluster: name one in its settings (`kubernetes.kubeconfig`)";

impl Calls for PlaybookCalls {
    fn call(&self, call: Call) -> Later<'_, Result<Json, String>> {
        Box::pin(async move {
            match call {
                Call::Playbook(call) => self.answer(call).await,
                _ => Err("only actions of packs may ask for this".to_owned()),
            }
        })
    }
}

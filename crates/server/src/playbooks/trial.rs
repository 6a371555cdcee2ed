//! Tries playbooks out: which of them an event fires, what their actions find out, and what each sink would be told.
//! Nothing is recorded, nothing is sent to a sink, and the time is whatever it is told to be.

mod scene;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use squall_actions::case::Event;
use squall_engine::finding::Route;
use squall_engine::playbook::{Alert, Answer, Facts, RateLimits, Release, Verdict};
use squall_kubernetes::Cluster;
use squall_model::change::{Change, Operation};
use squall_model::finding::Finding;
use squall_model::record::OutputKind;
use squall_model::{Id, Json, Object, Reference, Timestamp};
use squall_runners::{Host, Later, Output};
use tokio_util::sync::CancellationToken;

use super::by_hand::ByHand;
use super::heard::Heard;
use super::in_force::InForce;
use super::intake::of_alert;
use super::performance::{Fired, Performance, Performed};
use super::provider::provider_of;
use super::route::{routes, why_not};
use crate::settings;
pub use scene::Clock;
use scene::Scene;

/// How long the actions of an event may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// How much is kept of what actions print, in bytes.
const PRINTED: usize = 1024 * 1024;

/// Playbooks that are tried out. What they remember between events lasts as long as it.
pub struct Trial {
    in_force: InForce,
    host: Arc<Host>,
    scene: Arc<Scene>,
    environment: Vec<(String, String)>,
    events: u64,
    /// Which alerts were told when.
    alerts: RateLimits,
    /// Who runs the cluster, once that is known.
    provider: Option<&'static str>,
}

/// What playbooks are tried out with.
#[derive(Default)]
pub struct Surroundings {
    /// What actions find in the cluster, and do to it.
    pub cluster: Option<Cluster>,
    /// The time it is, for the cluster too if it is a fake one.
    pub clock: Clock,
    /// Whether requests of actions are sent to anybody.
    pub has_network: bool,
    /// Variables that Python actions find.
    pub environment: Vec<(String, String)>,
}

/// What is said to have happened.
#[derive(Debug, Clone)]
pub enum Told {
    /// An object of a cluster changed.
    Change(Box<Change>),
    /// An alert, as Alertmanager sends it.
    Alert(Json),
    /// The same in a message of Alertmanager's, who repeats them: one that was told before is left out, as on a server.
    MaybeRepeated(Json),
    /// A Helm release is as it is.
    Release(Json),
    /// There is an event of a pack's trigger, which is named by its type or its reference.
    OfAPack {
        /// The name.
        trigger: Reference,
        /// The trigger's parameters; any, if they are not said.
        parameters: Option<Object>,
        /// The event's payload.
        payload: Json,
    },
    /// It is time for the playbook with this number, from 0.
    Schedule(usize),
    /// Somebody calls an action.
    ByHand(ByHand),
}

/// What came of an event.
#[derive(Debug, Default)]
pub struct Tried {
    /// What each trigger says to the event.
    pub answers: Vec<Answer>,
    /// The playbooks that ran, by their numbers from 0.
    pub fired: Vec<usize>,
    /// Those that fired, too, but did not run because an action before them ended the processing.
    pub skipped: Vec<usize>,
    /// The first trigger that could not be asked. Robusta gives up the event there.
    pub aborted: Option<String>,
    /// What the actions did.
    pub performed: Performed,
    /// Each finding with what becomes of it, in the order in which sinks are told.
    pub findings: Vec<Routed>,
    /// What actions printed.
    pub printed: String,
    /// What was not done because this is a trial.
    pub left_out: Vec<String>,
}

/// One finding for one sink.
#[derive(Debug, Clone)]
pub struct Routed {
    /// The sink's name.
    pub sink: String,
    /// What it would be told.
    pub finding: Finding,
    /// Why it is not told; `None` if it is.
    pub why_not: Option<String>,
}

impl Trial {
    /// Nothing has happened yet.
    pub fn new(in_force: InForce, host: Arc<Host>, surroundings: Surroundings) -> Self {
        let environment = surroundings.environment.clone();
        Self {
            scene: Arc::new(Scene::new(surroundings, Arc::clone(&host))),
            in_force,
            host,
            environment,
            events: 0,
            alerts: RateLimits::default(),
            provider: None,
        }
    }

    /// The playbooks.
    pub fn in_force(&self) -> &InForce {
        &self.in_force
    }

    /// An object is there, without having just come.
    pub fn know(&self, object: &Json) {
        let text = |name: &str| object.get(name).and_then(Json::as_str).unwrap_or_default();
        self.scene.services().learn(&Change {
            operation: Operation::Create,
            kind: text("kind").to_owned(),
            api_version: text("apiVersion").to_owned(),
            description: String::new(),
            obj: object.clone(),
            old_obj: None,
        });
    }

    /// Something happens.
    ///
    /// # Errors
    /// What is told is no such thing; the text says why.
    pub async fn tell(&mut self, told: Told, at: Timestamp) -> Result<Tried, String> {
        self.scene.clock.set(at);
        self.events = self.events.saturating_add(1);
        let told = match told {
            Told::MaybeRepeated(alert) if self.is_repeated(&alert, at)? => {
                return Ok(Tried {
                    left_out: vec!["the alert was told before, and is left out".to_owned()],
                    ..Tried::default()
                });
            }
            Told::MaybeRepeated(alert) => Told::Alert(alert),
            told => told,
        };
        let of_a_pack = self.trigger_of(&told);
        let (payload, by_hand) = self.payload(told, at)?;
        if let (None, Some(cluster)) = (self.provider, &self.scene.cluster) {
            // Without an answer every provider counts as the right one, as on a server.
            self.provider = provider_of(cluster).await.ok();
        }
        let event: Event = serde_json::from_value(payload.clone())
            .map_err(|error| format!("cannot make an event for playbooks of this: {error}"))?;
        if let Event::KubernetesChange(change) = &event {
            self.scene.services().learn(change);
        }
        let heard = match of_a_pack {
            Some(trigger) => Some(Heard::of_trigger(trigger, event.clone())),
            None => Heard::read(event.clone(), &payload, at),
        };
        let asked = heard.map(|heard| self.ask(&heard, at));
        let (answers, verdict) = asked.unwrap_or_default();
        let whole = verdict.fired.iter();
        let mut fired: Vec<Fired> = whole
            .filter_map(|one| self.in_force.fired(one, &event))
            .collect();
        fired.extend(by_hand.map(|by_hand| by_hand.fired(&self.in_force)));
        let printed = Arc::new(Printed::default());
        let performed = self.perform(event, &fired, &printed).await;
        let reached = performed.reached(&fired);
        let (ran, skipped) = verdict.fired.split_at(reached.min(verdict.fired.len()));
        for mark in ran.iter().filter_map(|fired| fired.mark.clone()) {
            self.scene.limits().mark(mark);
        }
        Ok(Tried {
            answers,
            fired: ran.iter().map(|fired| fired.playbook).collect(),
            skipped: skipped.iter().map(|fired| fired.playbook).collect(),
            aborted: verdict.faults.into_iter().next().map(|fault| fault.reason),
            findings: self.route(&performed, at).await,
            performed,
            printed: printed.take(),
            left_out: self.scene.take_left_out(),
        })
    }

    fn alert(&self, sent: &Json, at: Timestamp) -> Result<Alert, String> {
        let mut alert = Alert::read(sent, at)?;
        alert.relabel(&self.in_force.playbooks.alert_relabel);
        Ok(alert)
    }

    /// Whether an alert was told a short while ago; it is remembered.
    fn is_repeated(&mut self, sent: &Json, at: Timestamp) -> Result<bool, String> {
        let key = self.alert(sent, at)?.deduplication_key();
        let period = settings::Playbooks::default().alerts_remembered;
        let seconds = i64::try_from(period.as_secs()).unwrap_or(i64::MAX);
        Ok(self.alerts.take_turn(key, seconds, at).is_none())
    }

    /// What is recorded of it on a server, and the action where it is one by hand.
    fn payload(&self, told: Told, at: Timestamp) -> Result<(Json, Option<ByHand>), String> {
        let payload = match told {
            Told::Change(change) => serde_json::to_value(Event::KubernetesChange(change))
                .map_err(|error| error.to_string())?,
            Told::Alert(sent) | Told::MaybeRepeated(sent) => of_alert(&self.alert(&sent, at)?),
            Told::Release(release) => {
                serde_json::from_value::<Release>(release.clone())
                    .map_err(|error| format!("this is no release: {error}"))?;
                json!({"type": "helm_release", "release": release})
            }
            Told::OfAPack {
                trigger, payload, ..
            } => json!({"type": "trigger", "trigger": trigger, "payload": payload}),
            Told::Schedule(number) => {
                let id = self.in_force.ids.get(number);
                let id = id.ok_or_else(|| format!("there is no playbook {number}"))?;
                json!({"type": "schedule", "schedule": id, "recurrence": 0})
            }
            Told::ByHand(by_hand) => {
                let payload = json!({"type": "manual", "params": by_hand.params});
                return Ok((payload, Some(by_hand)));
            }
        };
        Ok((payload, None))
    }

    /// The trigger of a pack that is told of, as playbooks name it.
    fn trigger_of(&self, told: &Told) -> Option<Reference> {
        let Told::OfAPack {
            trigger,
            parameters,
            ..
        } = told
        else {
            return None;
        };
        let named = self.in_force.playbooks.playbooks.iter();
        let mut named = named.flat_map(|playbook| &playbook.triggers);
        let found = named.find_map(|one| {
            let one = one.of_a_pack()?;
            let fits = || parameters.as_ref().is_none_or(|all| *all == one.parameters);
            let is_meant = one.reference == *trigger || (one.trigger_type == *trigger && fits());
            is_meant.then_some(one.reference)
        });
        Some(found.unwrap_or_else(|| trigger.clone()))
    }

    fn ask(&self, heard: &Heard, at: Timestamp) -> (Vec<Answer>, Verdict) {
        let limits = self.scene.limits();
        let services = self.scene.services();
        let facts = Facts {
            now: at,
            started_at: Timestamp::from_micros(0),
            limits: &limits,
            services: &services,
            provider: self.provider,
        };
        let set = &self.in_force.set;
        let happened = heard.happened();
        (set.explain(happened, &facts), set.decide(happened, &facts))
    }

    async fn perform(&self, event: Event, fired: &[Fired], printed: &Arc<Printed>) -> Performed {
        let performance = Performance {
            host: Arc::clone(&self.host),
            world: Arc::clone(&self.scene) as _,
            repositories: self.in_force.repositories.clone(),
            python: Arc::clone(&self.in_force.python),
            global_config: self.in_force.playbooks.global_config.clone(),
            execution: Id::of(&format!("trial {}", self.events)),
            environment: self.environment.clone(),
            output: Arc::clone(printed) as _,
            cancel: CancellationToken::new(),
            timeout: PATIENCE,
        };
        Box::pin(performance.perform(event, fired)).await
    }

    async fn route(&self, performed: &Performed, at: Timestamp) -> Vec<Routed> {
        let by_sink: Vec<(String, Vec<Finding>)> = performed
            .findings
            .iter()
            .map(|(sink, found)| (sink.to_owned(), found.to_vec()))
            .collect();
        let cluster = self.scene.cluster.as_ref();
        let routes = routes(&self.in_force.sinks, &by_sink, at, cluster).await;
        let routed = |route: Route| {
            let (_, found) = by_sink.iter().find(|(sink, _)| *sink == route.sink)?;
            Some(Routed {
                finding: found.get(route.finding)?.clone(),
                why_not: why_not(&route),
                sink: route.sink,
            })
        };
        routes.into_iter().filter_map(routed).collect()
    }
}

/// What actions print, up to a bound.
#[derive(Default)]
struct Printed(Mutex<String>);

impl Printed {
    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Output for Printed {
    fn write(&self, _kind: OutputKind, data: String) -> Later<'_, ()> {
        let mut printed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if printed.len().saturating_add(data.len()) <= PRINTED {
            printed.push_str(&data);
        }
        Box::pin(std::future::ready(()))
    }
}

#[cfg(test)]
mod tests;

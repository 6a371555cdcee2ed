//! The world of a trial: it remembers until it ends, and leaves alone whatever is outside.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use squall_actions::case;
use squall_engine::playbook::{RateLimits, Services};
use squall_kubernetes::Cluster;
use squall_model::http::{Answer, Http, NoAnswer, Request};
use squall_model::{Json, Object, Timestamp};
use squall_runners::{Host, Later, ScheduledAction, Sender};

use super::Surroundings;
use crate::clock;
use crate::playbooks::performance::World;
use crate::playbooks::service_of;

/// The time of a trial. All clones tell the same.
#[derive(Debug, Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// The time it is.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }

    /// It is another time now.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }
}

impl Default for Clock {
    /// A clock that stands still at the present.
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(clock::now().micros())))
    }
}

/// What actions find around them in a trial.
pub(super) struct Scene {
    pub(super) cluster: Option<Cluster>,
    pub(super) clock: Clock,
    network: Option<Sender>,
    limits: Mutex<RateLimits>,
    services: Mutex<Services>,
    stored: Mutex<BTreeMap<String, Json>>,
    left_out: Mutex<Vec<String>>,
}

impl Scene {
    pub(super) fn new(surroundings: Surroundings, host: Arc<Host>) -> Self {
        Self {
            cluster: surroundings.cluster,
            clock: surroundings.clock,
            network: surroundings.has_network.then(|| Sender::new(host)),
            limits: Mutex::default(),
            services: Mutex::default(),
            stored: Mutex::default(),
            left_out: Mutex::default(),
        }
    }

    pub(super) fn limits(&self) -> MutexGuard<'_, RateLimits> {
        hold(&self.limits)
    }

    pub(super) fn services(&self) -> MutexGuard<'_, Services> {
        hold(&self.services)
    }

    pub(super) fn take_left_out(&self) -> Vec<String> {
        std::mem::take(&mut *hold(&self.left_out))
    }

    fn leave_out(&self, what: String) {
        hold(&self.left_out).push(what);
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl case::RateLimits for Scene {
    fn mark(
        &self,
        operation: &str,
        id: &str,
        period_seconds: i64,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        let key = format!("{operation}{id}");
        let turn = self
            .limits()
            .take_turn(key, period_seconds, self.clock.now());
        Box::pin(std::future::ready(turn.is_some()))
    }
}

/// Nobody is asked while playbooks are tried out.
#[derive(Debug, thiserror::Error)]
#[error("a trial sends nothing; --network lets actions send")]
struct NothingSent;

impl Http for Scene {
    fn send(
        &self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, NoAnswer>> + Send + '_>> {
        if let Some(network) = &self.network {
            return network.send(request);
        }
        let after_scheme = request.url.split_once("://").map(|(_, rest)| rest);
        let host = after_scheme.and_then(|rest| rest.split(['/', '?', '#']).next());
        // Whoever is named before the host may be a secret.
        let host = host.and_then(|host| host.rsplit('@').next());
        let host = host.unwrap_or_default().to_owned();
        self.leave_out(format!("{} to {host} was not sent", request.method));
        let source = Box::new(NothingSent);
        Box::pin(std::future::ready(Err(NoAnswer { host, source })))
    }
}

impl World for Scene {
    fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_ref()
    }

    fn http(&self) -> &dyn Http {
        self
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn stored<'a>(&'a self, name: &'a str) -> Later<'a, Result<Json, String>> {
        let value = hold(&self.stored).get(name).cloned().unwrap_or_default();
        Box::pin(std::future::ready(Ok(value)))
    }

    fn store<'a>(&'a self, name: &'a str, value: Json) -> Later<'a, Result<(), String>> {
        hold(&self.stored).insert(name.to_owned(), value);
        Box::pin(std::future::ready(Ok(())))
    }

    fn plan<'a>(&'a self, action: ScheduledAction) -> Later<'a, Result<(), String>> {
        self.leave_out(format!("`{}` was planned for later", action.action));
        Box::pin(std::future::ready(Ok(())))
    }

    fn service_of(&self, name: &str, namespace: &str) -> Json {
        service_of(&self.services(), name, namespace)
    }

    fn run_action<'a>(
        &'a self,
        reference: &'a str,
        _parameters: &'a Object,
    ) -> Later<'a, Result<Json, String>> {
        self.leave_out(format!("the action `{reference}` of a pack was not run"));
        Box::pin(std::future::ready(Ok(Json::Null)))
    }
}

//! Playbooks, as Robusta has them: rules whose action is a list of actions that share one event and its findings.
//!
//! What happens comes in as ordinary events of the pack `robusta` (`intake`); beside the rules the playbooks in force are
//! asked (`decide`), and all that fire become one execution, which is carried out by [`performance`]. What was found is
//! recorded with its outcome, on its way to the sinks (`run`), and delivered from there (`outbox`).
//!
//! Reading order: [`in_force`], `intake` (and `watching`, which brings what happens in a cluster, `schedules` and `releases`,
//! which bring what the clock says), `decide`, [`performance`], `run`, `outbox`; `live` is what actions may do on a running
//! server, `by_hand` how people run them, [`trial`] how they try them out.

mod by_hand;
mod decide;
mod heard;
pub mod in_force;
mod intake;
mod limits;
mod live;
mod load;
mod outbox;
pub mod performance;
mod provider;
mod releases;
mod reload;
pub mod repositories;
mod route;
mod run;
mod schedules;
pub mod trial;
mod watching;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use serde_json::json;
use squall_engine::playbook::{Mark, Services};
use squall_kubernetes::Cluster;
use squall_model::Json;
use squall_model::record::Record;
use squall_store::Store;
use tokio::sync::{Notify, watch};

pub use by_hand::ByHand;
pub(crate) use heard::Heard;
pub use in_force::InForce;
use limits::Limits;
pub use load::{Code, Loaded, load};

use crate::handle::Handle;
use crate::metrics::{Counter, Metrics};
use crate::settings;

/// The pack of the events and of the action that runs playbooks.
const PACK: &str = squall_model::playbook::triggers::PACK;

/// The action that runs playbooks.
const RUN: &str = "run_playbooks";

/// Stands for a sink where findings are only for whoever asked.
const RESPONSE: &str = "(response)";

/// What a server holds for playbooks.
pub(crate) struct Playbooks {
    in_force: ArcSwap<InForce>,
    /// Files are read one at a time.
    reading: tokio::sync::Mutex<()>,
    cluster: Option<Cluster>,
    /// Who runs the cluster, once its nodes were seen.
    provider: OnceLock<&'static str>,
    pub(crate) limits: Limits,
    services: Mutex<Services>,
    schedules: schedules::Schedules,
    releases: releases::Releases,
    /// Something may be due at a sink.
    outbox: Notify,
    /// Counts the times that files were put in force.
    generation: watch::Sender<u64>,
    /// Whether a watch of the cluster has seen everything that was there.
    is_watching: watch::Sender<bool>,
    /// Counts the times that what is waited for may have changed, with playbooks or with rules.
    awaited: watch::Sender<u64>,
    /// How many changes of the cluster were seen.
    changes_seen: Arc<Counter>,
    /// How many findings sinks have taken.
    delivered: Arc<Counter>,
    /// How often a finding could not be delivered and is tried again.
    put_off: Arc<Counter>,
    /// How many findings no sink will ever have.
    given_up: Arc<Counter>,
}

impl Playbooks {
    /// What is remembered, and the cluster that the settings name.
    pub(crate) async fn begin(
        settings: &settings::Playbooks,
        store: &dyn Store,
    ) -> Result<Self, BeginError> {
        Ok(Self {
            in_force: ArcSwap::default(),
            reading: tokio::sync::Mutex::default(),
            cluster: cluster(settings).await?,
            provider: OnceLock::new(),
            limits: Limits::recorded(store).await?,
            services: Mutex::default(),
            schedules: schedules::Schedules::default(),
            releases: releases::Releases::default(),
            outbox: Notify::new(),
            generation: watch::Sender::new(0),
            is_watching: watch::Sender::default(),
            awaited: watch::Sender::new(0),
            changes_seen: Arc::default(),
            delivered: Arc::default(),
            put_off: Arc::default(),
            given_up: Arc::default(),
        })
    }

    /// Has them told with the other figures.
    pub(crate) fn include_in(&self, metrics: &Metrics) {
        for (name, about, counter) in [
            (
                "squall_cluster_changes_total",
                "Changes of the Kubernetes cluster that were seen, whether or not a playbook wanted them.",
                &self.changes_seen,
            ),
            (
                "squall_findings_delivered_total",
                "Findings that a sink has taken.",
                &self.delivered,
            ),
            (
                "squall_findings_put_off_total",
                "Times that a finding could not be delivered and is tried again.",
                &self.put_off,
            ),
            (
                "squall_findings_given_up_total",
                "Findings that no sink will have: refused, or tried for a day.",
                &self.given_up,
            ),
        ] {
            metrics.include(name, about, Arc::clone(counter));
        }
    }

    /// The workloads that were seen.
    fn services(&self) -> MutexGuard<'_, Services> {
        self.services.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Other triggers may be waited for now.
    pub(crate) fn tell_awaited(&self) {
        self.awaited
            .send_modify(|times| *times = times.wrapping_add(1));
    }

    /// Findings were recorded.
    pub(crate) fn wake_outbox(&self) {
        self.outbox.notify_waiters();
    }
}

/// Playbooks cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BeginError {
    /// The cluster that the settings name cannot be asked.
    #[error("cannot use the Kubernetes cluster of the settings")]
    Cluster(#[from] squall_kubernetes::Error),
    /// What is remembered cannot be read.
    #[error("cannot read what playbooks remember")]
    Store(#[from] squall_store::Error),
}

async fn cluster(
    settings: &settings::Playbooks,
) -> Result<Option<Cluster>, squall_kubernetes::Error> {
    match (&settings.kubeconfig, settings.in_cluster) {
        (Some(file), _) => {
            let context = settings.kubernetes_context.as_deref();
            Cluster::of_kubeconfig(file, context).await.map(Some)
        }
        (None, true) => Cluster::around_us().await.map(Some),
        (None, false) => Ok(None),
    }
}

/// The record of a mark.
pub(crate) fn mark_record(mark: &Mark) -> Record {
    limits::record(mark)
}

impl Handle {
    /// Puts playbooks in force before anything is decided, and starts what keeps them going, and what rules wait for that
    /// name their triggers.
    pub(crate) async fn begin_playbooks(&self) {
        let (settings, tasks) = (&self.0.settings.playbooks, &self.0.tasks);
        if !settings.files.is_empty() || !settings.repositories.is_empty() {
            self.reload_playbooks().await;
            tasks.spawn("watch playbooks", reload::watch(self.clone()));
            tasks.spawn("outbox", outbox::run(self.clone()));
        }
        self.begin_provider().await;
        tasks.spawn("schedules", schedules::run(self.clone()));
        tasks.spawn("releases", releases::run(self.clone()));
        tasks.spawn("watch cluster", watching::run(self.clone()));
    }

    /// The playbooks in force, as one consistent state.
    pub fn playbooks(&self) -> Arc<InForce> {
        self.0.playbooks.in_force.load_full()
    }

    /// The workload that a name belongs to.
    pub(crate) fn service_of(&self, name: &str, namespace: &str) -> Json {
        service_of(&self.0.playbooks.services(), name, namespace)
    }
}

/// The workload that a name belongs to, as actions are told of it; null if none is known.
fn service_of(services: &Services, name: &str, namespace: &str) -> Json {
    let found = services.guess(namespace, name);
    found.map_or(Json::Null, |service| {
        json!({
            "resource_type": service.kind,
            "name": service.name,
            "namespace": service.namespace,
        })
    })
}

//! What playbooks are told of: alerts, changes of a cluster, Helm releases. Each becomes an ordinary event, durable before
//! its sender is answered. Changes that nobody wants are looked at and not recorded.

use serde_json::json;
use squall_actions::case::Event;
use squall_engine::playbook::{self as engine, Alert, Happened as Told, PlaybookSet};
use squall_engine::playbook::{Release, SECRET_TYPE};
use squall_model::change::{Change, Operation};
use squall_model::trace::TraceContext;
use squall_model::{Id, Json, Reference};

use super::PACK;
use crate::clock;
use crate::handle::{Error, Handle, Result};
use crate::ingest::{Happened, Once};

/// The triggers of playbooks, in the pack of that name.
pub(super) const CHANGE: &str = "kubernetes_change";
/// See [`CHANGE`].
pub(super) const ALERT: &str = "prometheus_alert";
/// See [`CHANGE`].
pub(super) const RELEASE: &str = "helm_release";
/// See [`CHANGE`].
pub(super) const SCHEDULE: &str = "schedule";

impl Handle {
    /// Takes alerts as Alertmanager sends them. Those that were taken before are left out.
    pub async fn take_alerts(&self, alerts: Vec<Json>, trace: &TraceContext) -> Result<()> {
        let now = clock::now();
        let in_force = self.playbooks();
        let remembered = self.0.settings.playbooks.alerts_remembered;
        let mut happened = Vec::with_capacity(alerts.len());
        for (index, sent) in alerts.iter().enumerate() {
            let mut alert = Alert::read(sent, now)
                .map_err(|wrong| Error::Invalid(format!("alerts[{index}]: {wrong}")))?;
            alert.relabel(&in_force.playbooks.alert_relabel);
            let key = Id::of(&format!("alert:{}", alert.deduplication_key()));
            let event = about(ALERT, of_alert(&alert), trace.clone());
            happened.push((Once { key, remembered }, event));
        }
        self.ingest_new(happened).await.map(drop)
    }

    /// Takes a change of the cluster, if a playbook or a rule wants it.
    pub async fn take_change(&self, change: Change) -> Result<()> {
        self.0.playbooks.changes_seen.add_one();
        self.0.playbooks.services().learn(&change);
        if let Some(release) = release(&change) {
            match change.operation {
                Operation::Delete => self.release_is_gone(&release).await?,
                Operation::Create | Operation::Update => {
                    let told = serde_json::to_value(release);
                    let told = told.map_err(|error| Error::Invalid(error.to_string()))?;
                    self.take_releases(vec![told]).await?;
                }
            }
        }
        if !self.is_wanted(&change) {
            return Ok(());
        }
        let payload = serde_json::to_value(Event::KubernetesChange(Box::new(change)));
        let payload = payload.map_err(|error| Error::Invalid(error.to_string()))?;
        let event = about(CHANGE, payload, TraceContext::default());
        self.ingest(vec![event]).await.map(drop)
    }

    /// Takes releases of Helm, if a playbook or a rule wants them. Those that something is being done with are remembered.
    pub async fn take_releases(&self, releases: Vec<Json>) -> Result<()> {
        let for_rules = self.loaded().rules.listen_to(&trigger(RELEASE));
        let mut happened = Vec::new();
        for told in releases {
            let release = serde_json::from_value::<Release>(told.clone());
            let release =
                release.map_err(|error| Error::Invalid(format!("this is no release: {error}")))?;
            self.learn_release(&release, &told).await?;
            if for_rules || self.is_release_wanted(&release) {
                happened.push(about_release(&told));
            }
        }
        if happened.is_empty() {
            return Ok(());
        }
        self.ingest(happened).await.map(drop)
    }

    /// Whether a playbook, or the trigger of a rule, would fire.
    pub(super) fn is_release_wanted(&self, release: &Release) -> bool {
        let (loaded, in_force) = (self.loaded(), self.playbooks());
        self.with_playbook_facts(|facts| {
            let fires = |set: &PlaybookSet| {
                let verdict = set.decide(Told::Release(release), facts);
                !verdict.fired.is_empty()
            };
            fires(&in_force.set) || fires(loaded.rules.playbook_triggers())
        })
    }

    fn is_wanted(&self, change: &Change) -> bool {
        let (loaded, in_force) = (self.loaded(), self.playbooks());
        loaded.rules.listen_to(&trigger(CHANGE))
            || self.with_playbook_facts(|facts| {
                in_force.set.could_fire(change, facts)
                    || loaded.rules.playbook_triggers().could_fire(change, facts)
            })
    }

    /// Asks playbooks with what they cannot fetch.
    pub(super) fn with_playbook_facts<T>(&self, ask: impl FnOnce(&engine::Facts<'_>) -> T) -> T {
        let services = self.0.playbooks.services();
        let limits = self.0.playbooks.limits.hold();
        ask(&engine::Facts {
            now: clock::now(),
            started_at: self.0.metrics.started_at(),
            limits: &limits,
            services: &services,
            provider: self.0.playbooks.provider.get().copied(),
        })
    }
}

/// The release that a secret of Helm holds.
fn release(change: &Change) -> Option<Release> {
    let kind = change.obj.get("type").and_then(Json::as_str);
    if change.kind != "Secret" || kind != Some(SECRET_TYPE) {
        return None;
    }
    let release = Release::of_secret(&change.obj);
    let release = release.inspect_err(|error| {
        let error = error as &dyn std::error::Error;
        tracing::warn!(error, "a secret of Helm cannot be read");
    });
    release.ok()
}

/// The event that a release is as it is.
pub(super) fn about_release(told: &Json) -> Happened {
    let payload = json!({"type": RELEASE, "release": told});
    about(RELEASE, payload, TraceContext::default())
}

/// The payload of an alert's event.
pub(super) fn of_alert(alert: &Alert) -> Json {
    json!({"type": ALERT, "alert": alert})
}

/// One of the triggers of playbooks.
pub(super) fn trigger(name: &str) -> Reference {
    Reference::new(PACK, name)
}

/// An event of one of the triggers of playbooks.
pub(super) fn about(name: &str, payload: Json, trace: TraceContext) -> Happened {
    Happened {
        trigger: trigger(name),
        payload,
        origin: name.replace('_', "-"),
        trace,
    }
}

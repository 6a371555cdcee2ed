//! Findings on their way to sinks: recorded with the outcome of the execution that found them, delivered at least once,
//! each sink by a task of its own, so that a slow one holds up no other.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use squall_engine::finding::Sink as Rules;
use squall_engine::finding::grouping::{Group, Grouping, Send, Surroundings};
use squall_model::finding::Finding;
use squall_model::memo::{Memo, Topic};
use squall_model::outgoing::{Outgoing, OutgoingStatus};
use squall_model::playbook::SinkConfig;
use squall_model::record::{Batch, Record};
use squall_model::{Json, Timestamp};
use squall_runners::Sender;
use squall_sinks::{Error as SinkError, Sink, Site, Told, ToldSummary};
use squall_store::Error as StoreError;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::in_force::InForce;
use crate::clock;
use crate::handle::Handle;
use crate::virtualenvs::explain;

/// How many findings of a sink are read at a time.
const PAGE: u64 = 16;

/// How long the first failure holds up a finding; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// And no longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// A finding that could not be delivered for so long is given up.
const GIVEN_UP_AFTER: i64 = 24 * 3_600_000;

/// How long a finding stays recorded from when it was found, and from when it was settled; in milliseconds.
pub(super) const REMEMBERED: i64 = 7 * 24 * 3_600_000;

/// A store that does not answer is asked again after this.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// A sink, ready to be told things.
struct Destination {
    config: SinkConfig,
    sink: Box<dyn Sink>,
    site: Site,
    in_force: Arc<InForce>,
}

/// A task that delivers to one sink.
struct Deliverer {
    config: SinkConfig,
    site: Site,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Why a sink was not told of a finding.
enum Untold {
    /// It could not be.
    Sink(SinkError),
    /// What it depends on could not be read.
    Store(StoreError),
}

impl From<SinkError> for Untold {
    fn from(error: SinkError) -> Self {
        Self::Sink(error)
    }
}

impl From<StoreError> for Untold {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Delivers to every sink in force until the server stops.
pub(crate) async fn run(handle: Handle) {
    let stopping = handle.0.tasks.stopping().clone();
    let mut changed = handle.0.playbooks.generation.subscribe();
    let mut deliverers = HashMap::new();
    loop {
        changed.borrow_and_update();
        deliverers = handle.deliverers(deliverers);
        tokio::select! {
            () = stopping.cancelled() => break,
            alive = changed.changed() => if alive.is_err() { break },
        }
    }
    for (_, deliverer) in deliverers {
        deliverer.stop.cancel();
        drop(deliverer.task.await);
    }
}

impl Handle {
    /// One for each sink in force. Those of sinks that have not changed stay; others finish what they are at first.
    fn deliverers(&self, mut before: HashMap<String, Deliverer>) -> HashMap<String, Deliverer> {
        let in_force = self.playbooks();
        let site = site(&in_force);
        let mut deliverers = HashMap::new();
        for config in &in_force.playbooks.sinks {
            let known = before.remove(&config.name);
            let known = match known {
                Some(same) if same.config == *config && same.site == site => {
                    deliverers.insert(config.name.clone(), same);
                    continue;
                }
                other => other,
            };
            let Some(sink) = open(config) else { continue };
            let destination = Destination {
                config: config.clone(),
                sink,
                site: site.clone(),
                in_force: Arc::clone(&in_force),
            };
            let stop = CancellationToken::new();
            let task = self.deliver_to(destination, stop.clone(), known);
            deliverers.insert(
                config.name.clone(),
                Deliverer {
                    config: config.clone(),
                    site: site.clone(),
                    stop,
                    task,
                },
            );
        }
        before.values().for_each(|gone| gone.stop.cancel());
        deliverers
    }

    /// Starts the task of one sink, once the one before it has ended.
    fn deliver_to(
        &self,
        destination: Destination,
        stop: CancellationToken,
        before: Option<Deliverer>,
    ) -> JoinHandle<()> {
        let handle = self.clone();
        self.0.tasks.spawn_joined("deliver", async move {
            if let Some(before) = before {
                before.stop.cancel();
                drop(before.task.await);
            }
            let sender = Sender::new(Arc::clone(&handle.0.host));
            while !stop.is_cancelled() {
                let woken = handle.0.playbooks.outbox.notified();
                tokio::pin!(woken);
                // What is recorded from here on wakes it.
                woken.as_mut().enable();
                let name = destination.config.name.clone();
                match handle.0.store.due_outgoing(name, PAGE).await {
                    Ok(due) if !due.is_empty() => {
                        for outgoing in due {
                            if stop.is_cancelled() {
                                return;
                            }
                            handle
                                .settle_outgoing(&destination, outgoing, &sender)
                                .await;
                        }
                        continue;
                    }
                    Ok(_) => {}
                    Err(error) => {
                        let error = &error as &dyn std::error::Error;
                        error!(error, "cannot read what is to be delivered");
                    }
                }
                let pause = handle.pause_of(&destination.config.name).await;
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = woken => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
        })
    }

    /// How long nothing is due at a sink.
    async fn pause_of(&self, sink: &str) -> Duration {
        match self.0.store.next_outgoing(sink.to_owned()).await {
            Ok(Some(due)) => {
                let micros = due.micros().saturating_sub(clock::now().micros());
                Duration::from_micros(u64::try_from(micros).unwrap_or(0)).min(LONGEST_PAUSE)
            }
            Ok(None) => LONGEST_PAUSE,
            Err(_) => ASK_AGAIN,
        }
    }

    /// Tries to deliver one finding, and records how that went.
    async fn settle_outgoing(&self, to: &Destination, mut outgoing: Outgoing, sender: &Sender) {
        let now = clock::now();
        outgoing.attempts = outgoing.attempts.saturating_add(1);
        let told = match serde_json::from_value::<Finding>(std::mem::take(&mut outgoing.finding)) {
            Ok(finding) => self.tell(to, &finding, (&outgoing, sender)).await,
            Err(error) => Err(Untold::Sink(SinkError::Refused {
                message: format!("it is no finding: {error}"),
            })),
        };
        let mut records = Vec::new();
        match told {
            Ok(group) => {
                records.extend(group.map(Record::Memo));
                outgoing.status = OutgoingStatus::Delivered;
                outgoing.failure = None;
                outgoing.due_at = now;
                outgoing.until = Some(now.plus_millis(REMEMBERED));
                self.0.playbooks.delivered.add_one();
            }
            Err(Untold::Sink(error)) => self.put_off(to, &mut outgoing, &error),
            Err(Untold::Store(error)) => {
                // Nothing was tried: it is still due.
                error!(sink = to.config.name, %error, "cannot read what findings are grouped by");
                return tokio::time::sleep(ASK_AGAIN).await;
            }
        }
        records.push(Record::Outgoing(Box::new(outgoing)));
        // What cannot be recorded is delivered once more: at least once is what is promised.
        if let Err(error) = self.0.store.commit(Batch { records }).await {
            error!(sink = to.config.name, %error, "cannot record a delivery");
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }

    fn put_off(&self, to: &Destination, outgoing: &mut Outgoing, error: &SinkError) {
        let now = clock::now();
        let sink = to.config.name.as_str();
        let told = explain(error);
        let begun = outgoing
            .until
            .map_or(now, |until| until.plus_millis(-REMEMBERED));
        let is_late = now.micros() > begun.plus_millis(GIVEN_UP_AFTER).micros();
        if error.is_final() || is_late {
            warn!(sink, reason = told, "a finding is given up");
            outgoing.status = OutgoingStatus::GivenUp;
            outgoing.due_at = now;
            outgoing.until = Some(now.plus_millis(REMEMBERED));
            self.0.playbooks.given_up.add_one();
        } else {
            let pause = pause(outgoing.attempts).max(error.retry_after().unwrap_or_default());
            let attempts = outgoing.attempts;
            warn!(
                sink,
                reason = told,
                attempts,
                ?pause,
                "a finding is delivered later"
            );
            let millis = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
            outgoing.due_at = now.plus_millis(millis);
            self.0.playbooks.put_off.add_one();
        }
        outgoing.failure = Some(told);
    }

    /// Tells a sink of a finding; gives what is to be remembered of its group.
    async fn tell(
        &self,
        to: &Destination,
        finding: &Finding,
        (outgoing, sender): (&Outgoing, &Sender),
    ) -> Result<Option<Memo>, Untold> {
        let key = outgoing.id.to_string();
        let told = Told {
            finding,
            site: &to.site,
            sink: &to.config.name,
            key: &key,
            now: clock::now(),
            thread: None,
        };
        let rules = to.in_force.sinks.named(&to.config.name);
        let Some(grouping) = rules.and_then(|rules: &Rules| rules.grouping.as_ref()) else {
            to.sink.deliver(told, sender).await?;
            return Ok(None);
        };
        let channel = to.sink.channel(finding, &to.site);
        let workload = self.workload_of(finding);
        let surroundings = Surroundings {
            cluster: &to.site.cluster_name,
            workload: workload.as_deref(),
            channel: channel.as_deref(),
        };
        let name = format!("{} {}", to.config.name, grouping.key(finding, surroundings));
        let group = self.group(&name).await?;
        let (mut group, send) = grouping.step(group, finding, surroundings, told.now);
        match send {
            Send::Nothing => {}
            Send::Finding => drop(to.sink.deliver(told, sender).await?),
            Send::Summary {
                summary,
                message,
                threaded,
            } => {
                let summary = ToldSummary {
                    summary: &summary,
                    threaded,
                    site: &to.site,
                    channel: channel.as_deref().unwrap_or_default(),
                    message: message.as_ref(),
                };
                let named = to.sink.deliver_summary(summary, sender).await?;
                if threaded {
                    let thread = Some(&named);
                    let below = Told { thread, ..told };
                    to.sink.deliver(below, sender).await?;
                }
                group.message = message.or(Some(named));
            }
        }
        Ok(Some(remembered(name, &group, grouping, told.now)))
    }

    /// A group of findings as it is remembered. What is damaged begins anew.
    async fn group(&self, name: &str) -> Result<Option<Group>, StoreError> {
        let memo = self.0.store.memo(Topic::Grouping, name.to_owned()).await;
        let memo = match memo {
            Err(error @ StoreError::Damaged { .. }) => {
                warn!(group = name, %error, "a group of findings begins anew");
                None
            }
            memo => memo?,
        };
        Ok(memo.and_then(|memo| serde_json::from_value(memo.value).ok()))
    }

    /// The name of the workload that a finding's subject belongs to.
    fn workload_of(&self, finding: &Finding) -> Option<String> {
        let subject = &finding.subject;
        let (name, namespace) = (subject.name.as_ref()?, subject.namespace.as_ref()?);
        let service = self.service_of(name, namespace);
        service.get("name")?.as_str().map(str::to_owned)
    }
}

fn remembered(name: String, group: &Group, grouping: &Grouping, now: Timestamp) -> Memo {
    let millis = grouping.interval().saturating_mul(2000);
    Memo {
        topic: Topic::Grouping,
        name,
        value: serde_json::to_value(group).unwrap_or_default(),
        until: Some(now.plus_millis(millis)),
    }
}

/// How long a finding waits after so many failures.
fn pause(attempts: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
    FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE)
}

fn open(config: &SinkConfig) -> Option<Box<dyn Sink>> {
    let entry = squall_sinks::find(&config.kind)?;
    let opened = entry.open(&config.parameters);
    opened
        .inspect_err(|error| {
            let (parameter, reason) = (&error.key, &error.message);
            error!(
                sink = config.name,
                parameter, reason, "a sink cannot be used"
            );
        })
        .ok()
}

/// What all findings of this installation have in common.
pub(super) fn site(in_force: &InForce) -> Site {
    let named = |key: &str| {
        let value = in_force.playbooks.global_config.get(key);
        value.and_then(Json::as_str).map(str::to_owned)
    };
    Site {
        cluster_name: named("cluster_name").unwrap_or_default(),
        account_id: named("account_id").unwrap_or_default(),
        signing_key: named("signing_key"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let seconds = |attempts| pause(attempts).as_secs();
        assert_eq!((seconds(1), seconds(2), seconds(5)), (1, 2, 16));
        assert_eq!((seconds(10), seconds(u32::MAX)), (300, 300));
    }
}

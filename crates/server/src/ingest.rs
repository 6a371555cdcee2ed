//! Events come in: durable first, acknowledged second, decided third.

use std::collections::HashMap;
use std::time::Duration;

use squall_engine::schema;
use squall_model::delivery::Delivery;
use squall_model::event::{Event, EventStatus};
use squall_model::record::{Batch, Record};
use squall_model::trace::TraceContext;
use squall_model::trigger::Trigger;
use squall_model::{Id, Json, Object, Reference};
use tokio::sync::mpsc::PermitIterator;
use tokio::time::Instant;

use crate::clock;
use crate::handle::{Error, Handle, Result};

/// An event that a source has seen.
#[derive(Debug, Clone)]
pub struct Happened {
    /// The trigger it belongs to.
    pub trigger: Reference,
    /// What is known about it.
    pub payload: Json,
    /// Where it comes from: what a tag begins with if one has to be made.
    pub origin: String,
    /// The trace it is part of; it begins one if there is none.
    pub trace: TraceContext,
}

/// What makes an event the same as one that came before.
#[derive(Debug, Clone, Copy)]
pub struct Once {
    /// The same for the same delivery.
    pub key: Id,
    /// How long to remember it.
    pub remembered: Duration,
}

/// How often others may take one of the same events before we give up.
const ROUNDS: usize = 3;

impl Handle {
    /// Makes events durable, all or none, and hands them to the rules. When this returns, they survive a power cut.
    ///
    /// Refuses with [`Error::Overloaded`] while too many events wait for their decision; then nothing is accepted.
    pub async fn ingest(&self, happened: Vec<Happened>) -> Result<Vec<Id>> {
        self.ingest_once(happened, &[]).await
    }

    /// [`Handle::ingest`] of what may come a second time. The first of `once` is remembered with the first event, and so
    /// on; if one of them was taken before, nothing is accepted and the error is [`squall_store::Error::Delivered`]. What
    /// is remembered is durable with its event, so that a delivery that was refused or lost may come again.
    pub async fn ingest_once(&self, happened: Vec<Happened>, once: &[Once]) -> Result<Vec<Id>> {
        if self.0.tasks.stopping().is_cancelled() {
            return Err(Error::Stopping);
        }
        let begun = Instant::now();
        if self.0.schedule.waiting() >= self.0.settings.waiting_executions {
            self.0.metrics.events_refused.add_one();
            return Err(Error::Overloaded("executions"));
        }
        // Room in the queue is taken before the commit: what has been acknowledged never has to wait for memory.
        let Ok(room) = self.0.undecided.try_reserve_many(happened.len()) else {
            self.0.metrics.events_refused.add_one();
            return Err(Error::Overloaded("events"));
        };
        let events = self.events(happened);
        let deliveries = once.iter().zip(&events).map(delivery);
        let records = events.iter().cloned().map(Record::Event);
        let records = deliveries.chain(records).collect();
        self.0.store.commit(Batch { records }).await?;
        self.0.metrics.ingest.observe(begun.elapsed());
        let ids = events.iter().map(|event| event.id).collect();
        self.accepted(room, events);
        Ok(ids)
    }

    /// Makes those events durable that were not taken before. Gives for each its id, and whether it is new; of two that
    /// are the same the first is taken.
    pub async fn ingest_new(&self, happened: Vec<(Once, Happened)>) -> Result<Vec<(Id, bool)>> {
        let keys: Vec<Id> = happened.iter().map(|(once, _)| once.key).collect();
        for _ in 0..ROUNDS {
            let known = self.0.store.deliveries(keys.clone()).await?;
            let mut ids: HashMap<Id, Id> =
                known.iter().map(|known| (known.key, known.event)).collect();
            let (mut once, mut new): (Vec<Once>, Vec<Happened>) = Default::default();
            for (of, happened) in &happened {
                let is_first = !once.iter().any(|other| other.key == of.key);
                if is_first && !ids.contains_key(&of.key) {
                    once.push(*of);
                    new.push(happened.clone());
                }
            }
            let made = match new.is_empty() {
                true => Ok(Vec::new()),
                false => self.ingest_once(new, &once).await,
            };
            match made {
                Ok(made) => {
                    let new = once.iter().map(|once| once.key).zip(made);
                    let mut unused: HashMap<Id, Id> = new.collect();
                    ids.extend(&unused);
                    let one = |key: &Id| {
                        let is_new = unused.remove(key).is_some();
                        ids.get(key).map(|id| (*id, is_new))
                    };
                    return Ok(keys.iter().filter_map(one).collect());
                }
                // Somebody else has just taken one of them: now it is known.
                Err(Error::Store(squall_store::Error::Delivered { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::Overloaded("senders of the same events"))
    }

    /// Records a change that the server itself has made, and in the same commit the events that tell of it. Waits while
    /// too many events wait for their decision. A server that stops decides them at its next start.
    pub(crate) async fn record_with_events(
        &self,
        change: Record,
        happened: Vec<Happened>,
    ) -> Result<()> {
        let room = self.0.undecided.reserve_many(happened.len()).await;
        let events = self.events(happened);
        let mut records = vec![change];
        records.extend(events.iter().cloned().map(Record::Event));
        self.0.store.commit(Batch { records }).await?;
        if let Ok(room) = room {
            self.accepted(room, events);
        }
        Ok(())
    }

    fn events(&self, happened: Vec<Happened>) -> Vec<Event> {
        let now = clock::now();
        let mut ids = self.0.seeds.ids(now);
        happened
            .into_iter()
            .map(|happened| event(happened, ids.next_id(), now))
            .collect()
    }

    /// Hands durable events to the rules.
    fn accepted(&self, room: PermitIterator<'_, Event>, events: Vec<Event>) {
        self.0
            .metrics
            .events_accepted
            .add(u64::try_from(events.len()).unwrap_or(0));
        self.0.undecided_since.begin(&events);
        self.0.spans.ingested(&events);
        room.zip(events).for_each(|(room, event)| room.send(event));
    }

    /// The triggers of one type whose parameter has a value: the webhooks of a URL.
    pub fn triggers_with(
        &self,
        trigger_type: &str,
        parameter: &str,
        value: &str,
    ) -> Vec<std::sync::Arc<Trigger>> {
        let loaded = self.loaded();
        let wanted = |trigger: &&std::sync::Arc<Trigger>| {
            trigger.trigger_type.as_str() == trigger_type
                && trigger
                    .parameters
                    .get(parameter)
                    .and_then(Json::as_str)
                    .is_some_and(|given| given.trim_matches('/') == value)
        };
        loaded
            .content
            .triggers
            .values()
            .filter(wanted)
            .cloned()
            .collect()
    }

    /// Holds a payload against what its trigger's type says of it. Squall's own triggers say it for people, and are not
    /// checked.
    pub fn check_payload(&self, trigger: &Reference, payload: &Json) -> Result<()> {
        let loaded = self.loaded();
        let of = loaded
            .content
            .triggers
            .get(trigger)
            .and_then(|trigger| loaded.content.trigger_types.get(&trigger.trigger_type));
        match of {
            Some(of) if of.reference.pack() != "core" => fits(payload, &of.payload_schema),
            _ => Ok(()),
        }
    }

    /// Sends a recorded event through the rules once more, as a new event of the same trace.
    pub async fn re_emit(&self, id: Id) -> Result<Event> {
        let again = self.0.store.event(id).await?;
        let again = again.ok_or_else(|| {
            Error::NotFound(format!("Unable to identify resource with id \"{id}\"."))
        })?;
        let happened = Happened {
            trigger: again.trigger,
            payload: again.payload,
            origin: "trigger_instance".to_owned(),
            trace: again.trace,
        };
        let ids = self.ingest(vec![happened]).await?;
        let id = ids.first().copied().unwrap_or(id);
        let event = self.0.store.event(id).await?;
        event.ok_or_else(|| {
            Error::NotFound(format!("Unable to identify resource with id \"{id}\"."))
        })
    }
}

fn delivery((once, event): (&Once, &Event)) -> Record {
    let millis = i64::try_from(once.remembered.as_millis()).unwrap_or(i64::MAX);
    Record::Delivery(Delivery {
        key: once.key,
        event: event.id,
        taken_at: event.occurred_at,
        forgotten_at: event.occurred_at.plus_millis(millis),
    })
}

/// Holds a value against a trigger type's schema; an empty one says nothing.
pub(crate) fn fits(value: &Json, schema: &Object) -> Result<()> {
    if schema.is_empty() {
        return Ok(());
    }
    let schema = schema::allow_null(schema);
    schema::check(value, &schema).map_err(|mismatch| Error::Invalid(mismatch.message))
}

fn event(happened: Happened, id: Id, now: squall_model::Timestamp) -> Event {
    let mut trace = happened.trace;
    // The first event of a trace gives it its id: what belongs together is found by it.
    trace.id.get_or_insert(id);
    let origin = happened.origin;
    trace.tag.get_or_insert_with(|| format!("{origin}-{id}"));
    Event {
        id,
        trigger: happened.trigger,
        payload: happened.payload,
        occurred_at: now,
        status: EventStatus::Pending,
        trace,
    }
}

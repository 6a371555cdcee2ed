//! A recorded event as triggers of playbooks are asked about it, and as actions are told of it.

use squall_actions::case::Event;
use squall_engine::playbook::{Alert, Happened, PlaybookSet, Release};
use squall_model::content::Content;
use squall_model::event::Event as Recorded;
use squall_model::{Json, Reference, Timestamp};

use super::PACK;
use super::intake::{CHANGE, trigger};

/// What triggers and actions of playbooks know of an event.
pub(crate) struct Heard {
    /// What actions are told.
    pub(super) event: Event,
    asked: Asked,
}

/// What triggers are asked about beside it.
enum Asked {
    Alert(Box<Alert>),
    Release(Box<Release>),
    Schedule(String),
    OfAPack(Reference),
}

impl Heard {
    /// What an event tells; nothing if it is none for playbooks, or for the triggers of playbooks that rules name.
    pub(crate) fn of(
        recorded: &Recorded,
        playbooks: &PlaybookSet,
        content: &Content,
    ) -> Option<Self> {
        if recorded.trigger.pack() == PACK {
            let event = serde_json::from_value(recorded.payload.clone()).ok()?;
            return Self::read(event, &recorded.payload, recorded.occurred_at);
        }
        let heard = || Self::of_trigger(recorded.trigger.clone(), of_a_pack(recorded, content));
        playbooks.listens_to(&recorded.trigger).then(heard)
    }

    /// An event with the payload that it was made of; nothing if that is not what it says, and for a call by hand.
    pub(super) fn read(event: Event, payload: &Json, at: Timestamp) -> Option<Self> {
        let asked = match &event {
            Event::KubernetesChange(_) => Asked::OfAPack(trigger(CHANGE)),
            Event::PrometheusAlert { .. } => {
                let alert = Alert::read(payload.get("alert")?, at);
                Asked::Alert(Box::new(alert.ok()?))
            }
            Event::HelmRelease { release } => {
                Asked::Release(Box::new(serde_json::from_value(release.clone()).ok()?))
            }
            Event::Schedule { .. } => {
                Asked::Schedule(payload.get("schedule")?.as_str()?.to_owned())
            }
            Event::Trigger { .. } | Event::Manual { .. } => return None,
        };
        Some(Self { event, asked })
    }

    /// An event of a pack's trigger.
    pub(super) fn of_trigger(trigger: Reference, event: Event) -> Self {
        Self {
            event,
            asked: Asked::OfAPack(trigger),
        }
    }

    /// As triggers are asked.
    pub(super) fn happened(&self) -> Happened<'_> {
        match (&self.event, &self.asked) {
            (Event::KubernetesChange(change), _) => Happened::Change(change),
            (_, Asked::Alert(alert)) => Happened::Alert(alert),
            (_, Asked::Release(release)) => Happened::Release(release),
            (_, Asked::Schedule(schedule)) => Happened::Schedule(schedule),
            (_, Asked::OfAPack(trigger)) => Happened::OfAPack(trigger),
        }
    }
}

/// What actions are told of a recorded event.
///
/// # Errors
/// Says why it is no event for playbooks.
pub(super) fn event_of(recorded: &Recorded, content: &Content) -> Result<Event, serde_json::Error> {
    match recorded.trigger.pack() {
        PACK => serde_json::from_value(recorded.payload.clone()),
        _ => Ok(of_a_pack(recorded, content)),
    }
}

fn of_a_pack(recorded: &Recorded, content: &Content) -> Event {
    let trigger = content.triggers.get(&recorded.trigger);
    let name = trigger.map_or(&recorded.trigger, |trigger| &trigger.trigger_type);
    Event::Trigger {
        trigger: name.to_string(),
        payload: recorded.payload.clone(),
    }
}

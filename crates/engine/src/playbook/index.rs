//! Which triggers could fire at all: by the sort of event, the kind and the operation.

use std::collections::HashMap;

use squall_model::Reference;
use squall_model::change::Operation;
use squall_model::playbook::classes::KINDS;

use super::trigger::{Changes, Of, Trigger};

/// The number of a playbook and that of one of its triggers.
pub(super) type Place = (usize, usize);

/// Triggers by what they wait for, each list in the order in which they are asked.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By the kind in small letters, then by the operation.
    changes: HashMap<String, [Vec<Place>; 3]>,
    alerts: Vec<Place>,
    releases: Vec<Place>,
    schedules: Vec<Place>,
    of_packs: HashMap<Reference, Vec<Place>>,
}

impl Index {
    /// Adds a trigger; they come in the order in which they are asked.
    pub(super) fn add(&mut self, place: Place, trigger: &Trigger) {
        match trigger {
            Trigger::Change(changes) => self.add_changes(place, changes),
            Trigger::Alert(_) => self.alerts.push(place),
            Trigger::Release(_) => self.releases.push(place),
            Trigger::Schedule(_) => self.schedules.push(place),
            Trigger::OfAPack(trigger) => {
                let places = self.of_packs.entry(trigger.clone()).or_default();
                places.push(place);
            }
        }
    }

    /// The triggers on changes of a kind by an operation.
    pub(super) fn changes(&self, kind: &str, operation: Operation) -> &[Place] {
        let lists = self.changes.get(&kind.to_ascii_lowercase());
        lists.map_or(&[], |lists| {
            let [create, update, delete] = lists;
            match operation {
                Operation::Create => create,
                Operation::Update => update,
                Operation::Delete => delete,
            }
        })
    }

    /// The triggers on alerts.
    pub(super) fn alerts(&self) -> &[Place] {
        &self.alerts
    }

    /// The triggers on Helm's releases.
    pub(super) fn releases(&self) -> &[Place] {
        &self.releases
    }

    /// The triggers on times.
    pub(super) fn schedules(&self) -> &[Place] {
        &self.schedules
    }

    /// The triggers on events of a pack's trigger.
    pub(super) fn of_a_pack(&self, trigger: &Reference) -> &[Place] {
        self.of_packs.get(trigger).map_or(&[], Vec::as_slice)
    }

    fn add_changes(&mut self, place: Place, changes: &Changes) {
        let kinds: Vec<&str> = match &changes.of {
            Of::Kind(kind) => vec![kind.word],
            Of::AnyKnown => KINDS.iter().map(|kind| kind.word).collect(),
            Of::Resources(resources) => {
                let mut kinds: Vec<_> = resources.iter().map(|one| one.kind.as_str()).collect();
                kinds.sort_unstable();
                kinds.dedup();
                kinds
            }
        };
        for kind in kinds {
            let lists = self.changes.entry(kind.to_owned()).or_default();
            for (operation, list) in Operation::ALL.iter().zip(lists) {
                if changes.operations.is_empty() || changes.operations.contains(operation) {
                    list.push(place);
                }
            }
        }
    }
}

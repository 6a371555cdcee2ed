//! All that packs bring, as one value that is replaced whole when packs change.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::action::Action;
use crate::pack::{Config, Pack};
use crate::rule::Rule;
use crate::sensor::Sensor;
use crate::trigger::{Trigger, TriggerType};
use crate::{Id, Reference};

/// One pack with everything it brings.
#[derive(Debug, Clone, PartialEq)]
pub struct PackContent {
    /// The pack itself.
    pub pack: Arc<Pack>,
    /// Its config schema and values.
    pub config: Arc<Config>,
    /// Its actions.
    pub actions: Vec<Arc<Action>>,
    /// Its rules.
    pub rules: Vec<Arc<Rule>>,
    /// The trigger types it declares, those of its sensors included.
    pub trigger_types: Vec<Arc<TriggerType>>,
    /// Its sensors.
    pub sensors: Vec<Sensor>,
}

/// Everything that is registered: packs, and what came over REST. A reader holds one `Arc<Content>` and sees one
/// consistent state; a change makes a new one.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// Packs by reference.
    pub packs: BTreeMap<String, Arc<Pack>>,
    /// Configs by pack.
    pub configs: BTreeMap<String, Arc<Config>>,
    /// Actions by reference.
    pub actions: BTreeMap<Reference, Arc<Action>>,
    /// Rules by reference.
    pub rules: BTreeMap<Reference, Arc<Rule>>,
    /// Trigger types by reference.
    pub trigger_types: BTreeMap<Reference, Arc<TriggerType>>,
    /// Sensors by reference.
    pub sensors: BTreeMap<Reference, Arc<Sensor>>,
    /// Triggers by reference: one for each type without parameters, and one for each set of parameters a rule gives.
    pub triggers: BTreeMap<Reference, Arc<Trigger>>,
}

impl Content {
    /// The action with this reference or id.
    pub fn action(&self, ref_or_id: &str) -> Option<&Arc<Action>> {
        find(&self.actions, ref_or_id, |action| action.id)
    }

    /// The rule with this reference or id.
    pub fn rule(&self, ref_or_id: &str) -> Option<&Arc<Rule>> {
        find(&self.rules, ref_or_id, |rule| rule.id)
    }

    /// The trigger type with this reference or id.
    pub fn trigger_type(&self, ref_or_id: &str) -> Option<&Arc<TriggerType>> {
        find(&self.trigger_types, ref_or_id, |trigger_type| {
            trigger_type.id
        })
    }

    /// The sensor with this reference or id.
    pub fn sensor(&self, ref_or_id: &str) -> Option<&Arc<Sensor>> {
        find(&self.sensors, ref_or_id, |sensor| sensor.id)
    }

    /// The trigger with this reference or id.
    pub fn trigger(&self, ref_or_id: &str) -> Option<&Arc<Trigger>> {
        find(&self.triggers, ref_or_id, |trigger| trigger.id)
    }

    /// The pack with this reference or id.
    pub fn pack(&self, ref_or_id: &str) -> Option<&Arc<Pack>> {
        let by_id = || {
            ref_or_id
                .parse()
                .ok()
                .and_then(|id: Id| self.packs.values().find(|pack| pack.id == id))
        };
        self.packs.get(ref_or_id).or_else(by_id)
    }
}

/// A dot decides: with one it is a reference, without one an id.
fn find<'a, T>(
    all: &'a BTreeMap<Reference, Arc<T>>,
    ref_or_id: &str,
    id_of: fn(&T) -> Id,
) -> Option<&'a Arc<T>> {
    if let Ok(reference) = ref_or_id.parse::<Reference>() {
        return all.get(&reference);
    }
    let id: Id = ref_or_id.parse().ok()?;
    all.values().find(|item| id_of(item) == id)
}

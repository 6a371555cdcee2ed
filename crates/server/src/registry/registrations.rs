//! What was registered over REST, on top of what packs bring.
//!
//! A change of something that a file brings holds as long as the file says what it said when the change was made. A file
//! that says something else, is new, or is gone wins, and the change is dropped for good. While a pack is not there, or
//! cannot be read whole, changes of it are kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use squall_model::action::Action;
use squall_model::content::Content;
use squall_model::record::{Record, Resource, ResourceKind};
use squall_model::rule::Rule;
use squall_model::runner::RunnerType;
use squall_model::sensor::Sensor;
use squall_model::trigger::{Trigger, TriggerType};
use squall_model::{Id, Json, Reference};
use tracing::warn;

use super::packs::Packs;
use crate::handle::{Error, Result};

/// What can be registered over REST.
#[derive(Debug, Clone)]
pub enum Registration {
    /// A rule, new or changed.
    Rule(Box<Rule>),
    /// An action, new or changed.
    Action(Box<Action>),
    /// A trigger type, new or changed.
    TriggerType(Box<TriggerType>),
    /// A trigger, new or changed.
    Trigger(Box<Trigger>),
    /// A sensor switched on or off.
    Sensor(Box<Sensor>),
    /// A runner switched on or off.
    Runner {
        /// Its name.
        name: String,
        /// Whether it is on.
        enabled: bool,
    },
    /// Something that is no more.
    Deleted(ResourceKind, Reference),
}

/// Names what a registration is about.
type Name = (&'static str, String);

/// Everything that was registered over REST.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registrations(BTreeMap<Name, Arc<Registered>>);

/// One registration, as it is recorded and as it is used.
#[derive(Debug)]
struct Registered {
    resource: Resource,
    item: Item,
}

/// What a registration puts in force.
#[derive(Debug)]
enum Item {
    Rule(Arc<Rule>),
    Action(Arc<Action>),
    TriggerType(Arc<TriggerType>),
    Trigger(Arc<Trigger>),
    Sensor(Arc<Sensor>),
    Runner(bool),
    /// There is no such thing any more.
    Gone,
    /// It cannot be read; it is left alone, so that it can be looked at.
    Unreadable,
}

impl Registrations {
    /// Those that are recorded.
    pub(crate) fn of(resources: Vec<Resource>) -> Self {
        let all = resources.into_iter().map(|resource| {
            let item = Item::read(&resource);
            let registered = Arc::new(Registered { resource, item });
            (name(&registered.resource), registered)
        });
        Self(all.collect())
    }

    /// These with one more, and what has to be recorded of it.
    pub(crate) fn with(&self, registration: Registration, packs: &Packs) -> Result<(Self, Record)> {
        let mut resource = resource(registration)?;
        resource.replaces = of_file(&resource, packs);
        let mut all = self.0.clone();
        if resource.body.is_null() && resource.replaces.is_none() {
            all.remove(&name(&resource));
            return Ok((Self(all), deleted(&resource)));
        }
        let item = Item::read(&resource);
        let record = Record::Resource(resource.clone());
        all.insert(name(&resource), Arc::new(Registered { resource, item }));
        Ok((Self(all), record))
    }

    /// Puts them in force, and gives those that a pack's files have made void.
    pub(crate) fn apply(
        &self,
        content: &mut Content,
        runners: &mut [Arc<RunnerType>],
        packs: &Packs,
    ) -> Vec<Resource> {
        let mut void = Vec::new();
        for registered in self.0.values() {
            let resource = &registered.resource;
            if of_file(resource, packs) == resource.replaces {
                registered.apply(content, runners);
            } else if is_void(resource, packs) {
                void.push(resource.clone());
            }
        }
        void
    }

    /// These without some.
    pub(crate) fn without(&self, void: &[Resource]) -> Self {
        let mut all = self.0.clone();
        for resource in void {
            all.remove(&name(resource));
        }
        Self(all)
    }

    /// What of a pack's files is changed, by kind and reference.
    pub(crate) fn changes_of(&self, pack: &str) -> Vec<(ResourceKind, String)> {
        let all = self.0.values().map(|registered| &registered.resource);
        let of_pack = all.filter(|resource| {
            let reference = resource.reference.split_once('.');
            resource.replaces.is_some() && reference.is_some_and(|(of, _)| of == pack)
        });
        of_pack
            .map(|resource| (resource.kind, resource.reference.clone()))
            .collect()
    }
}

/// The record that takes a registration away.
pub(crate) fn deleted(resource: &Resource) -> Record {
    Record::ResourceDeleted {
        kind: resource.kind,
        reference: resource.reference.clone(),
    }
}

fn name(resource: &Resource) -> Name {
    (resource.kind.as_str(), resource.reference.clone())
}

/// Whether the files speak for themselves: the pack is there, and could be read whole.
fn is_void(resource: &Resource, packs: &Packs) -> bool {
    let pack = resource.reference.split_once('.').map(|(pack, _)| pack);
    pack.and_then(|pack| packs.get(pack))
        .is_some_and(|pack| pack.is_whole())
}

impl Registered {
    fn apply(&self, content: &mut Content, runners: &mut [Arc<RunnerType>]) {
        let Resource {
            kind, reference, ..
        } = &self.resource;
        match &self.item {
            Item::Rule(rule) => drop(
                content
                    .rules
                    .insert(rule.reference.clone(), Arc::clone(rule)),
            ),
            Item::Action(action) => {
                let of = action.reference.clone();
                content.actions.insert(of, Arc::clone(action));
            }
            Item::TriggerType(item) => {
                let of = item.reference.clone();
                content.trigger_types.insert(of, Arc::clone(item));
            }
            Item::Trigger(trigger) => {
                let of = trigger.reference.clone();
                content.triggers.insert(of, Arc::clone(trigger));
            }
            Item::Sensor(sensor) => {
                let of = sensor.reference.clone();
                content.sensors.insert(of, Arc::clone(sensor));
            }
            Item::Runner(enabled) => {
                if let Some(runner) = runners.iter_mut().find(|runner| runner.name == *reference) {
                    Arc::make_mut(runner).enabled = *enabled;
                }
            }
            Item::Gone => remove(content, *kind, reference),
            Item::Unreadable => {}
        }
    }
}

fn remove(content: &mut Content, kind: ResourceKind, reference: &str) {
    let Ok(reference) = reference.parse::<Reference>() else {
        return;
    };
    match kind {
        ResourceKind::Rule => drop(content.rules.remove(&reference)),
        ResourceKind::Action => drop(content.actions.remove(&reference)),
        ResourceKind::TriggerType => drop(content.trigger_types.remove(&reference)),
        ResourceKind::Trigger => drop(content.triggers.remove(&reference)),
        ResourceKind::Sensor => drop(content.sensors.remove(&reference)),
        ResourceKind::Runner | ResourceKind::Config => {}
    }
}

impl Item {
    fn read(resource: &Resource) -> Self {
        let body = resource.body.clone();
        if body.is_null() {
            return Self::Gone;
        }
        let read = match resource.kind {
            ResourceKind::Rule => serde_json::from_value(body).map(Self::Rule),
            ResourceKind::Action => serde_json::from_value(body).map(Self::Action),
            ResourceKind::TriggerType => serde_json::from_value(body).map(Self::TriggerType),
            ResourceKind::Trigger => serde_json::from_value(body).map(Self::Trigger),
            ResourceKind::Sensor => serde_json::from_value(body).map(Self::Sensor),
            ResourceKind::Runner => {
                let enabled = body.get("enabled").and_then(Json::as_bool);
                Ok(enabled.map_or(Self::Unreadable, Self::Runner))
            }
            ResourceKind::Config => Ok(Self::Unreadable),
        };
        read.unwrap_or_else(|error| {
            let reference = &resource.reference;
            warn!(%reference, %error, "a recorded registration cannot be read");
            Self::Unreadable
        })
    }
}

/// The digest of what a pack's file says of a thing; none if no file brings it.
fn of_file(resource: &Resource, packs: &Packs) -> Option<String> {
    let reference: Reference = resource.reference.parse().ok()?;
    let content = &packs.get(reference.pack())?.content;
    match resource.kind {
        ResourceKind::Rule => {
            let mut rules = content.rules.iter();
            rules
                .find(|rule| rule.reference == reference)
                .map(|rule| digest(rule.as_ref()))
        }
        ResourceKind::Action => {
            let mut actions = content.actions.iter();
            actions
                .find(|action| action.reference == reference)
                .map(|action| digest(action.as_ref()))
        }
        ResourceKind::TriggerType => {
            let mut types = content.trigger_types.iter();
            types
                .find(|of| of.reference == reference)
                .map(|of| digest(of.as_ref()))
        }
        ResourceKind::Sensor => {
            let mut sensors = content.sensors.iter();
            sensors
                .find(|sensor| sensor.reference == reference)
                .map(digest)
        }
        ResourceKind::Trigger | ResourceKind::Runner | ResourceKind::Config => None,
    }
}

/// What says nothing does not count, so that a newer Squall, which knows of more to say, finds the same digest.
fn digest(item: &impl serde::Serialize) -> String {
    let mut said = serde_json::to_value(item).unwrap_or_default();
    if let Some(members) = said.as_object_mut() {
        members.retain(|_, member| match member {
            Json::Null => false,
            Json::String(text) => !text.is_empty(),
            Json::Array(items) => !items.is_empty(),
            Json::Object(members) => !members.is_empty(),
            Json::Bool(_) | Json::Number(_) => true,
        });
    }
    Id::of(&said.to_string()).to_string()
}

fn resource(registration: Registration) -> Result<Resource> {
    let shape = |error: serde_json::Error| {
        Error::Invalid(format!("the registration cannot be recorded: {error}"))
    };
    let (kind, reference, body) = match registration {
        Registration::Rule(item) => (
            ResourceKind::Rule,
            item.reference.to_string(),
            serde_json::to_value(item).map_err(shape)?,
        ),
        Registration::Action(item) => (
            ResourceKind::Action,
            item.reference.to_string(),
            serde_json::to_value(item).map_err(shape)?,
        ),
        Registration::TriggerType(item) => (
            ResourceKind::TriggerType,
            item.reference.to_string(),
            serde_json::to_value(item).map_err(shape)?,
        ),
        Registration::Trigger(item) => (
            ResourceKind::Trigger,
            item.reference.to_string(),
            serde_json::to_value(item).map_err(shape)?,
        ),
        Registration::Sensor(item) => (
            ResourceKind::Sensor,
            item.reference.to_string(),
            serde_json::to_value(item).map_err(shape)?,
        ),
        Registration::Runner { name, enabled } => (
            ResourceKind::Runner,
            name,
            serde_json::json!({ "enabled": enabled }),
        ),
        Registration::Deleted(kind, reference) => (kind, reference.to_string(), Json::Null),
    };
    Ok(Resource {
        kind,
        reference,
        body,
        replaces: None,
    })
}

//! Entries of the catalogue: an action's name, what users see of it, and the one function that carries it out.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::Poll;

use serde::Deserialize;
use serde_json::json;
use squall_model::finding::Block;
use squall_model::playbook::actions::KnownAction;
use squall_model::playbook::classes::EventClass;
use squall_model::{Json, Object};

use crate::case::attributes;
use crate::failure::{Code, Failure};
use crate::{ALL, Action, Case};

pub(crate) mod parameters;

/// Parameters that several actions have.
const GROUPS: &str = include_str!("catalogue/groups.json");

/// What a finding says where a graph should be, in the words of the Python side.
const NO_PROMETHEUS: &str = "Prometheus could not be reached. If it is up, name its address in *globalConfig*, for \
    example:\n```globalConfig:\n\tprometheus_url: http://prometheus-server.monitoring.svc.cluster.local:9090```";

/// One action of the catalogue.
pub struct Entry {
    /// What a playbook writes.
    pub name: &'static str,
    event: &'static str,
    definition: &'static str,
    start: for<'a> fn(Object, &'a mut Case<'_>) -> Later<'a>,
}

type Later<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;

/// What users see of an action.
#[derive(Debug, Clone, PartialEq)]
pub struct Manual {
    /// What it does.
    pub description: String,
    /// Robusta's name for its parameters; empty if it takes none.
    pub class: String,
    /// Each a JSON schema, with `required` or `default`.
    pub parameters: Object,
    /// Whether it changes the cluster, and so has `dry_run`.
    pub changes_cluster: bool,
}

impl Entry {
    /// The class of events that it takes.
    pub fn event(&self) -> EventClass {
        EventClass::parse(self.event).expect("a test parses the class of every entry")
    }

    /// What users see of it.
    pub fn manual(&self) -> &'static Manual {
        MANUALS.get(self.name).expect("it is made of all entries")
    }

    /// What it says of itself where Python actions do the same.
    pub fn known(&self) -> KnownAction {
        let (event, manual) = (self.event(), self.manual());
        let below = EventClass::all().filter(|class| class.is(event));
        KnownAction {
            name: self.name.to_owned(),
            module: None,
            file: None,
            line: None,
            event: self.event.to_owned(),
            events: below.map(|class| class.as_str().to_owned()).collect(),
            params: (!manual.parameters.is_empty())
                .then(|| schema(&manual.class, &manual.parameters)),
            doc: Some(manual.description.clone()),
            by_hand: told_by_hand(event).map(|told| schema(&attributes(event), &told)),
        }
    }

    /// Carries it out: with the case's global parameters behind the action's own, and for an event by hand on the object
    /// that the event names.
    ///
    /// # Errors
    /// It does not take such an event, its parameters are wrong, or it failed.
    pub async fn run(&self, given: &Object, case: &mut Case<'_>) -> Result<(), Failure> {
        let class = self.event();
        case.enter(self.name, class).await?;
        let manual = self.manual();
        let mut all = case.means.global_config.clone();
        all.extend(
            given
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        let read = parameters::read(&manual.class, &manual.parameters, &all).map_err(|wrong| {
            let text = format!(
                "Failed to create {} for running {}: {wrong}",
                manual.class, self.name
            );
            Failure::new(Code::Params, text)
        })?;
        let outcome = caught((self.start)(read, case)).await;
        if outcome
            .as_ref()
            .is_err_and(|failure| failure.code == Code::NoPrometheus)
            && !case.findings.is_empty()
        {
            case.add_blocks(vec![Block::markdown(NO_PROMETHEUS)]).await;
        }
        outcome
    }
}

/// The entry of an action.
pub(crate) const fn entry<A: Action>() -> Entry {
    Entry {
        name: A::NAME,
        event: A::EVENT,
        definition: A::DEFINITION,
        start: start::<A>,
    }
}

/// The action of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.name == name)
}

fn start<'a, A: Action>(read: Object, case: &'a mut Case<'_>) -> Later<'a> {
    Box::pin(async move {
        let params = serde_json::from_value(Json::Object(read)).map_err(|error| {
            let text = format!("Failed to read the parameters of {}: {error}", A::NAME);
            Failure::new(Code::Params, text)
        })?;
        A::run(params, case).await
    })
}

/// What users see of each action, read once.
static MANUALS: LazyLock<BTreeMap<&str, Manual>> = LazyLock::new(|| {
    let read = |entry: &Entry| {
        let definition: Definition = serde_json::from_str(entry.definition)
            .expect("a test parses the definition of every entry");
        (entry.name, definition.manual())
    };
    ALL.iter().map(read).collect()
});

/// [`Action::DEFINITION`], read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Definition {
    description: String,
    #[serde(default)]
    class: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    parameters: Object,
    #[serde(default)]
    changes_cluster: bool,
}

impl Definition {
    fn manual(self) -> Manual {
        let groups: Object = serde_json::from_str(GROUPS).expect("a test parses the groups");
        let mut parameters = self.parameters;
        for name in &self.also {
            let group = groups.get(name).and_then(Json::as_object);
            let group = group.expect("a test finds the groups of every entry");
            parameters.extend(group.clone());
        }
        if self.changes_cluster {
            let dry_run = json!({
                "type": "boolean",
                "default": false,
                "description": "Ask the cluster what would come of it, and change nothing.",
            });
            parameters.insert("dry_run".to_owned(), dry_run);
        }
        Manual {
            description: self.description,
            class: self.class,
            parameters,
            changes_cluster: self.changes_cluster,
        }
    }
}

/// A JSON schema of parameters, as pydantic makes one: it does not say what may be null.
fn schema(class: &str, declared: &Object) -> Object {
    let mut schema = Object::new();
    schema.insert("title".to_owned(), class.into());
    schema.insert("type".to_owned(), "object".into());
    schema.extend(members(declared));
    schema
}

fn members(declared: &Object) -> Object {
    let is_required = |schema: &Json| schema.get("required") == Some(&Json::Bool(true));
    let required = declared.iter().filter(|(_, schema)| is_required(schema));
    let required: Vec<&str> = required.map(|(name, _)| name.as_str()).collect();
    let properties = declared.iter();
    let properties: Object = properties
        .map(|(name, schema)| (name.clone(), property(schema)))
        .collect();
    let mut members = Object::new();
    members.insert("properties".to_owned(), properties.into());
    if !required.is_empty() {
        members.insert("required".to_owned(), required.into());
    }
    members
}

fn property(declared: &Json) -> Json {
    let mut made = declared.as_object().cloned().unwrap_or_default();
    made.shift_remove("required");
    if let Some(Json::Array(kinds)) = made.get("type") {
        let first = kinds.first().cloned().unwrap_or_default();
        made.insert("type".to_owned(), first);
    }
    if let Some(items) = made.get("items").map(property) {
        made.insert("items".to_owned(), items);
    }
    if let Some(inner) = made
        .get("properties")
        .and_then(Json::as_object)
        .map(members)
    {
        made.extend(inner);
    }
    Json::Object(made)
}

/// What a call by hand must tell of the object, each a JSON schema with `required`; nothing if there are no such calls.
pub(crate) fn told_by_hand(event: EventClass) -> Option<Object> {
    let named: &[(&str, bool)] = match event {
        EventClass::ExecutionBase => &[],
        EventClass::KubernetesResource => &[("kind", true), ("name", true), ("namespace", false)],
        EventClass::Resource(kind) if kind.is_namespaced => &[("name", true), ("namespace", true)],
        EventClass::Resource(_) => &[("name", true)],
        _ => return None,
    };
    let declared = named.iter().map(|(name, is_required)| {
        let schema = match is_required {
            true => json!({"type": "string", "required": true}),
            false => json!({"type": ["string", "null"]}),
        };
        ((*name).to_owned(), schema)
    });
    Some(declared.collect())
}

/// What the action gives; of one that panicked, a failure.
async fn caught(mut later: Later<'_>) -> Result<(), Failure> {
    poll_fn(|context| {
        // A case may be left half told by a panic; each of its findings is whole.
        match catch_unwind(AssertUnwindSafe(|| later.as_mut().poll(context))) {
            Ok(poll) => poll,
            Err(panic) => {
                let text = format!(
                    "{}: the action broke down: {}",
                    Code::Unexpected,
                    said(panic.as_ref())
                );
                Poll::Ready(Err(Failure::new(Code::Unexpected, text)))
            }
        }
    })
    .await
}

fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests;

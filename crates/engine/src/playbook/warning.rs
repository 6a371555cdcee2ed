//! Warning events, in the form of `events.k8s.io` (`regarding`, `note`) and in that of the core group
//! (`involvedObject`, `message`).

use squall_model::Json;
use squall_model::change::Operation;

use super::explain::Why;
use super::selector::text;
use super::services::Services;
use super::subject::Subject;

/// What a trigger on warnings asks.
#[derive(Debug, Default)]
pub(super) struct Warning {
    /// None for all.
    pub(super) operations: Vec<Operation>,
    /// Parts of reason and note, in small letters; one must be there.
    pub(super) include: Vec<String>,
    /// None of these may be there.
    pub(super) exclude: Vec<String>,
}

impl Warning {
    pub(super) fn check(&self, subject: &Subject<'_>) -> Result<(), Why> {
        let object = &subject.change.obj;
        if text(Some(object), "type") != Some("Warning") {
            return Err(Why::NotSo("the event's type is not `Warning`"));
        }
        if regarding(object).is_none() {
            return Err(Why::NotSo("the event does not say what it is about"));
        }
        let operation = subject.change.operation;
        if !self.operations.is_empty() && !self.operations.contains(&operation) {
            return Err(Why::OtherOperation);
        }
        let note = text(Some(object), "note").or_else(|| text(Some(object), "message"));
        let words = [text(Some(object), "reason"), note].map(|text| text.unwrap_or("None"));
        let content = words.concat().to_lowercase();
        if self.exclude.iter().any(|part| content.contains(part)) {
            return Err(Why::NotSo("`exclude` names a part of the event"));
        }
        if !self.include.is_empty() && !self.include.iter().any(|part| content.contains(part)) {
            return Err(Why::NotSo("`include` names no part of the event"));
        }
        Ok(())
    }
}

/// The reason, as the key of a rate limit has it.
pub(super) fn reason(object: &Json) -> &str {
    text(Some(object), "reason").unwrap_or("None")
}

/// The workload it is about, else namespace and name of the object.
pub(super) fn about(object: &Json, services: &Services) -> String {
    let regarding = regarding(object);
    let name = text(regarding, "name").unwrap_or_default();
    let namespace = text(regarding, "namespace").unwrap_or_default();
    let service = services.guess(namespace, name);
    service.map_or_else(|| format!("{namespace}:{name}"), |service| service.key())
}

fn regarding(object: &Json) -> Option<&Json> {
    let member = |name| object.get(name).filter(|value| value.is_object());
    member("regarding").or_else(|| member("involvedObject"))
}

//! Named kinds of events.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Id, Json, Object, Reference};

/// A kind of event that a pack or Squall itself declares, such as `core.st2.webhook`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TriggerType {
    /// Its id.
    pub id: Id,
    /// The pack that brings it, and its name there.
    #[serde(rename = "ref")]
    pub reference: Reference,
    /// For people.
    #[serde(default)]
    pub description: Option<String>,
    /// JSON Schema of the payload; empty for "anything".
    #[serde(default)]
    pub payload_schema: Object,
    /// JSON Schema of the parameters that a rule may give; empty if it takes none.
    #[serde(default)]
    pub parameters_schema: Object,
    /// Free labels.
    #[serde(default)]
    pub tags: Vec<Json>,
    /// The file it was read from, relative to its pack.
    #[serde(default)]
    pub metadata_file: Option<String>,
}

/// A trigger type with parameters filled in: what a rule listens to and an event belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// Its id.
    pub id: Id,
    /// Its own reference: the type's, if there are no parameters; else the pack and a UUID made from type and parameters.
    #[serde(rename = "ref")]
    pub reference: Reference,
    /// The type.
    #[serde(rename = "type")]
    pub trigger_type: Reference,
    /// The parameters.
    #[serde(default)]
    pub parameters: Object,
    /// For people.
    #[serde(default)]
    pub description: Option<String>,
}

impl Trigger {
    /// The trigger of `trigger_type` with `parameters`: the same two always give the same trigger.
    ///
    /// As in StackStorm the order of the parameters is part of the identity.
    pub fn new(trigger_type: &Reference, parameters: Object) -> Self {
        let reference = if parameters.is_empty() {
            trigger_type.clone()
        } else {
            let parameters = Json::Object(parameters.clone());
            let digest = Sha256::digest(format!("{trigger_type}:{parameters}").as_bytes());
            Reference::new(trigger_type.pack(), &uuid_text(&digest))
        };
        let id = Id::of(&format!(
            "trigger:{}:{}",
            reference.pack(),
            reference.name()
        ));
        Self {
            id,
            reference,
            trigger_type: trigger_type.clone(),
            parameters,
            description: None,
        }
    }
}

/// The first 16 bytes in the form `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`.
fn uuid_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().take(16).enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.extend(char::from_digit(u32::from(byte >> 4), 16));
        text.extend(char::from_digit(u32::from(byte & 15), 16));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn identity_is_type_and_parameters() {
        let webhook: Reference = "core.st2.webhook".parse().unwrap();
        let with =
            |url: &str| Trigger::new(&webhook, json!({"url": url}).as_object().unwrap().clone());
        assert_eq!(with("pprof"), with("pprof"));
        assert_ne!(with("pprof").reference, with("other").reference);
        assert_eq!(Trigger::new(&webhook, Object::new()).reference, webhook);
        assert_eq!(with("pprof").reference.name().len(), 36);
    }
}

//! Parameter schemas: the dialect in which actions, runners and triggers say what they take.

use serde::{Deserialize, Serialize};

use crate::{Json, Object};

/// Parameter name to property schema, in the order written.
///
/// The dialect is StackStorm's: JSON Schema draft 4 with `required` as a boolean on the property (draft 3), and
/// `secret`, `position` and `immutable` beside it. Checking and filling values is `engine`'s work.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parameters(pub Object);

impl Parameters {
    /// The schema of one parameter.
    pub fn get(&self, name: &str) -> Option<&Object> {
        self.0.get(name).and_then(Json::as_object)
    }

    /// Names and schemas, in the order written.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Object)> {
        self.0
            .iter()
            .filter_map(|(name, schema)| schema.as_object().map(|schema| (name, schema)))
    }

    /// Whether a flag such as `secret` or `immutable` is set on a parameter.
    pub fn flag(&self, name: &str, flag: &str) -> bool {
        self.get(name)
            .and_then(|schema| schema.get(flag))
            .and_then(Json::as_bool)
            .unwrap_or(false)
    }
}

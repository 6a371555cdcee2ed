//! What a trigger was given, read as leniently as Robusta reads it: a number where text is taken is its text, and the
//! other way round.

use squall_model::playbook::PlaybookTrigger;
use squall_model::playbook::parameter::Otherwise;
use squall_model::playbook::triggers::TriggerKind;
use squall_model::{Json, Object};

/// The parameters of one trigger.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameters<'a> {
    kind: &'a TriggerKind,
    written: &'a Object,
}

impl<'a> Parameters<'a> {
    pub(super) fn new(kind: &'a TriggerKind, trigger: &'a PlaybookTrigger) -> Self {
        Self {
            kind,
            written: &trigger.parameters,
        }
    }

    /// What is written, where it is not null.
    pub(super) fn get(&self, name: &str) -> Option<&'a Json> {
        self.written.get(name).filter(|value| !value.is_null())
    }

    /// Whether it is written, if only as null.
    pub(super) fn is_written(&self, name: &str) -> bool {
        self.written.contains_key(name)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.get(name) {
            Some(written) => as_text(written),
            None if self.is_written(name) => None,
            None => match self.otherwise(name) {
                Otherwise::Text(text) => Some(text.to_owned()),
                _ => None,
            },
        }
    }

    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        match self.get(name) {
            Some(Json::Array(items)) => items.iter().filter_map(as_text).collect(),
            Some(other) => as_text(other).into_iter().collect(),
            None => Vec::new(),
        }
    }

    pub(super) fn object(&self, name: &str) -> Option<&'a Object> {
        self.get(name)?.as_object()
    }

    /// A number; its default where it is null or none.
    pub(super) fn number(&self, name: &str) -> f64 {
        let written = self.get(name).and_then(as_number);
        written.unwrap_or_else(|| match self.otherwise(name) {
            #[expect(
                clippy::cast_precision_loss,
                reason = "seconds and counts; the largest stands for never"
            )]
            Otherwise::Whole(number) => number as f64,
            _ => 0.0,
        })
    }

    fn otherwise(&self, name: &str) -> Otherwise {
        let parameter = self.kind.parameter(name);
        parameter.map_or(Otherwise::Nothing, |parameter| parameter.otherwise)
    }
}

/// A number, or a text that is one.
pub(super) fn as_number(value: &Json) -> Option<f64> {
    match value {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite()),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// A text, or what Python makes of a number or a flag.
pub(super) fn as_text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(true) => Some("True".to_owned()),
        Json::Bool(false) => Some("False".to_owned()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

//! Texts as Python makes them.

use squall_expression::value::json::from_json;
use squall_expression::value::text::str as python_str;
use squall_model::Json;
use squall_model::finding::Subject;

pub(crate) mod form;
pub(crate) mod substitute;
pub(crate) mod time;

use substitute::{Names, substitute};

/// A value as Python's `str` shows it.
pub(crate) fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => python_str(&from_json(other))
            .map_or_else(|_| other.to_string(), |text| text.to_string()),
    }
}

/// A text of a user with its variables filled in: what an event is about, its labels and annotations.
pub(crate) fn templated(text: &str, subject: &Subject) -> String {
    let or_missing = |given: Option<&str>| {
        let given = given.filter(|text| !text.is_empty());
        given.unwrap_or("<missing>").to_owned()
    };
    substitute(text, Names::Dotted, |name| match name {
        "name" => subject.name.clone().unwrap_or_else(|| "None".to_owned()),
        "kind" => subject.kind.map_or("None", |kind| kind.as_str()).to_owned(),
        "namespace" => or_missing(subject.namespace.as_deref()),
        "node" => or_missing(subject.node.as_deref()),
        other => {
            let value = match other.split_once('.') {
                Some(("labels", label)) => subject.labels.get(label),
                Some(("annotations", annotation)) => subject.annotations.get(annotation),
                _ => None,
            };
            value.map_or_else(|| "<missing>".to_owned(), shown)
        }
    })
}

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

/// A text of a user with its variables filled in: what an event is about, its labels and annotations; of an event of a
/// pack's trigger what is known about it, as `$trigger.body.host`.
pub(crate) fn templated(text: &str, subject: &Subject, payload: Option<&Json>) -> String {
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
                Some(("trigger", path)) => payload.and_then(|payload| below(payload, path)),
                _ => None,
            };
            value.map_or_else(|| "<missing>".to_owned(), shown)
        }
    })
}

/// What is at a path of names and numbers of items, such as `body.alerts.0.status`.
fn below<'a>(value: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('.').try_fold(value, |value, step| match value {
        Json::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_known_of_an_event_of_a_pack_can_be_named() {
        let payload = json!({"body": {"app": "shop", "by": ["ann", {"name": "bob"}], "n": 7}});
        for (text, becomes) in [
            ("$trigger.body.app has ${trigger.body.n}", "shop has 7"),
            ("${trigger.body.by.1.name}", "bob"),
            (
                "$trigger.body.by.2 $trigger.none $trigger",
                "<missing> <missing> <missing>",
            ),
        ] {
            let subject = Subject::default();
            assert_eq!(templated(text, &subject, Some(&payload)), becomes, "{text}");
            assert!(
                templated(text, &subject, None).contains("<missing>"),
                "{text}"
            );
        }
    }
}

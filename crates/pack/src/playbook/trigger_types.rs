//! The triggers of playbooks as types of triggers that rules of packs can name, made of their catalogue.

use serde_json::json;
use squall_model::change::Operation;
use squall_model::playbook::parameter::{Parameter, Takes};
use squall_model::playbook::triggers::{self, Fires, PACK, TriggerKind};
use squall_model::trigger::TriggerType;
use squall_model::{Id, Json, Object, Reference};

/// All of them, as those of the pack `robusta`.
pub(crate) fn trigger_types() -> impl Iterator<Item = TriggerType> {
    triggers::all().iter().map(trigger_type)
}

fn trigger_type(kind: &TriggerKind) -> TriggerType {
    TriggerType {
        id: Id::of(&format!("trigger_type:{PACK}:{}", kind.name)),
        reference: Reference::new(PACK, &kind.name),
        description: Some(about(kind.fires)),
        payload_schema: payload(kind.fires),
        parameters_schema: parameters(kind),
        tags: Vec::new(),
        metadata_file: None,
    }
}

fn about(fires: Fires) -> String {
    let done = |operation| match operation {
        Some(Operation::Create) => "created",
        Some(Operation::Update) => "updated",
        Some(Operation::Delete) => "deleted",
        None => "created, updated or deleted",
    };
    match fires {
        Fires::OnChange { kind, operation } => {
            let kind = kind.map_or("An object of any kind that Robusta knows", |kind| kind.name);
            format!("{kind} was {}.", done(operation))
        }
        Fires::OnResources => {
            "An object of one of the named kinds, custom resources included, has changed."
                .to_owned()
        }
        Fires::OnPodCrashLoop => "A container of a pod starts again and again.".to_owned(),
        Fires::OnImagePullBackoff => "The image of a container cannot be had.".to_owned(),
        Fires::OnPodOomKilled => "A pod ran out of memory.".to_owned(),
        Fires::OnContainerOomKilled => "A container ran out of memory.".to_owned(),
        Fires::OnPodEvicted => "A pod was evicted.".to_owned(),
        Fires::OnJobFailure => "A job has failed.".to_owned(),
        Fires::OnWarningEvent(operation) => {
            format!("A warning event of Kubernetes was {}.", done(operation))
        }
        Fires::OnPrometheusAlert => "Alertmanager has told an alert.".to_owned(),
        Fires::OnSchedule => "It is time.".to_owned(),
        Fires::OnHelmRelease(statuses) => {
            format!("A Helm release is {}.", statuses.join(" or "))
        }
    }
}

/// What the events are that a rule sees.
fn payload(fires: Fires) -> Object {
    let properties = match fires {
        Fires::OnPrometheusAlert => json!({
            "alert": {"type": "object", "description": "The alert as Alertmanager sends it, its labels relabelled."},
        }),
        Fires::OnSchedule => json!({
            "schedule": {"type": "string", "description": "Which schedule."},
            "recurrence": {"type": "integer", "description": "How often it was time for it before."},
        }),
        Fires::OnHelmRelease(_) => json!({
            "release": {"type": "object", "description": "The release as Helm keeps it, without its templates."},
        }),
        _ => json!({
            "operation": {"type": "string", "description": "create, update or delete."},
            "kind": {"type": "string", "description": "The object's kind, such as Pod."},
            "api_version": {"type": "string", "description": "Its group and version, such as apps/v1."},
            "description": {"type": "string", "description": "What the source said of it."},
            "obj": {"type": "object", "description": "The object; of a deletion, as it was last."},
            "old_obj": {"description": "The object before an update, where that is known."},
        }),
    };
    object(json!({"type": "object", "properties": properties}))
}

fn parameters(kind: &TriggerKind) -> Object {
    let properties = kind.parameters.iter();
    let properties: Object = properties
        .map(|parameter| (parameter.name.to_owned(), property(parameter)))
        .collect();
    object(json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": kind.ignores_unknown,
    }))
}

fn property(parameter: &Parameter) -> Json {
    let mut property = object(value(parameter.takes));
    if parameter.is_required() {
        property.insert("required".to_owned(), true.into());
    }
    let default = parameter.otherwise.to_json();
    if !default.is_null() {
        property.insert("default".to_owned(), default);
    }
    Json::Object(property)
}

/// The schema of what is taken, and how it is written where that is not plain.
fn value(takes: Takes) -> Json {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    match takes {
        Takes::Text | Takes::Secret => json!({"type": "string"}),
        Takes::Word(words) => {
            json!({"type": "string", "description": format!("One of {}.", words.join(", "))})
        }
        Takes::Flag => json!({"type": "boolean"}),
        Takes::Whole => json!({"type": "integer"}),
        Takes::Number => json!({"type": "number"}),
        Takes::TextOrWhole => json!({"type": ["string", "integer"]}),
        Takes::Texts => texts,
        Takes::Words(words) => {
            let about = format!("Some of {}.", words.join(", "));
            json!({"type": "array", "items": {"type": "string"}, "description": about})
        }
        Takes::Labels => {
            json!({"type": "string", "description": "Labels that all must be so: `app=web,tier=front`."})
        }
        Takes::Scope => {
            let side = json!({"type": "array", "items": {"type": "object"}});
            let about = "Patterns on name, namespace, labels, annotations and attributes.";
            json!({"type": "object", "properties": {"include": side, "exclude": side}, "description": about})
        }
        Takes::ChangeFilters => {
            let about = "Of an update, which differences count.";
            json!({"type": "object", "properties": {"include": texts, "ignore": texts}, "description": about})
        }
        Takes::NamedObjects => {
            let about = "Beginnings of names, and namespaces.";
            json!({"type": "array", "items": {"type": "object"}, "description": about})
        }
        Takes::FixedDelay => {
            json!({"type": "object", "description": "`seconds_delay` and `repeat`."})
        }
        Takes::DynamicDelay => {
            json!({"type": "object", "description": "`delay_periods`, seconds one after the other."})
        }
        Takes::CronSchedule => {
            json!({"type": "object", "description": "`cron_expression`, in UTC."})
        }
        Takes::Mapping | Takes::TextMapping | Takes::Activity | Takes::Grouping => {
            json!({"type": "object"})
        }
        Takes::ApiResources | Takes::MuteIntervals => json!({"type": "array"}),
    }
}

fn object(value: Json) -> Object {
    match value {
        Json::Object(members) => members,
        _ => Object::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> TriggerType {
        let mut all = trigger_types();
        all.find(|one| one.reference.name() == name).unwrap()
    }

    #[test]
    fn every_trigger_is_a_type_that_tells_what_it_takes_and_gives() {
        let all: Vec<TriggerType> = trigger_types().collect();
        assert_eq!(all.len(), 100);
        for one in &all {
            let properties = |schema: &Object| schema["properties"].as_object().unwrap().len();
            assert!(one.description.as_ref().unwrap().ends_with('.'), "{one:?}");
            assert!(properties(&one.payload_schema) > 0, "{one:?}");
            assert!(properties(&one.parameters_schema) > 0, "{one:?}");
        }
    }

    #[test]
    fn what_must_be_given_and_what_holds_otherwise_is_in_the_schema() {
        let schema = of("on_helm_release_unhealthy").parameters_schema;
        assert_eq!(schema["additionalProperties"], false);
        let properties = &schema["properties"];
        assert_eq!(
            properties["rate_limit"],
            json!({"type": "integer", "required": true})
        );
        assert_eq!(
            properties["duration"],
            json!({"type": "integer", "default": 900})
        );
        let alert = of("on_prometheus_alert");
        assert_eq!(alert.parameters_schema["additionalProperties"], true);
        assert!(alert.payload_schema["properties"]["alert"].is_object());
        assert_eq!(of("on_pod_delete").description.unwrap(), "Pod was deleted.");
    }
}

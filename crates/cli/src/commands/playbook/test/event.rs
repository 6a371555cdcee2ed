//! Events as people write them down, as their senders send them, and as servers record them.

use serde_json::json;
use squall_model::change::{Change, Operation};
use squall_model::playbook::triggers::PACK;
use squall_model::{Json, Object, Reference, Timestamp};
use squall_server::playbooks::ByHand;
use squall_server::playbooks::trial::Told;

/// What is said to have happened at one moment.
#[derive(Debug)]
pub(super) struct Read {
    /// When, if that is said.
    pub(super) at: Option<Timestamp>,
    /// What: several alerts may come in one message.
    pub(super) told: Vec<Told>,
}

/// Reads one of the forms.
///
/// # Errors
/// It is none of them; the text says what is missing.
pub(super) fn read(json: Json) -> Result<Read, String> {
    let Json::Object(mut event) = json else {
        return Err("an event is an object".to_owned());
    };
    // As a server tells of an event that it has recorded.
    if let Some(Json::Object(payload)) = event.remove("payload") {
        match trigger_of_a_pack(&event) {
            Some(_) => event.insert("payload".to_owned(), Json::Object(payload)),
            None => {
                event.extend(payload);
                None
            }
        };
    }
    let at = event.remove("at").filter(|at| !at.is_null());
    let at = at.map(|at| moment(&at)).transpose()?;
    Ok(Read {
        at,
        told: told(event)?,
    })
}

fn told(mut event: Object) -> Result<Vec<Told>, String> {
    if let Some(change) = event.remove("kubernetes") {
        return Ok(vec![change_of(change)?]);
    }
    if let Some(alert) = event.remove("alert") {
        return alerts(alert);
    }
    if let Some(by_hand) = event.remove("manual") {
        return Ok(vec![by_hand_of(by_hand)?]);
    }
    if let Some(release) = event
        .remove("release")
        .or_else(|| event.remove("helm_release"))
    {
        return Ok(vec![Told::Release(release)]);
    }
    if let Some(trigger) = trigger_of_a_pack(&event) {
        return Ok(vec![Told::OfAPack {
            trigger,
            parameters: event.get("parameters").and_then(Json::as_object).cloned(),
            payload: event.remove("payload").unwrap_or_default(),
        }]);
    }
    if let Some(number) = event.get("schedule").and_then(Json::as_u64) {
        let number = usize::try_from(number).map_err(|error| error.to_string())?;
        return Ok(vec![Told::Schedule(number)]);
    }
    let has = |name: &str| event.contains_key(name);
    if has("alerts") || has("labels") {
        alerts(Json::Object(event))
    } else if has("action_name") {
        Ok(vec![by_hand_of(Json::Object(event))?])
    } else if has("operation") || has("data") {
        Ok(vec![change_of(Json::Object(event))?])
    } else {
        Err("it is none of `kubernetes`, `alert`, `manual`, `release`, `schedule`, and no message of Alertmanager or \
             kubewatch"
            .to_owned())
    }
}

/// The trigger that is told of, if it is not one of those whose payload says what happened.
fn trigger_of_a_pack(event: &Object) -> Option<Reference> {
    let trigger: Reference = event.get("trigger")?.as_str()?.parse().ok()?;
    Some(trigger).filter(|trigger| trigger.pack() != PACK)
}

/// `2026-03-01T12:00:00Z`, or seconds since 1970.
fn moment(at: &Json) -> Result<Timestamp, String> {
    let wrong = || "`at` is a time such as 2026-03-01T12:00:00Z, or seconds since 1970".to_owned();
    match at {
        Json::String(text) => Timestamp::of_rfc3339(text).ok_or_else(wrong),
        Json::Number(seconds) => {
            let seconds = seconds.as_f64().filter(|seconds| seconds.abs() < 1e11);
            #[expect(clippy::cast_possible_truncation, reason = "it is within the bounds")]
            let micros = seconds.map(|seconds| (seconds * 1e6).round() as i64);
            micros.map(Timestamp::from_micros).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

/// What kubewatch tells; kind and version may also stand in the object only.
fn change_of(told: Json) -> Result<Told, String> {
    let Json::Object(mut told) = told else {
        return Err("a change is an object".to_owned());
    };
    if !told.contains_key("operation")
        && let Some(Json::Object(data)) = told.remove("data")
    {
        told = data;
    }
    let operation = text(&told, &["operation"]).map(str::to_lowercase);
    let operation = operation.as_deref().and_then(Operation::parse);
    let operation = operation.ok_or("`operation` is one of create, update, delete")?;
    let obj = told.remove("obj").filter(Json::is_object);
    let obj = obj.ok_or("`obj` is the object as it is now, or was last")?;
    let of_object = |name: &str| obj.get(name).and_then(Json::as_str);
    let kind = text(&told, &["kind"]).or_else(|| of_object("kind"));
    let kind = kind
        .ok_or("`kind` is the object's, such as Pod")?
        .to_owned();
    let version = text(&told, &["apiVersion", "api_version"]);
    let version = version.or_else(|| of_object("apiVersion")).unwrap_or("v1");
    let api_version = version.to_owned();
    let description = text(&told, &["description"]).unwrap_or_default().to_owned();
    let old_obj = told.remove("oldObj").or_else(|| told.remove("old_obj"));
    Ok(Told::Change(Box::new(Change {
        operation,
        kind,
        api_version,
        description,
        obj,
        old_obj: old_obj.filter(Json::is_object),
    })))
}

/// One alert, or all of a message.
fn alerts(told: Json) -> Result<Vec<Told>, String> {
    match told.get("alerts") {
        None => Ok(vec![Told::Alert(told)]),
        Some(Json::Array(alerts)) => Ok(alerts.iter().cloned().map(Told::MaybeRepeated).collect()),
        Some(_) => Err("`alerts` is a list".to_owned()),
    }
}

/// What `/api/trigger` takes.
fn by_hand_of(told: Json) -> Result<Told, String> {
    let Json::Object(told) = told else {
        return Err("an action by hand is an object".to_owned());
    };
    let action = text(&told, &["action_name", "action"]);
    let action = action
        .ok_or("`action_name` is the action's name")?
        .to_owned();
    let params = told.get("action_params").or_else(|| told.get("params"));
    let params = match params {
        None | Some(Json::Null) => Object::new(),
        Some(Json::Object(params)) => params.clone(),
        Some(_) => return Err("`action_params` is an object".to_owned()),
    };
    let names = |sinks: &Json| {
        let names = sinks
            .as_array()?
            .iter()
            .map(|name| name.as_str().map(str::to_owned));
        names.collect::<Option<Vec<String>>>()
    };
    let sinks = match told.get("sinks") {
        None | Some(Json::Null) => None,
        Some(sinks) => Some(names(sinks).ok_or("`sinks` is a list of names")?),
    };
    let has_none = told.get("no_sinks") == Some(&Json::Bool(true));
    Ok(Told::ByHand(ByHand {
        action,
        params,
        sinks: if has_none { Some(Vec::new()) } else { sinks },
        user: String::new(),
    }))
}

fn text<'a>(told: &'a Object, names: &[&str]) -> Option<&'a str> {
    let mut found = names.iter().filter_map(|name| told.get(*name)?.as_str());
    found.next()
}

/// One line that says what happened.
pub(super) fn headline(told: &Told, at: Timestamp) -> String {
    let what = match told {
        Told::Change(change) => {
            let named =
                super::name(&json!({"kind": change.kind, "metadata": change.obj.get("metadata")}));
            format!("{} of {named}", change.operation.as_str())
        }
        Told::Alert(alert) | Told::MaybeRepeated(alert) => {
            let name = alert.pointer("/labels/alertname").and_then(Json::as_str);
            let status = alert.get("status").and_then(Json::as_str);
            format!(
                "alert {}, {}",
                name.unwrap_or("without a name"),
                status.unwrap_or("firing")
            )
        }
        Told::Release(release) => {
            let name = release.get("name").and_then(Json::as_str);
            format!("Helm release {}", name.unwrap_or("without a name"))
        }
        Told::OfAPack { trigger, .. } => format!("event of {trigger}"),
        Told::Schedule(number) => format!("schedule of playbook {number}"),
        Told::ByHand(by_hand) => format!("action {} by hand", by_hand.action),
    };
    format!("{what} at {at}")
}

#[cfg(test)]
mod tests;

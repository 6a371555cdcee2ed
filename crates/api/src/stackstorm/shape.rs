//! The nouns as StackStorm writes them.

mod python_json;

use std::path::Path;

use serde_json::json;
use squall_model::action::Action;
use squall_model::decision::Decision;
use squall_model::event::Event;
use squall_model::identity::ApiKey;
use squall_model::pack::Pack;
use squall_model::rule::{Rule, RuleKind};
use squall_model::runner::RunnerType;
use squall_model::sensor::Sensor;
use squall_model::trace::{Cause, Member, Trace};
use squall_model::trigger::{Trigger, TriggerType};
use squall_model::{Json, Object, mask};
use squall_server::registry::Loaded;

use super::fault::Fault;
use crate::call::Call;
use crate::json;

/// The body as JSON; an empty one is an empty object, as in the original. What calls itself something else is refused
/// unread, so that no form of another site's page can pass for JSON.
pub(super) fn json_body(call: &Call) -> Result<Json, Fault> {
    match call.content_type().as_deref() {
        None | Some("" | "application/json") => {}
        Some(other) => {
            return Err(Fault::bad_request(format!(
                "Failed to parse request body: Unsupported Content-Type: \"{other}\""
            )));
        }
    }
    if call.body.is_empty() {
        return Ok(json!({}));
    }
    let refused = |error| Fault::bad_request(format!("Failed to parse request body: {error}"));
    json::read(&call.body).map_err(refused)
}

/// The body as a JSON object.
pub(super) fn object_body(call: &Call) -> Result<Object, Fault> {
    match json_body(call)? {
        Json::Object(body) => Ok(body),
        other => Err(Fault::bad_request(format!(
            "Input body needs to be an object, got: {}",
            kind(&other)
        ))),
    }
}

/// What JSON calls a value of this kind.
pub(super) fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

/// What is null is left out, as in the original: its schemas know no null.
fn said(mut item: Json) -> Json {
    if let Some(members) = item.as_object_mut() {
        members.retain(|_, member| !member.is_null());
    }
    item
}

pub(super) fn action(action: &Action) -> Json {
    said(json!({
        "id": action.id,
        "uid": format!("action:{}:{}", action.reference.pack(), action.reference.name()),
        "ref": action.reference,
        "pack": action.reference.pack(),
        "name": action.reference.name(),
        "description": action.description,
        "enabled": action.enabled,
        "runner_type": action.runner_type,
        "entry_point": action.entry_point,
        "parameters": action.parameters,
        "output_schema": action.output_schema,
        "notify": action.notify,
        "tags": action.tags,
        "metadata_file": action.metadata_file.as_deref().unwrap_or_default(),
    }))
}

pub(super) fn runner(runner: &RunnerType) -> Json {
    said(json!({
        "id": runner.id,
        "uid": format!("runner_type:{}", runner.name),
        "name": runner.name,
        "description": runner.description,
        "enabled": runner.enabled,
        "runner_package": runner.package,
        "runner_module": runner.package,
        "runner_parameters": runner.parameters,
        "output_key": runner.output_key,
        "output_schema": runner.output_schema,
    }))
}

pub(super) fn rule(rule: &Rule) -> Json {
    let kind = match rule.kind {
        RuleKind::Standard => "standard",
        RuleKind::Backstop => "backstop",
    };
    said(json!({
        "id": rule.id,
        "uid": format!("rule:{}:{}", rule.reference.pack(), rule.reference.name()),
        "ref": rule.reference,
        "pack": rule.reference.pack(),
        "name": rule.reference.name(),
        "description": rule.description,
        "enabled": rule.enabled,
        "type": {"ref": kind, "parameters": rule.kind_parameters},
        "trigger": {
            "type": rule.trigger.trigger_type,
            "ref": rule.trigger.reference,
            "parameters": rule.trigger.parameters,
        },
        "criteria": rule.criteria,
        "action": {"ref": rule.action.reference, "parameters": rule.action.parameters},
        "tags": rule.tags,
        "context": rule.context,
        "metadata_file": rule.metadata_file.as_deref().unwrap_or_default(),
    }))
}

pub(super) fn trigger_type(trigger_type: &TriggerType) -> Json {
    said(json!({
        "id": trigger_type.id,
        "uid": format!("trigger_type:{}:{}", trigger_type.reference.pack(), trigger_type.reference.name()),
        "ref": trigger_type.reference,
        "pack": trigger_type.reference.pack(),
        "name": trigger_type.reference.name(),
        "description": trigger_type.description,
        "payload_schema": trigger_type.payload_schema,
        "parameters_schema": trigger_type.parameters_schema,
        "tags": trigger_type.tags,
        "metadata_file": trigger_type.metadata_file.as_deref().unwrap_or_default(),
    }))
}

/// A sensor; `folder` is its pack's.
pub(super) fn sensor(sensor: &Sensor, folder: Option<&Path>) -> Json {
    let (pack, name) = (sensor.reference.pack(), sensor.reference.name());
    let file = folder.map(|folder| folder.join("sensors").join(&sensor.entry_point));
    let module = sensor.entry_point.trim_end_matches(".py").replace('/', ".");
    said(json!({
        "id": sensor.id,
        "uid": format!("sensor_type:{pack}:{name}"),
        "ref": sensor.reference,
        "pack": pack,
        "name": name,
        "description": sensor.description,
        "artifact_uri": file.map(|file| format!("file://{}", file.display())),
        "entry_point": format!("{module}.{name}"),
        "enabled": sensor.enabled,
        "trigger_types": sensor.trigger_types,
        "poll_interval": sensor.poll_interval,
        "metadata_file": sensor.metadata_file.as_deref().unwrap_or_default(),
    }))
}

pub(super) fn trigger(trigger: &Trigger) -> Json {
    let (pack, name) = (trigger.reference.pack(), trigger.reference.name());
    said(json!({
        "id": trigger.id,
        "uid": format!("trigger:{pack}:{name}:{}", python_json::digest(&trigger.parameters)),
        "ref": trigger.reference,
        "pack": pack,
        "name": name,
        "type": trigger.trigger_type,
        "parameters": trigger.parameters,
        "description": trigger.description,
    }))
}

/// An event, with what its trigger's type calls secret hidden.
pub(super) fn event(loaded: &Loaded, event: &Event) -> Json {
    let content = &loaded.content;
    let trigger = content.triggers.get(&event.trigger);
    let of = trigger.and_then(|trigger| content.trigger_types.get(&trigger.trigger_type));
    let payload = match of {
        Some(of) => mask::value(&event.payload, &of.payload_schema),
        None => event.payload.clone(),
    };
    json!({
        "id": event.id,
        "trigger": event.trigger,
        "payload": payload,
        "occurrence_time": event.occurred_at,
        "status": event.status,
    })
}

pub(super) fn decision(decision: &Decision) -> Json {
    let mut body = json!({
        "id": decision.id,
        "trigger_instance_id": decision.event,
        "rule": {
            "ref": decision.rule_ref,
            "id": decision.rule,
            "uid": format!("rule:{}:{}", decision.rule_ref.pack(), decision.rule_ref.name()),
        },
        "enforced_at": decision.decided_at,
        "status": if decision.failure.is_none() { "succeeded" } else { "failed" },
    });
    if let Some(body) = body.as_object_mut() {
        if let Some(execution) = decision.execution {
            body.insert("execution_id".to_owned(), json!(execution));
        }
        if let Some(failure) = &decision.failure {
            body.insert("failure_reason".to_owned(), json!(failure));
        }
    }
    body
}

pub(super) fn pack(pack: &Pack) -> Json {
    said(json!({
        "id": pack.id,
        "uid": format!("pack:{}", pack.reference),
        "ref": pack.reference,
        "name": pack.name,
        "description": pack.description,
        "keywords": pack.keywords,
        "version": pack.version,
        "stackstorm_version": pack.stackstorm_version,
        "python_versions": pack.python_versions,
        "author": pack.author,
        "email": pack.email,
        "contributors": pack.contributors,
        "dependencies": pack.dependencies,
        "system": pack.system,
        "files": pack.files,
        "path": pack.path,
    }))
}

/// An API key without its text; its hash only on request.
pub(super) fn api_key(key: &ApiKey, show_secrets: bool) -> Json {
    let hash = if show_secrets { &key.hash } else { mask::MASK };
    json!({
        "id": key.id,
        "uid": format!("api_key:{hash}"),
        "user": key.user,
        "key_hash": hash,
        "metadata": key.metadata,
        "created_at": key.created_at,
        "enabled": key.enabled,
    })
}

pub(super) fn trace(trace: &Trace) -> Json {
    let all = |members: &[Member]| members.iter().map(member).collect::<Json>();
    json!({
        "id": trace.id,
        "uid": format!("trace:{}", trace.id),
        "trace_tag": trace.tag,
        "start_timestamp": trace.started_at,
        "trigger_instances": all(&trace.events),
        "rules": all(&trace.rules),
        "action_executions": all(&trace.executions),
    })
}

fn member(member: &Member) -> Json {
    let caused_by = match member.cause {
        None => json!({}),
        Some(Cause::Event(event)) => json!({"type": "trigger_instance", "id": event}),
        // The original puts both ids into one; its client takes them apart.
        Some(Cause::Rule { rule, event }) => {
            json!({"type": "rule", "id": format!("{rule}:{event}")})
        }
        Some(Cause::Execution(execution)) => json!({"type": "action_execution", "id": execution}),
    };
    json!({"object_id": member.object, "ref": member.reference, "updated_at": member.at, "caused_by": caused_by})
}

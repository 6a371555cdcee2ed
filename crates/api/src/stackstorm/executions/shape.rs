//! An execution as StackStorm writes it: with full copies of what was in force, secrets masked, and without whatever is
//! empty.

use std::sync::Arc;

use serde_json::json;
use squall_model::execution::{Definition, Execution};
use squall_model::{Json, Object, mask};

use super::super::fault::Fault;
use super::super::page::Attributes;
use super::super::shape as shapes;
use super::ALWAYS;
use crate::wire::Wire;

/// Longer results, in bytes, are shown with their execution alone: a list or a stream of them would have no bounds.
const LONGEST_AMONG_MANY: u64 = 256 * 1024;

/// An execution with what is wanted of it.
pub(crate) async fn shown(
    wire: &Wire,
    execution: &Execution,
    attributes: &Attributes,
    show_secrets: bool,
) -> Result<Json, Fault> {
    let definition = wire.handle().definition(execution.definition).await?;
    let result = if execution.result_size > 0 && attributes.wants("result") {
        result(wire, execution, show_secrets).await?
    } else {
        Json::Null
    };
    let event = if attributes.wants("trigger_instance") {
        wire.handle().event_answered(execution).await?
    } else {
        None
    };
    let opened = wire.handle().opened(execution);
    let mut body = summary(&opened, definition.as_ref(), show_secrets);
    body.insert("result".to_owned(), result);
    if let Some(event) = event {
        body.insert(
            "trigger_instance".to_owned(),
            shapes::event(&wire.handle().loaded(), &event),
        );
    }
    // The original leaves out every attribute that Python takes for false.
    body.retain(|_, value| !is_empty(value));
    Ok(attributes.apply(Json::Object(body), &ALWAYS))
}

/// The result of an execution; null if it has none yet.
pub(super) async fn result(
    wire: &Wire,
    execution: &Execution,
    show_secrets: bool,
) -> Result<Json, Fault> {
    let definition = wire.handle().definition(execution.definition).await?;
    let result = wire.handle().result(execution.id).await?;
    let result = result.unwrap_or(Json::Null);
    Ok(masked_result(result, definition.as_ref(), show_secrets))
}

/// What is shown of an execution among many: a long result is left out, its size is told.
pub(crate) fn one_of_many(attributes: &Attributes, execution: &Execution) -> Attributes {
    let attributes = attributes.clone();
    if execution.result_size > LONGEST_AMONG_MANY {
        attributes.without("result")
    } else {
        attributes
    }
}

/// Everything but the result and the event.
pub(crate) fn summary(
    execution: &Execution,
    definition: Option<&Arc<Definition>>,
    show_secrets: bool,
) -> Object {
    let parameters = match definition {
        _ if show_secrets => execution.parameters.clone(),
        Some(definition) => masked_parameters(&execution.parameters, definition),
        // Nobody knows which of them are secret.
        None => all_masked(&execution.parameters),
    };
    let elapsed = execution
        .ended_at
        .map(|ended| ended.seconds_since(execution.requested_at));
    let attempt = execution.attempt.as_ref();
    let body = json!({
        "id": execution.id,
        "action": definition.map_or_else(|| json!({"ref": execution.action}), |definition| shapes::action(&definition.action)),
        "runner": definition.map_or_else(|| json!({"name": execution.runner}), |definition| shapes::runner(&definition.runner)),
        "rule": definition.and_then(|definition| rule(definition, show_secrets)),
        "trigger": definition.and_then(|definition| definition.trigger.as_deref()).map(shapes::trigger),
        "trigger_type": definition.and_then(|definition| definition.trigger_type.as_deref()).map(shapes::trigger_type),
        "liveaction": {
            "id": execution.liveaction,
            "action": execution.action,
            "action_is_workflow": false,
            "parameters": parameters,
            "callback": {},
            "notify": execution.notify,
            "runner_info": attempt.map_or_else(|| json!({}), |attempt| json!({"hostname": attempt.owner})),
        },
        "status": execution.status.as_str(),
        "start_timestamp": execution.requested_at,
        "end_timestamp": execution.ended_at,
        "elapsed_seconds": elapsed,
        "parameters": parameters,
        "result_size": execution.result_size,
        "context": execution.context,
        "delay": execution.delay_millis,
        "parent": execution.parent,
        "children": execution.children,
        "log": execution.log,
    });
    match body {
        Json::Object(body) => body,
        _ => Object::new(),
    }
}

/// The rule as it was in force, the secrets among its action's parameters hidden.
fn rule(definition: &Definition, show_secrets: bool) -> Option<Json> {
    let mut rule = definition.rule.as_deref()?.clone();
    if !show_secrets {
        rule.action.parameters = masked_parameters(&rule.action.parameters, definition);
    }
    Some(shapes::rule(&rule))
}

fn masked_parameters(parameters: &Object, definition: &Definition) -> Object {
    let masked = mask::parameters(parameters, &definition.runner.parameters);
    mask::parameters(&masked, &definition.action.parameters)
}

fn all_masked(parameters: &Object) -> Object {
    let masked = |name: &String| (name.clone(), Json::from(mask::MASK));
    parameters.keys().map(masked).collect()
}

/// Hides what the action's output schema marks secret, under the runner's output key.
fn masked_result(
    mut result: Json,
    definition: Option<&Arc<Definition>>,
    show_secrets: bool,
) -> Json {
    if show_secrets {
        return result;
    }
    let Some(definition) = definition else {
        return Json::from(mask::MASK);
    };
    if definition.action.output_schema.is_empty() {
        return result;
    }
    let mut schema = definition.action.output_schema.clone();
    if !schema.contains_key("type") {
        // The old flat form: names and their schemas.
        schema = Object::from_iter([
            ("type".to_owned(), json!("object")),
            ("properties".to_owned(), Json::Object(schema)),
        ]);
    }
    if let Some(key) = &definition.runner.output_key
        && let Some(output) = result.get_mut(key.as_str())
    {
        *output = mask::value(output, &schema);
    }
    result
}

/// What Python takes for false.
fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Bool(truth) => !truth,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
    }
}

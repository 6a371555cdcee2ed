//! Asking for executions: new ones, and the same again.

use squall_model::trace::TraceContext;
use squall_model::{Json, Object};
use squall_server::requests::Wanted;
use squall_server::rerun::Again;

use super::super::fault::Fault;
use super::super::page::{self, Attributes};
use super::super::traces::trace_tag;
use super::super::{reply, shape as shapes};
use super::{found, shape};
use crate::call::Call;
use crate::route::Answer;
use crate::wire::Wire;

/// The runner whose tasks can be run again one by one.
const ORQUESTA: &str = "orquesta";

/// 201 with the execution as it was recorded.
pub(super) async fn create(wire: Wire, call: Call) -> Answer {
    let body = shapes::object_body(&call)?;
    let action = body.get("action").and_then(Json::as_str);
    let action = action.ok_or_else(|| Fault::bad_request("'action' is a required property"))?;
    let mut context = object(&body, "context")?;
    context.extend(header_context(&call)?);
    let mut trace = trace(context.shift_remove("trace_context").as_ref())?;
    (trace.parent, trace.state) = (call.traceparent(), call.tracestate());
    let wanted = Wanted {
        action: action.to_owned(),
        parameters: object(&body, "parameters")?,
        carried: Object::new(),
        user: user(&call, &body)?,
        context,
        notify: object(&body, "notify")?,
        trace,
        delay_millis: delay(&body)?,
        trigger: None,
        is_awaited: false,
    };
    let execution = wire.handle().request(wanted).await?;
    created(&wire, &call, &execution).await
}

/// 201 with a new execution of the same action: what was given then, and over it what is given now.
pub(super) async fn re_run(wire: Wire, call: Call) -> Answer {
    let body = shapes::object_body(&call)?;
    let parameters = object(&body, "parameters")?;
    let tasks = words(&body, "tasks")?;
    let reset = words(&body, "reset")?;
    if !(tasks.is_empty() && reset.is_empty() || parameters.is_empty()) {
        return Err(Fault::bad_request(
            "Parameters override is not supported when re-running task(s) for a workflow.",
        ));
    }
    if !reset.iter().all(|task| tasks.contains(task)) {
        return Err(Fault::bad_request(
            "List of tasks to reset does not match the tasks to rerun.",
        ));
    }
    let again = Again {
        parameters,
        merge: !page::boolean(&call.query, "no_merge")?.unwrap_or(false),
        user: user(&call, &body)?,
        delay_millis: delay(&body)?,
    };
    let earlier = found(&wire, &call).await?;
    if !tasks.is_empty() && earlier.runner != ORQUESTA {
        return Err(Fault::bad_request(
            "Task option is only supported for Orquesta workflows.",
        ));
    }
    let execution = wire.handle().re_run(&earlier, again).await?;
    created(&wire, &call, &execution).await
}

async fn created(
    wire: &Wire,
    call: &Call,
    execution: &squall_model::execution::Execution,
) -> Answer {
    let show_secrets = page::boolean(&call.query, "show_secrets")?.unwrap_or(false);
    reply::created(&shape::shown(wire, execution, &Attributes::default(), show_secrets).await?)
}

/// An object in the body; none is an empty one.
fn object(body: &Object, name: &str) -> Result<Object, Fault> {
    match body.get(name) {
        None | Some(Json::Null) => Ok(Object::new()),
        Some(Json::Object(value)) => Ok(value.clone()),
        Some(_) => Err(Fault::bad_request(format!("'{name}' must be an object"))),
    }
}

/// A list of texts in the body; none is an empty one.
fn words(body: &Object, name: &str) -> Result<Vec<String>, Fault> {
    let word = |word: &Json| word.as_str().map(str::to_owned);
    let words = match body.get(name) {
        None | Some(Json::Null) => Some(Vec::new()),
        Some(Json::Array(words)) => words.iter().map(word).collect(),
        Some(_) => None,
    };
    words.ok_or_else(|| Fault::bad_request(format!("'{name}' must be a list of texts")))
}

/// How many milliseconds to wait; less than none is none.
fn delay(body: &Object) -> Result<u64, Fault> {
    match body.get("delay") {
        None | Some(Json::Null) => Ok(0),
        Some(Json::Number(delay)) if delay.is_u64() => Ok(delay.as_u64().unwrap_or(0)),
        Some(Json::Number(delay)) if delay.is_i64() => Ok(0),
        Some(other) => Err(Fault::bad_request(format!(
            "{other} is not of type 'integer': 'delay' is a number of milliseconds"
        ))),
    }
}

/// An execution runs for whoever has signed in. A body that says otherwise is refused rather than not listened to.
fn user(call: &Call, body: &Object) -> Result<String, Fault> {
    let own = &call.principal.user;
    match body.get("user") {
        None | Some(Json::Null) => Ok(own.clone()),
        Some(Json::String(user)) if user.is_empty() || user == own => Ok(own.clone()),
        Some(_) => Err(Fault::new(
            403,
            format!(
                "\"user\" cannot be chosen: an execution runs for who has signed in, \"{own}\"."
            ),
        )),
    }
}

/// `trace_context`: the id of a trace to join, or the tag of a new one.
fn trace(given: Option<&Json>) -> Result<TraceContext, Fault> {
    let text = |name: &str| given?.get(name)?.as_str().filter(|text| !text.is_empty());
    let unknown = |id: &str| Fault::bad_request(format!("Unable to find Trace with id=\"{id}\""));
    let id = text("id_").map(|id| id.parse().map_err(|_| unknown(id)));
    Ok(TraceContext {
        id: id.transpose()?,
        tag: trace_tag(text("trace_tag"))?,
        ..TraceContext::default()
    })
}

/// More context from the `st2-context` header. Who asks is never taken from it.
fn header_context(call: &Call) -> Result<Object, Fault> {
    let Some(text) = call.header("st2-context") else {
        return Ok(Object::new());
    };
    match serde_json::from_str(text) {
        Ok(Json::Object(mut context)) => {
            context.shift_remove("user");
            Ok(context)
        }
        _ => Err(Fault::bad_request(
            "Unable to convert st2-context from the headers into JSON.",
        )),
    }
}

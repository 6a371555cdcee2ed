//! `/executions`: what was done, what is being done, and asking for more.

mod filter;
mod output;
pub(super) mod shape;

use std::future::Future;

use http::{Method, StatusCode};
use serde_json::json;
use squall_identity::permission::Permission;
use squall_model::execution::Execution;
use squall_model::record::{ExecutionFilter, Page};
use squall_model::trace::TraceContext;
use squall_model::{Json, Object};
use squall_server::requests::Wanted;

use super::fault::Fault;
use super::page::{self, Attributes, Lists};
use super::{reply, shape as shapes};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) use output::{kind as output_kind, read as read_output};

/// Attributes that stay whatever is asked for.
const ALWAYS: [&str; 1] = ["id"];

/// Attributes that may be excluded.
const EXCLUDABLE: [&str; 3] = ["result", "trigger_instance", "status"];

pub(super) fn routes() -> Routes {
    both(Method::GET, "", Permission::ExecutionList, list)
        .merge(both(Method::POST, "", Permission::ActionExecute, create))
        .merge(both(
            Method::GET,
            "/views/filters",
            Permission::ExecutionViewsFiltersList,
            filter::values,
        ))
        .merge(both(Method::GET, "/{id}", Permission::ExecutionView, get))
        .merge(both(
            Method::PUT,
            "/{id}",
            Permission::ExecutionStop,
            update,
        ))
        .merge(both(
            Method::DELETE,
            "/{id}",
            Permission::ExecutionStop,
            cancel,
        ))
        .merge(both(
            Method::GET,
            "/{id}/output",
            Permission::ExecutionView,
            output::get,
        ))
        .merge(both(
            Method::GET,
            "/{id}/children",
            Permission::ExecutionView,
            children,
        ))
        .merge(both(
            Method::GET,
            "/{id}/result",
            Permission::ExecutionView,
            result,
        ))
        .merge(both(
            Method::GET,
            "/{id}/attribute/{attribute}",
            Permission::ExecutionView,
            attribute,
        ))
}

/// `/actionexecutions` is an old name of `/executions`.
fn both<F, H>(method: Method, path: &str, permission: Permission, handler: H) -> Routes
where
    H: Fn(Wire, Call) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let new = route(
        method.clone(),
        &format!("/executions{path}"),
        permission,
        handler.clone(),
    );
    new.merge(route(
        method,
        &format!("/actionexecutions{path}"),
        permission,
        handler,
    ))
}

async fn list(wire: Wire, call: Call) -> Answer {
    let attributes = attributes(&call)?;
    let show_secrets = page::boolean(&call.query, "show_secrets")?.unwrap_or(false);
    let paged = page::page(&call.query, Lists::RECORDED)?;
    let filter = filter::read(&call.query)?;
    let found = wire.handle().store().executions(filter, paged).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for execution in found.items {
        items.push(shape::shown(&wire, &execution, &attributes, show_secrets).await?);
    }
    reply::list(items, found.total, paged.limit)
}

async fn get(wire: Wire, call: Call) -> Answer {
    let attributes = attributes(&call)?;
    let show_secrets = page::boolean(&call.query, "show_secrets")?.unwrap_or(false);
    let execution = found(&wire, &call).await?;
    let largest = page::integer(&call.query, "max_result_size")?;
    if let Some(largest) = largest
        && !(0..=14_680_064).contains(&largest)
    {
        let limits = "The \"max_result_size\" query parameter must be a positive number and not more than 14680064";
        return Err(Fault::bad_request(limits));
    }
    let too_large = largest
        .and_then(|largest| u64::try_from(largest).ok())
        .is_some_and(|largest| execution.result_size > largest);
    let attributes = if too_large {
        attributes.without("result")
    } else {
        attributes
    };
    reply::ok(&shape::shown(&wire, &execution, &attributes, show_secrets).await?)
}

/// 201 with the execution as it was recorded.
async fn create(wire: Wire, call: Call) -> Answer {
    let body = shapes::object_body(&call)?;
    let show_secrets = page::boolean(&call.query, "show_secrets")?.unwrap_or(false);
    let action = body
        .get("action")
        .and_then(Json::as_str)
        .ok_or_else(|| Fault::bad_request("'action' is a required property"))?;
    let object = |name: &str| match body.get(name) {
        None | Some(Json::Null) => Ok(Object::new()),
        Some(Json::Object(value)) => Ok(value.clone()),
        Some(_) => Err(Fault::bad_request(format!("'{name}' must be an object"))),
    };
    let mut context = object("context")?;
    let trace = trace(context.shift_remove("trace_context"));
    context.extend(header_context(&call)?);
    let wanted = Wanted {
        action: action.to_owned(),
        parameters: object("parameters")?,
        user: call.principal.user.clone(),
        context,
        notify: object("notify")?,
        trace,
    };
    let execution = wire.handle().request(wanted).await?;
    reply::created(&shape::shown(&wire, &execution, &Attributes::default(), show_secrets).await?)
}

fn trace(given: Option<Json>) -> TraceContext {
    given
        .and_then(|given| serde_json::from_value(given).ok())
        .unwrap_or_default()
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

/// `{"status": "canceled"}` stops it. Pausing is for workflows.
async fn update(wire: Wire, call: Call) -> Answer {
    let body = shapes::object_body(&call)?;
    match body.get("status").and_then(Json::as_str) {
        Some("canceled" | "canceling") => stop(&wire, &call).await,
        Some(status @ ("paused" | "pausing" | "resuming" | "running")) => {
            let execution = found(&wire, &call).await?;
            let refused = format!(
                "Unable to change the status of execution {} to \"{status}\": only workflows can be paused and resumed.",
                execution.id
            );
            Err(Fault::bad_request(refused))
        }
        Some(status) => Err(Fault::bad_request(format!(
            "The status \"{status}\" cannot be asked for."
        ))),
        None => Err(Fault::bad_request("'status' is a required property")),
    }
}

async fn cancel(wire: Wire, call: Call) -> Answer {
    stop(&wire, &call).await
}

/// As the original: what is finished answers 200 with a `faultstring`.
async fn stop(wire: &Wire, call: &Call) -> Answer {
    let execution = found(wire, call).await?;
    match wire
        .handle()
        .cancel(execution.id, &call.principal.user)
        .await
    {
        Ok(execution) => {
            reply::ok(&shape::shown(wire, &execution, &Attributes::default(), false).await?)
        }
        Err(squall_server::Error::Invalid(refused)) => {
            reply::ok(&json!({ "faultstring": refused }))
        }
        Err(error) => Err(error.into()),
    }
}

async fn children(wire: Wire, call: Call) -> Answer {
    let execution = found(&wire, &call).await?;
    let deepest = page::integer(&call.query, "depth")?.unwrap_or(-1);
    let mut items = Vec::new();
    let mut open = vec![(execution.id, 1)];
    while let Some((parent, depth)) = open.pop() {
        let filter = ExecutionFilter {
            parent: Some(parent),
            ..ExecutionFilter::default()
        };
        let every = Page {
            offset: 0,
            limit: None,
            ascending: true,
        };
        let found = wire.handle().store().executions(filter, every).await?;
        for child in found.items {
            if deepest < 0 || depth < deepest {
                open.push((child.id, depth.saturating_add(1)));
            }
            items.push(shape::shown(&wire, &child, &Attributes::default(), false).await?);
        }
    }
    reply::ok(&Json::Array(items))
}

/// The result alone, as it is recorded.
async fn result(wire: Wire, call: Call) -> Answer {
    let pretty = page::boolean(&call.query, "pretty_format")?.unwrap_or(false);
    let execution = found(&wire, &call).await?;
    let shown = shape::shown(&wire, &execution, &Attributes::default(), false).await?;
    let result = shown.get("result").cloned().unwrap_or(Json::Null);
    let body = if pretty {
        serde_json::to_string_pretty(&result).unwrap_or_default()
    } else {
        result.to_string()
    };
    let mut response = reply::json(StatusCode::OK, &Json::Null)?;
    *response.body_mut() = axum::body::Body::from(body);
    Ok(response)
}

async fn attribute(wire: Wire, call: Call) -> Answer {
    let execution = found(&wire, &call).await?;
    let shown = shape::shown(&wire, &execution, &Attributes::default(), false).await?;
    let name = call.part("attribute");
    reply::ok(shown.get(name).unwrap_or(&Json::Null))
}

fn attributes(call: &Call) -> Result<Attributes, Fault> {
    Attributes::read(&call.query)?.excluding_only(&EXCLUDABLE)
}

/// The execution in the path; `last` is the newest.
pub(super) async fn found(wire: &Wire, call: &Call) -> Result<Execution, Fault> {
    let id = call.part("id");
    let store = wire.handle().store();
    let found = if id == "last" {
        let newest = Page {
            offset: 0,
            limit: Some(1),
            ascending: false,
        };
        let newest = store.executions(ExecutionFilter::default(), newest).await?;
        newest.items.into_iter().next()
    } else {
        match id.parse() {
            Ok(id) => store.execution(id).await?,
            Err(_) => None,
        }
    };
    reply::recorded(found, id)
}

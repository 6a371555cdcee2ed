//! `/executions`: what was done, what is being done, and asking for more.

mod change;
mod create;
mod filter;
mod output;
mod part;
pub(super) mod shape;

use std::future::Future;

use http::Method;
use squall_identity::permission::Permission;
use squall_model::execution::Execution;
use squall_model::record::{ExecutionFilter, Page};

use super::fault::Fault;
use super::page::{self, Attributes};
use super::reply;
use crate::about::{ATTRIBUTES, Kind, SECRETS, Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) use output::{kind as output_kind, read as read_output};

/// Attributes that stay whatever is asked for.
const ALWAYS: [&str; 1] = ["id"];

/// Attributes that may be excluded.
const EXCLUDABLE: [&str; 3] = ["result", "trigger_instance", "status"];

/// The largest `max_result_size`, as in the original.
const LARGEST_RESULT_SIZE: i64 = 14 * 1024 * 1024;

pub(super) fn routes() -> Routes {
    both(Method::GET, "", Permission::ExecutionList, list)
        .says(
            about("Lists executions.")
                .lists("Execution")
                .query(ATTRIBUTES)
                .query(SECRETS)
                .query(filter::PARAMETERS),
        )
        .merge(
            both(Method::POST, "", Permission::ActionExecute, create::create).says(
                about("Runs an action.")
                    .query(SECRETS)
                    .takes("ExecutionRequest")
                    .makes("Execution"),
            ),
        )
        .merge(
            both(
                Method::POST,
                "/{id}/re_run",
                Permission::ExecutionRerun,
                create::re_run,
            )
            .says(
                about("Runs the action of an execution again.")
                    .query(&[("show_secrets", Kind::Flag), ("no_merge", Kind::Flag)])
                    .takes("ReRun")
                    .makes("Execution"),
            ),
        )
        .merge(
            both(
                Method::GET,
                "/views/filters",
                Permission::ExecutionViewsFiltersList,
                filter::values,
            )
            .says(
                about("Lists what executions can be filtered by.")
                    .query(&[("types", Kind::Words)])
                    .gives(Shape::One("ExecutionFilters")),
            ),
        )
        .merge(
            both(Method::GET, "/{id}", Permission::ExecutionView, get).says(
                about("Shows an execution.")
                    .query(ATTRIBUTES)
                    .query(SECRETS)
                    .query(&[("max_result_size", Kind::Integer)])
                    .gives(Shape::One("Execution")),
            ),
        )
        .merge(
            both(
                Method::PUT,
                "/{id}",
                Permission::ExecutionStop,
                change::update,
            )
            .says(
                about("Cancels an execution.")
                    .query(SECRETS)
                    .takes("ExecutionChange")
                    .gives(Shape::One("Execution")),
            ),
        )
        .merge(
            both(
                Method::DELETE,
                "/{id}",
                Permission::ExecutionStop,
                change::cancel,
            )
            .says(
                about("Cancels an execution.")
                    .query(SECRETS)
                    .gives(Shape::Anything),
            ),
        )
        .merge(parts())
}

/// What can be seen of an execution besides itself.
fn parts() -> Routes {
    both(
        Method::GET,
        "/{id}/output",
        Permission::ExecutionView,
        output::get,
    )
    .says(
        about("Tells what an action printed.")
            .texts(&["output_type"])
            .gives(Shape::Text),
    )
    .merge(
        both(
            Method::GET,
            "/{id}/children",
            Permission::ExecutionView,
            part::children,
        )
        .says(
            about("Lists the executions that an execution started.")
                .query(&[("depth", Kind::Integer)])
                .gives(Shape::List("Execution")),
        ),
    )
    .merge(
        both(
            Method::GET,
            "/{id}/result",
            Permission::ExecutionView,
            part::result,
        )
        .says(
            about("Shows the result alone.")
                .query(&[
                    ("download", Kind::Flag),
                    ("compress", Kind::Flag),
                    ("pretty_format", Kind::Flag),
                ])
                .gives(Shape::Anything),
        ),
    )
    .merge(
        both(
            Method::GET,
            "/{id}/attribute/{attribute}",
            Permission::ExecutionView,
            part::attribute,
        )
        .says(about("Shows one attribute of an execution.").gives(Shape::Anything)),
    )
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
    let paged = filter::page(&call.query)?;
    let filter = filter::read(&wire, &call.query).await?;
    let found = wire.handle().store().executions(filter, paged).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for execution in found.items {
        let attributes = shape::one_of_many(&attributes, &execution);
        items.push(shape::shown(&wire, &execution, &attributes, show_secrets).await?);
    }
    reply::list(items, found.total, paged.limit)
}

async fn get(wire: Wire, call: Call) -> Answer {
    let mut attributes = attributes(&call)?;
    let show_secrets = page::boolean(&call.query, "show_secrets")?.unwrap_or(false);
    let largest = largest_result(&call)?;
    let execution = found(&wire, &call).await?;
    if largest.is_some_and(|largest| execution.result_size > largest) {
        attributes = attributes.without("result");
    }
    let shown = shape::shown(&wire, &execution, &attributes, show_secrets).await?;
    squall_server::aside(execution.result_size, || reply::ok(&shown))
}

/// `max_result_size`: a longer result is left out. 0 stands for no limit.
fn largest_result(call: &Call) -> Result<Option<u64>, Fault> {
    match page::integer(&call.query, "max_result_size")? {
        None | Some(0) => Ok(None),
        Some(largest) if largest > LARGEST_RESULT_SIZE => Err(Fault::bad_request(
            "max_result_size query parameter must be smaller than 14 MB",
        )),
        Some(largest) => u64::try_from(largest)
            .map(Some)
            .map_err(|_| Fault::bad_request("max_result_size must be a positive number")),
    }
}

fn attributes(call: &Call) -> Result<Attributes, Fault> {
    Attributes::read(&call.query)?.excluding_only(&EXCLUDABLE)
}

/// The execution in the path; `last` is the newest.
pub(super) async fn found(wire: &Wire, call: &Call) -> Result<Execution, Fault> {
    let id = call.part("id");
    let store = wire.handle().store();
    if id == "last" {
        let newest = Page {
            limit: Some(1),
            ..Page::default()
        };
        let newest = store.executions(ExecutionFilter::default(), newest).await?;
        let none = || Fault::bad_request("No executions found in the database");
        return newest.items.into_iter().next().ok_or_else(none);
    }
    let found = match id.parse() {
        Ok(id) => store.execution(id).await?,
        Err(_) => None,
    };
    reply::recorded(found, id)
}

//! `/traces`: what belongs together.

use http::Method;
use squall_identity::permission::Permission;
use squall_model::record::TraceFilter;

use super::page::{self, Attributes, Lists};
use super::{reply, shape};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(Method::GET, "/traces", Permission::TraceList, list).merge(route(
        Method::GET,
        "/traces/{id}",
        Permission::TraceView,
        get,
    ))
}

async fn list(wire: Wire, call: Call) -> Answer {
    let attributes = Attributes::read(&call.query)?;
    let paged = page::page(&call.query, Lists::RECORDED)?;
    let one_id = |name: &str| page::id(&call.query, name);
    let filter = TraceFilter {
        ids: page::ids(&call.query, "id")?,
        tag: call
            .query
            .get("trace_tag")
            .filter(|tag| !tag.is_empty())
            .map(str::to_owned),
        object: one_id("execution")?
            .or(one_id("rule")?)
            .or(one_id("trigger_instance")?),
    };
    let found = wire.handle().store().traces(filter, paged).await?;
    let shown = found
        .items
        .iter()
        .map(|(trace, links)| attributes.apply(shape::trace(trace, links), &["id"]));
    reply::list(shown.collect(), found.total, paged.limit)
}

async fn get(wire: Wire, call: Call) -> Answer {
    let text = call.part("id");
    let id = reply::recorded(text.parse().ok(), text)?;
    let found = wire.handle().store().trace(id).await?;
    let (trace, links) = reply::recorded(found, text)?;
    reply::ok(&shape::trace(&trace, &links))
}

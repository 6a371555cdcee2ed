//! `/traces`: what belongs together.

use http::Method;
use squall_identity::permission::Permission;
use squall_model::record::TraceFilter;

use super::fault::Fault;
use super::page::{self, Attributes, Lists};
use super::{reply, shape};
use crate::about::{ATTRIBUTES, Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(Method::GET, "/traces", Permission::TraceList, list)
        .says(
            about("Lists traces.")
                .lists("Trace")
                .query(ATTRIBUTES)
                .texts(&["trace_tag", "execution", "rule", "trigger_instance"]),
        )
        .merge(
            route(Method::GET, "/traces/{id}", Permission::TraceView, get)
                .says(about("Shows a trace.").gives(Shape::One("Trace"))),
        )
}

async fn list(wire: Wire, call: Call) -> Answer {
    let attributes = Attributes::read(&call.query)?;
    let paged = page::page(&call.query, Lists::RECORDED)?;
    let one_id = |name: &str| page::id(&call.query, name);
    let tag = call.query.get("trace_tag").filter(|tag| !tag.is_empty());
    let filter = TraceFilter {
        ids: page::ids(&call.query, "id")?,
        tag: tag.map(str::to_owned),
        event: one_id("trigger_instance")?,
        rule: one_id("rule")?,
        execution: one_id("execution")?,
    };
    let found = wire.handle().store().traces(filter, paged).await?;
    let shown = found
        .items
        .iter()
        .map(|trace| attributes.apply(shape::trace(trace), &["id"]));
    reply::list(shown.collect(), found.total, paged.limit)
}

async fn get(wire: Wire, call: Call) -> Answer {
    let text = call.part("id");
    let id = reply::recorded(text.parse().ok(), text)?;
    let found = wire.handle().store().trace(id).await?;
    reply::ok(&shape::trace(&reply::recorded(found, text)?))
}

/// How long a tag may be.
const LONGEST_TAG: usize = 1024;

/// The tag that somebody gives a trace; an empty one is none.
pub(super) fn trace_tag(given: Option<&str>) -> Result<Option<String>, Fault> {
    match given {
        Some(tag) if tag.len() > LONGEST_TAG => Err(Fault::bad_request(format!(
            "A trace tag may have {LONGEST_TAG} bytes at most."
        ))),
        given => Ok(given.filter(|tag| !tag.is_empty()).map(str::to_owned)),
    }
}

//! `/triggerinstances`: the events.

use http::Method;
use serde_json::json;
use squall_identity::permission::Permission;
use squall_model::event::{Event, EventStatus};
use squall_model::record::EventFilter;

use super::fault::Fault;
use super::page::{self, Attributes, Lists};
use super::{reply, shape};
use crate::about::{ATTRIBUTES, Kind, Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(
        Method::GET,
        "/triggerinstances",
        Permission::TriggerList,
        list,
    )
    .says(
        about("Lists events.")
            .lists("TriggerInstance")
            .query(ATTRIBUTES)
            .query(&[("timestamp_gt", Kind::Time), ("timestamp_lt", Kind::Time)])
            .texts(&["trigger", "trigger_type", "status"]),
    )
    .merge(
        route(
            Method::GET,
            "/triggerinstances/{id}",
            Permission::TriggerView,
            get,
        )
        .says(about("Shows an event.").gives(Shape::One("TriggerInstance"))),
    )
    .merge(
        route(
            Method::POST,
            "/triggerinstances/{id}/re_emit",
            Permission::TriggerAll,
            re_emit,
        )
        .says(about("Sends an event through the rules once more.").gives(Shape::One("ReEmitted"))),
    )
}

async fn list(wire: Wire, call: Call) -> Answer {
    let attributes = Attributes::read(&call.query)?;
    let paged = page::page(&call.query, Lists::RECORDED)?;
    let status = call.query.get("status").filter(|status| !status.is_empty());
    let parsed = status.and_then(EventStatus::parse);
    if status.is_some() && parsed.is_none() {
        // No event is ever kept in another status.
        return reply::list(Vec::new(), 0, paged.limit);
    }
    let filter = EventFilter {
        ids: page::ids(&call.query, "id")?,
        triggers: triggers(&wire, &call),
        status: parsed,
        after: page::moment(&call.query, "timestamp_gt")?,
        before: page::moment(&call.query, "timestamp_lt")?,
    };
    let found = wire.handle().store().events(filter, paged).await?;
    let loaded = wire.handle().loaded();
    let items = found
        .items
        .iter()
        .map(|event| attributes.apply(shape::event(&loaded, event), &["id"]))
        .collect();
    reply::list(items, found.total, paged.limit)
}

/// The triggers asked for: by reference, or all of a type.
fn triggers(wire: &Wire, call: &Call) -> Vec<String> {
    if let Some(trigger) = call
        .query
        .get("trigger")
        .filter(|trigger| !trigger.is_empty())
    {
        return vec![trigger.to_owned()];
    }
    let Some(of) = call.query.get("trigger_type").filter(|of| !of.is_empty()) else {
        return Vec::new();
    };
    let loaded = wire.handle().loaded();
    let mut found: Vec<String> = vec![of.to_owned()];
    let triggers = loaded
        .content
        .triggers
        .values()
        .filter(|trigger| trigger.trigger_type.as_str() == of);
    found.extend(triggers.map(|trigger| trigger.reference.to_string()));
    found
}

async fn get(wire: Wire, call: Call) -> Answer {
    reply::ok(&shape::event(
        &wire.handle().loaded(),
        &found(&wire, &call).await?,
    ))
}

/// Sends the event through the rules once more.
async fn re_emit(wire: Wire, call: Call) -> Answer {
    let again = wire.handle().re_emit(found(&wire, &call).await?.id).await?;
    let message = format!("Trigger instance {} succesfully re-sent.", call.part("id"));
    reply::ok(&json!({"message": message, "payload": again.payload, "id": again.id}))
}

async fn found(wire: &Wire, call: &Call) -> Result<Event, Fault> {
    let text = call.part("id");
    let id = reply::recorded(text.parse().ok(), text)?;
    let event = wire.handle().store().event(id).await?;
    reply::recorded(event, text)
}

//! `/triggers`: trigger types with parameters filled in.

use std::sync::Arc;

use http::Method;
use squall_identity::permission::Permission;
use squall_model::record::ResourceKind;
use squall_model::trigger::Trigger;
use squall_server::registry::{Loaded, Registration};

use super::fault::Fault;
use super::{reply, shape};
use crate::about::{Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(Method::GET, "/triggers", Permission::TriggerList, list)
        .says(
            about("Lists triggers.")
                .texts(&["type"])
                .gives(Shape::List("Trigger")),
        )
        .merge(
            route(Method::POST, "/triggers", Permission::TriggerAll, create).says(
                about("Makes a trigger.")
                    .takes("TriggerDocument")
                    .makes("Trigger"),
            ),
        )
        .merge(
            route(
                Method::GET,
                "/triggers/{trigger_id}",
                Permission::TriggerView,
                get,
            )
            .says(about("Shows a trigger.").gives(Shape::One("Trigger"))),
        )
        .merge(
            route(
                Method::PUT,
                "/triggers/{trigger_id}",
                Permission::TriggerAll,
                update,
            )
            .says(
                about("Changes a trigger.")
                    .takes("TriggerDocument")
                    .gives(Shape::One("Trigger")),
            ),
        )
        .merge(
            route(
                Method::DELETE,
                "/triggers/{trigger_id}",
                Permission::TriggerAll,
                delete,
            )
            .says(about("Deletes a trigger.").removes()),
        )
}

/// All of them, or all of a type: the original knows no pages here.
async fn list(wire: Wire, call: Call) -> Answer {
    let of = call.query.get("type").filter(|of| !of.is_empty());
    let loaded = wire.handle().loaded();
    let triggers = loaded.content.triggers.values();
    let wanted = triggers.filter(|trigger| of.is_none_or(|of| trigger.trigger_type.as_str() == of));
    reply::ok(&wanted.map(|trigger| shape::trigger(trigger)).collect())
}

async fn get(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    reply::ok(&shape::trigger(found(&loaded, &call)?))
}

async fn create(wire: Wire, call: Call) -> Answer {
    let drafted = wire.handle().draft_trigger(&shape::json_body(&call)?)?;
    wire.handle()
        .register(Registration::Trigger(Box::new(drafted.clone())))
        .await?;
    reply::created(&shape::trigger(&drafted))
}

/// A trigger is what its type and parameters say, so a changed one is another one.
async fn update(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let known = found(&loaded, &call)?.reference.clone();
    let drafted = wire.handle().draft_trigger(&shape::json_body(&call)?)?;
    if drafted.reference != known {
        wire.handle()
            .register(Registration::Deleted(ResourceKind::Trigger, known))
            .await?;
    }
    wire.handle()
        .register(Registration::Trigger(Box::new(drafted.clone())))
        .await?;
    reply::ok(&shape::trigger(&drafted))
}

async fn delete(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let reference = found(&loaded, &call)?.reference.clone();
    wire.handle()
        .register(Registration::Deleted(ResourceKind::Trigger, reference))
        .await?;
    reply::nothing()
}

fn found<'a>(loaded: &'a Loaded, call: &Call) -> Result<&'a Arc<Trigger>, Fault> {
    let id = call.part("trigger_id");
    reply::recorded(loaded.content.trigger(id), id)
}

//! `/triggertypes`: named kinds of events.

use std::sync::Arc;

use http::Method;
use squall_identity::permission::Permission;
use squall_model::record::ResourceKind;
use squall_model::trigger::TriggerType;
use squall_server::action_files;
use squall_server::registry::{Loaded, Registration};

use super::fault::Fault;
use super::page::{self, Attributes, Filter, Lists};
use super::{reply, shape};
use crate::about::{ATTRIBUTES, Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(Method::GET, "/triggertypes", Permission::TriggerList, list)
        .says(
            about("Lists trigger types.")
                .lists("TriggerType")
                .query(ATTRIBUTES)
                .texts(&["name", "pack"]),
        )
        .merge(
            route(
                Method::POST,
                "/triggertypes",
                Permission::TriggerAll,
                create,
            )
            .says(
                about("Makes a trigger type.")
                    .takes("TriggerTypeDocument")
                    .makes("TriggerType"),
            ),
        )
        .merge(
            route(
                Method::GET,
                "/triggertypes/{ref_or_id}",
                Permission::TriggerView,
                get,
            )
            .says(about("Shows a trigger type.").gives(Shape::One("TriggerType"))),
        )
        .merge(
            route(
                Method::PUT,
                "/triggertypes/{ref_or_id}",
                Permission::TriggerAll,
                update,
            )
            .says(
                about("Changes a trigger type.")
                    .takes("TriggerTypeDocument")
                    .gives(Shape::One("TriggerType")),
            ),
        )
        .merge(
            route(
                Method::DELETE,
                "/triggertypes/{ref_or_id}",
                Permission::TriggerAll,
                delete,
            )
            .says(about("Deletes a trigger type.").removes()),
        )
}

async fn list(wire: Wire, call: Call) -> Answer {
    let attributes = Attributes::read(&call.query)?;
    let filter = Filter::read(&call.query)?;
    let loaded = wire.handle().loaded();
    let wanted = |of: &&Arc<TriggerType>| {
        filter.fits(
            of.id,
            &[("name", of.reference.name()), ("pack", of.reference.pack())],
        )
    };
    let found: Vec<_> = loaded
        .content
        .trigger_types
        .values()
        .filter(wanted)
        .collect();
    let sortable = ["id", "name", "pack"];
    page::listed(&call.query, Lists::REGISTERED, &sortable, &found, |of| {
        attributes.apply(shape::trigger_type(of), &["id", "ref"])
    })
}

async fn get(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    reply::ok(&shape::trigger_type(found(&loaded, &call)?))
}

async fn create(wire: Wire, call: Call) -> Answer {
    let drafted = wire
        .handle()
        .draft_trigger_type(&shape::json_body(&call)?, None)?;
    wire.handle()
        .register(Registration::TriggerType(Box::new(drafted.clone())))
        .await?;
    reply::created(&shape::trigger_type(&drafted))
}

async fn update(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let known = found(&loaded, &call)?;
    action_files::refuse_system_pack(known.reference.pack())?;
    let drafted = wire
        .handle()
        .draft_trigger_type(&shape::json_body(&call)?, Some(known))?;
    if drafted.reference != known.reference {
        let gone = Registration::Deleted(ResourceKind::TriggerType, known.reference.clone());
        wire.handle().register(gone).await?;
    }
    wire.handle()
        .register(Registration::TriggerType(Box::new(drafted.clone())))
        .await?;
    reply::ok(&shape::trigger_type(&drafted))
}

async fn delete(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let reference = found(&loaded, &call)?.reference.clone();
    action_files::refuse_system_pack(reference.pack())?;
    wire.handle()
        .register(Registration::Deleted(ResourceKind::TriggerType, reference))
        .await?;
    reply::nothing()
}

fn found<'a>(loaded: &'a Loaded, call: &Call) -> Result<&'a Arc<TriggerType>, Fault> {
    let ref_or_id = call.part("ref_or_id");
    reply::found(loaded.content.trigger_type(ref_or_id), ref_or_id)
}

//! `/sensortypes`: sources of events that packs bring.

use std::sync::Arc;

use http::Method;
use squall_identity::permission::Permission;
use squall_model::Json;
use squall_model::sensor::Sensor;
use squall_server::action_files;
use squall_server::registry::{Loaded, Registration};

use super::fault::Fault;
use super::page::{self, Attributes, Filter, Lists};
use super::{reply, shape};
use crate::about::{ATTRIBUTES, Kind, Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(
        Method::GET,
        "/sensortypes",
        Permission::SensorTypeList,
        list,
    )
    .says(
        about("Lists sensors.")
            .lists("SensorType")
            .query(ATTRIBUTES)
            .query(&[("enabled", Kind::Flag)])
            .texts(&["name", "pack", "trigger"]),
    )
    .merge(
        route(
            Method::GET,
            "/sensortypes/{ref_or_id}",
            Permission::SensorTypeView,
            get,
        )
        .says(about("Shows a sensor.").gives(Shape::One("SensorType"))),
    )
    .merge(
        route(
            Method::PUT,
            "/sensortypes/{ref_or_id}",
            Permission::SensorTypeModify,
            put,
        )
        .says(
            about("Switches a sensor on or off.")
                .takes("Enabled")
                .gives(Shape::One("SensorType")),
        ),
    )
}

async fn list(wire: Wire, call: Call) -> Answer {
    let attributes = Attributes::read(&call.query)?;
    let filter = Filter::read(&call.query)?;
    let enabled = page::boolean(&call.query, "enabled")?;
    let trigger = call.query.get("trigger").filter(|of| !of.is_empty());
    let loaded = wire.handle().loaded();
    let wanted = |sensor: &&Arc<Sensor>| {
        let words = [
            ("name", sensor.reference.name()),
            ("pack", sensor.reference.pack()),
        ];
        let mut triggers = sensor.trigger_types.iter();
        filter.fits(sensor.id, &words)
            && enabled.is_none_or(|enabled| sensor.enabled == enabled)
            && trigger.is_none_or(|wanted| triggers.any(|of| of.as_str() == wanted))
    };
    let found: Vec<_> = loaded.content.sensors.values().filter(wanted).collect();
    let sortable = ["id", "name", "pack", "enabled"];
    page::listed(&call.query, Lists::WHOLE, &sortable, &found, |sensor| {
        attributes.apply(shown(&loaded, sensor), &["id", "ref"])
    })
}

async fn get(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    reply::ok(&shown(&loaded, found(&loaded, &call)?))
}

/// Only `enabled` may be changed; without it a sensor is switched off, as in the original.
async fn put(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let known = found(&loaded, &call)?;
    action_files::refuse_system_pack(known.reference.pack())?;
    let body = shape::object_body(&call)?;
    let mut sensor = Sensor::clone(known);
    sensor.enabled = match body.get("enabled") {
        None => false,
        Some(Json::Bool(enabled)) => *enabled,
        Some(other) => {
            return Err(Fault::bad_request(format!(
                "{other} is not of type 'boolean'"
            )));
        }
    };
    wire.handle()
        .register(Registration::Sensor(Box::new(sensor.clone())))
        .await?;
    reply::ok(&shown(&loaded, &sensor))
}

fn shown(loaded: &Loaded, sensor: &Sensor) -> Json {
    let pack = loaded.content.packs.get(sensor.reference.pack());
    shape::sensor(sensor, pack.map(|pack| pack.path.as_path()))
}

fn found<'a>(loaded: &'a Loaded, call: &Call) -> Result<&'a Arc<Sensor>, Fault> {
    let ref_or_id = call.part("ref_or_id");
    reply::found(loaded.content.sensor(ref_or_id), ref_or_id)
}

//! `/runnertypes`: how kinds of actions are carried out.

use http::Method;
use squall_identity::permission::Permission;
use squall_model::Json;
use squall_server::registry::Registration;

use super::fault::Fault;
use super::page::{self, Attributes, Lists};
use super::{reply, shape};
use crate::about::{ATTRIBUTES, Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(
        Method::GET,
        "/runnertypes",
        Permission::RunnerTypeList,
        list,
    )
    .says(
        about("Lists runners.")
            .lists("RunnerType")
            .query(ATTRIBUTES)
            .texts(&["name"]),
    )
    .merge(
        route(
            Method::GET,
            "/runnertypes/{name_or_id}",
            Permission::RunnerTypeView,
            get,
        )
        .says(about("Shows a runner.").gives(Shape::One("RunnerType"))),
    )
    .merge(
        route(
            Method::PUT,
            "/runnertypes/{name_or_id}",
            Permission::RunnerTypeModify,
            put,
        )
        .says(
            about("Switches a runner on or off.")
                .takes("Enabled")
                .gives(Shape::One("RunnerType")),
        ),
    )
}

async fn list(wire: Wire, call: Call) -> Answer {
    let attributes = Attributes::read(&call.query)?;
    let (ids, name) = (page::ids(&call.query, "id")?, call.query.get("name"));
    let loaded = wire.handle().loaded();
    let mut found: Vec<_> = loaded.runners.iter().collect();
    found.retain(|runner| {
        (ids.is_empty() || ids.contains(&runner.id)) && name.is_none_or(|name| runner.name == name)
    });
    found.sort_by(|one, two| one.name.cmp(&two.name));
    let sortable = ["id", "name"];
    page::listed(
        &call.query,
        Lists::REGISTERED,
        &sortable,
        &found,
        |runner| attributes.apply(shape::runner(runner), &["id"]),
    )
}

async fn get(wire: Wire, call: Call) -> Answer {
    let runner = found(&wire, &call)?;
    reply::ok(&shape::runner(&runner))
}

/// Only `enabled` may be changed.
async fn put(wire: Wire, call: Call) -> Answer {
    let runner = found(&wire, &call)?;
    let body = shape::object_body(&call)?;
    let enabled = body
        .get("enabled")
        .and_then(Json::as_bool)
        .unwrap_or(runner.enabled);
    wire.handle()
        .register(Registration::Runner {
            name: runner.name.clone(),
            enabled,
        })
        .await?;
    let runner = found(&wire, &call)?;
    reply::ok(&shape::runner(&runner))
}

fn found(
    wire: &Wire,
    call: &Call,
) -> Result<std::sync::Arc<squall_model::runner::RunnerType>, Fault> {
    let name_or_id = call.part("name_or_id");
    let loaded = wire.handle().loaded();
    let by_id = name_or_id
        .parse()
        .ok()
        .and_then(|id| loaded.runners.iter().find(|runner| runner.id == id));
    let runner = by_id.or_else(|| loaded.runner(name_or_id)).cloned();
    runner.ok_or_else(|| {
        Fault::not_found(format!(
            "Resource with a name or id \"{name_or_id}\" not found"
        ))
    })
}

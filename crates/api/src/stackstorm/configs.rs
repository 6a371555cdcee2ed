//! `/configs` and `/config_schemas`: what packs can be told, and what they are told.

use http::Method;
use serde_json::json;
use squall_identity::permission::Permission;
use squall_model::{Id, Json, mask};

use super::fault::Fault;
use super::page::{self, Lists};
use super::{reply, shape};
use crate::about::{SECRETS, Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(Method::GET, "/configs", Permission::PackList, configs)
        .says(
            about("Lists the configs of packs.")
                .lists("Config")
                .query(SECRETS),
        )
        .merge(
            route(
                Method::GET,
                "/configs/{pack_ref}",
                Permission::PackView,
                config,
            )
            .says(
                about("Shows the config of a pack.")
                    .query(SECRETS)
                    .gives(Shape::One("Config")),
            ),
        )
        .merge(
            route(
                Method::PUT,
                "/configs/{pack_ref}",
                Permission::PackConfig,
                put,
            )
            .says(
                about("Gives a pack its config.")
                    .query(SECRETS)
                    .takes("Values")
                    .gives(Shape::One("Config")),
            ),
        )
        .merge(
            route(
                Method::GET,
                "/config_schemas",
                Permission::PackList,
                schemas,
            )
            .says(about("Lists what packs can be told.").lists("ConfigSchema")),
        )
        .merge(
            route(
                Method::GET,
                "/config_schemas/{pack_ref}",
                Permission::PackView,
                schema,
            )
            .says(about("Shows what a pack can be told.").gives(Shape::One("ConfigSchema"))),
        )
}

async fn configs(wire: Wire, call: Call) -> Answer {
    let show_secrets = page::boolean(&call.query, "show_secrets")?.unwrap_or(false);
    let loaded = wire.handle().loaded();
    let found: Vec<_> = loaded
        .content
        .configs
        .iter()
        .filter(|(_, config)| !config.values.is_empty())
        .collect();
    let sortable = ["id", "pack"];
    page::listed(
        &call.query,
        Lists::REGISTERED,
        &sortable,
        &found,
        |(pack, config)| shown(pack, config, show_secrets),
    )
}

async fn config(wire: Wire, call: Call) -> Answer {
    let show_secrets = page::boolean(&call.query, "show_secrets")?.unwrap_or(false);
    let pack = call.part("pack_ref");
    let loaded = wire.handle().loaded();
    let found = loaded
        .content
        .configs
        .get(pack)
        .filter(|config| !config.values.is_empty());
    let missing = || {
        Fault::not_found(format!(
            "Unable to identify resource with pack_ref \"{pack}\"."
        ))
    };
    reply::ok(&shown(pack, found.ok_or_else(missing)?, show_secrets))
}

/// The body is the values themselves.
async fn put(wire: Wire, call: Call) -> Answer {
    let show_secrets = page::boolean(&call.query, "show_secrets")?.unwrap_or(false);
    let values = shape::object_body(&call)?;
    let pack = call.part("pack_ref");
    let config = wire.handle().set_config(pack, values).await?;
    reply::ok(&shown(pack, &config, show_secrets))
}

async fn schemas(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let found: Vec<_> = loaded
        .content
        .configs
        .iter()
        .filter(|(_, config)| !config.schema.0.is_empty())
        .collect();
    let sortable = ["id", "pack"];
    page::listed(
        &call.query,
        Lists::REGISTERED,
        &sortable,
        &found,
        |(pack, config)| schema_shape(pack, config),
    )
}

async fn schema(wire: Wire, call: Call) -> Answer {
    let pack = call.part("pack_ref");
    let loaded = wire.handle().loaded();
    let found = loaded
        .content
        .configs
        .get(pack)
        .filter(|config| !config.schema.0.is_empty());
    let missing = || {
        Fault::not_found(format!(
            "Unable to identify resource with pack_ref \"{pack}\"."
        ))
    };
    reply::ok(&schema_shape(pack, found.ok_or_else(missing)?))
}

fn shown(pack: &str, config: &squall_model::pack::Config, show_secrets: bool) -> Json {
    let values = if show_secrets {
        config.values.clone()
    } else {
        mask::parameters(&config.values, &config.schema)
    };
    json!({"id": Id::of(&format!("config:{pack}")), "pack": pack, "values": values})
}

fn schema_shape(pack: &str, config: &squall_model::pack::Config) -> Json {
    json!({"id": Id::of(&format!("config_schema:{pack}")), "pack": pack, "attributes": config.schema})
}

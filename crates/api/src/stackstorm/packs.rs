//! `/packs`: what is installed.

use std::sync::Arc;

use http::Method;
use serde_json::json;
use squall_identity::permission::Permission;
use squall_model::Json;
use squall_model::pack::Pack;
use squall_server::registry::{Loaded, PackInForce};
use squall_server::reload::Reading;

use super::fault::Fault;
use super::page::{self, Attributes, Filter, Lists};
use super::{reply, shape};
use crate::about::{ATTRIBUTES, Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(Method::GET, "/packs", Permission::PackList, list)
        .says(
            about("Lists packs.")
                .lists("Pack")
                .query(ATTRIBUTES)
                .texts(&["name", "ref"]),
        )
        .merge(
            route(
                Method::POST,
                "/packs/register",
                Permission::PackRegister,
                register,
            )
            .says(
                about("Reads packs again.")
                    .takes("PacksToRead")
                    .gives(Shape::One("PacksRead")),
            ),
        )
        .merge(
            route(Method::GET, "/packs/{ref_or_id}", Permission::PackView, get)
                .says(about("Shows a pack.").gives(Shape::One("Pack"))),
        )
}

async fn list(wire: Wire, call: Call) -> Answer {
    let attributes = Attributes::read(&call.query)?;
    let filter = Filter::read(&call.query)?;
    let loaded = wire.handle().loaded();
    let wanted =
        |pack: &&Arc<Pack>| filter.fits(pack.id, &[("name", &pack.name), ("ref", &pack.reference)]);
    let found: Vec<_> = loaded.content.packs.values().filter(wanted).collect();
    let sortable = ["id", "name", "ref"];
    page::listed(&call.query, Lists::REGISTERED, &sortable, &found, |pack| {
        attributes.apply(shape::pack(pack), &["id"])
    })
}

async fn get(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    reply::ok(&shape::pack(found(&loaded, &call)?))
}

/// The pack in the path.
pub(super) fn found<'a>(loaded: &'a Loaded, call: &Call) -> Result<&'a Arc<Pack>, Fault> {
    let ref_or_id = call.part("ref_or_id");
    let missing = || {
        Fault::not_found(format!(
            "Resource with a ref or id \"{ref_or_id}\" not found"
        ))
    };
    loaded.content.pack(ref_or_id).ok_or_else(missing)
}

/// Reads the packs again. The counts are of what is registered now, by kind; problems are told beside them.
async fn register(wire: Wire, call: Call) -> Answer {
    let body = shape::object_body(&call)?;
    let words = |name: &str| -> Vec<String> {
        let list = body.get(name).and_then(Json::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .map(str::to_owned)
            .collect()
    };
    let (packs, types) = (words("packs"), words("types"));
    let loaded = wire.handle().reload(Reading::Everything).await?;
    if let Some(unknown) = packs
        .iter()
        .find(|pack| !loaded.content.packs.contains_key(*pack))
    {
        return Err(Fault::bad_request(format!(
            "Pack \"{unknown}\" not found on disk"
        )));
    }
    let is_wanted = |pack: &&Arc<PackInForce>| {
        packs.is_empty() || packs.iter().any(|name| name == pack.reference())
    };
    let strict = body.get("fail_on_failure").and_then(Json::as_bool);
    let mut refused = loaded.packs.values().filter(is_wanted);
    if let Some(text) = refused.find_map(|pack| refusal(pack))
        && strict.unwrap_or(true)
    {
        return Err(Fault::bad_request(text));
    }
    let problems: Vec<String> = loaded.problems().map(ToString::to_string).collect();
    if strict.unwrap_or(false) && !problems.is_empty() {
        return Err(Fault::bad_request(problems.join("\n")));
    }
    let mut counted = counts(&loaded, &packs);
    if !types.is_empty() && !types.iter().any(|word| word == "all") {
        counted.retain(|name, _| {
            types
                .iter()
                .any(|word| word.trim_end_matches('s') == name.trim_end_matches('s'))
        });
    }
    if !problems.is_empty() {
        counted.insert("problems".to_owned(), json!(problems));
    }
    reply::ok(&Json::Object(counted))
}

/// Why newer files of a pack are not registered.
fn refusal(pack: &PackInForce) -> Option<String> {
    let refused = pack.refused.as_ref()?;
    let problems: Vec<String> = refused.problems.iter().map(ToString::to_string).collect();
    Some(format!(
        "Pack \"{}\" is not registered, and stays as it was: {}",
        pack.reference(),
        problems.join("; ")
    ))
}

fn counts(loaded: &Loaded, packs: &[String]) -> squall_model::Object {
    let wanted = |pack: &str| packs.is_empty() || packs.iter().any(|name| name == pack);
    let content = &loaded.content;
    let counted = [
        (
            "actions",
            content
                .actions
                .keys()
                .filter(|reference| wanted(reference.pack()))
                .count(),
        ),
        (
            "rules",
            content
                .rules
                .keys()
                .filter(|reference| wanted(reference.pack()))
                .count(),
        ),
        (
            "triggers",
            content
                .trigger_types
                .keys()
                .filter(|reference| wanted(reference.pack()))
                .count(),
        ),
        (
            "configs",
            content
                .configs
                .iter()
                .filter(|(pack, config)| wanted(pack) && !config.values.is_empty())
                .count(),
        ),
        (
            "sensors",
            content
                .sensors
                .keys()
                .filter(|reference| wanted(reference.pack()))
                .count(),
        ),
        ("runners", loaded.runners.len()),
    ];
    counted
        .into_iter()
        .map(|(name, count)| (name.to_owned(), json!(count)))
        .collect()
}

//! `/actions`: what can be done.

use std::sync::Arc;

use http::Method;
use serde_json::json;
use squall_identity::permission::Permission;
use squall_model::Json;
use squall_model::action::Action;
use squall_model::record::ResourceKind;
use squall_server::registry::{Loaded, Registration};

use super::fault::Fault;
use super::page::{self, Attributes, Filter, Lists};
use super::{reply, shape};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(Method::GET, "/actions", Permission::ActionList, list)
        .merge(route(
            Method::POST,
            "/actions",
            Permission::ActionCreate,
            create,
        ))
        .merge(route(
            Method::GET,
            "/actions/views/overview",
            Permission::ActionList,
            overviews,
        ))
        .merge(route(
            Method::GET,
            "/actions/views/overview/{ref_or_id}",
            Permission::ActionView,
            overview,
        ))
        .merge(route(
            Method::GET,
            "/actions/views/parameters/{ref_or_id}",
            Permission::ActionView,
            parameters,
        ))
        .merge(route(
            Method::GET,
            "/actions/views/entry_point/{ref_or_id}",
            Permission::ActionView,
            entry_point,
        ))
        .merge(route(
            Method::GET,
            "/actions/{ref_or_id}",
            Permission::ActionView,
            get,
        ))
        .merge(route(
            Method::PUT,
            "/actions/{ref_or_id}",
            Permission::ActionModify,
            update,
        ))
        .merge(route(
            Method::DELETE,
            "/actions/{ref_or_id}",
            Permission::ActionDelete,
            delete,
        ))
}

async fn list(wire: Wire, call: Call) -> Answer {
    let attributes = Attributes::read(&call.query)?.excluding_only(&["parameters", "notify"])?;
    listed(&wire, &call, &attributes, |_, action| shape::action(action))
}

async fn overviews(wire: Wire, call: Call) -> Answer {
    let attributes = Attributes::read(&call.query)?;
    listed(&wire, &call, &attributes, with_runner_parameters)
}

fn listed(
    wire: &Wire,
    call: &Call,
    attributes: &Attributes,
    body: impl Fn(&Loaded, &Action) -> Json,
) -> Answer {
    let filter = Filter::read(&call.query)?;
    let tags = page::words(&call.query, "tags");
    let loaded = wire.handle().loaded();
    let wanted = |action: &&Arc<Action>| {
        let words = [
            ("name", action.reference.name()),
            ("pack", action.reference.pack()),
        ];
        filter.fits(action.id, &words)
            && tags.iter().all(|tag| {
                action
                    .tags
                    .iter()
                    .any(|known| known.get("name").is_some_and(|name| name == tag.as_str()))
            })
    };
    let found: Vec<_> = loaded.content.actions.values().filter(wanted).collect();
    let sortable = ["id", "name", "pack"];
    page::listed(&call.query, Lists::WHOLE, &sortable, &found, |action| {
        attributes.apply(body(&loaded, action), &["id", "ref"])
    })
}

async fn get(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    reply::ok(&shape::action(found(&loaded, &call)?))
}

async fn overview(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    reply::ok(&with_runner_parameters(&loaded, found(&loaded, &call)?))
}

async fn parameters(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let shown = with_runner_parameters(&loaded, found(&loaded, &call)?);
    reply::ok(&json!({ "parameters": shown.get("parameters") }))
}

/// The text of the file that an action runs.
async fn entry_point(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let action = found(&loaded, &call)?;
    let missing = || {
        Fault::not_found(format!(
            "Action ref_or_id={} has no entry_point to output",
            call.part("ref_or_id")
        ))
    };
    let pack = loaded
        .content
        .packs
        .get(action.reference.pack())
        .ok_or_else(missing)?;
    if action.entry_point.is_empty() {
        return Err(missing());
    }
    let text = squall_server::registry::read_entry_point(pack, action).map_err(|_| missing())?;
    reply::text(text)
}

async fn create(wire: Wire, call: Call) -> Answer {
    let action = wire
        .handle()
        .draft_action(&shape::json_body(&call)?, None)?;
    wire.handle()
        .register(Registration::Action(Box::new(action.clone())))
        .await?;
    reply::created(&shape::action(&action))
}

async fn update(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let action = wire
        .handle()
        .draft_action(&shape::json_body(&call)?, Some(found(&loaded, &call)?))?;
    wire.handle()
        .register(Registration::Action(Box::new(action.clone())))
        .await?;
    reply::ok(&shape::action(&action))
}

async fn delete(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let action = found(&loaded, &call)?;
    if action.reference.pack() == "core" {
        return Err(Fault::bad_request(
            "Resources belonging to system level packs can't be manipulated",
        ));
    }
    wire.handle()
        .register(Registration::Deleted(
            ResourceKind::Action,
            action.reference.clone(),
        ))
        .await?;
    reply::nothing()
}

fn found<'a>(loaded: &'a Loaded, call: &Call) -> Result<&'a Arc<Action>, Fault> {
    let ref_or_id = call.part("ref_or_id");
    reply::found(loaded.content.action(ref_or_id), ref_or_id)
}

/// An action whose parameters are those of its runner with its own laid over them.
fn with_runner_parameters(loaded: &Loaded, action: &Action) -> Json {
    let mut shown = shape::action(action);
    let mut all = loaded
        .runner(&action.runner_type)
        .map(|runner| runner.parameters.0.clone())
        .unwrap_or_default();
    for (name, own) in &action.parameters.0 {
        match (
            all.get_mut(name).and_then(Json::as_object_mut),
            own.as_object(),
        ) {
            (Some(known), Some(own)) => known.extend(own.clone()),
            _ => drop(all.insert(name.clone(), own.clone())),
        }
    }
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("parameters".to_owned(), Json::Object(all));
    }
    shown
}

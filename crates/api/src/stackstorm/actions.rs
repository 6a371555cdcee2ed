//! `/actions`: what can be done.

use std::sync::Arc;

use http::Method;
use serde_json::json;
use squall_identity::permission::Permission;
use squall_model::action::Action;
use squall_model::record::ResourceKind;
use squall_model::{Json, Object};
use squall_server::action_files::{self, Copy, DataFile};
use squall_server::pack_files;
use squall_server::registry::{Loaded, Registration};

use super::fault::Fault;
use super::page::{self, Attributes, Filter, Lists};
use super::{reply, shape};
use crate::about::{ATTRIBUTES, Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(Method::GET, "/actions", Permission::ActionList, list)
        .says(
            about("Lists actions.")
                .lists("Action")
                .query(ATTRIBUTES)
                .texts(&["name", "pack", "tags"]),
        )
        .merge(
            route(Method::POST, "/actions", Permission::ActionCreate, create).says(
                about("Makes an action.")
                    .takes("ActionDocument")
                    .makes("Action"),
            ),
        )
        .merge(views())
        .merge(
            route(
                Method::GET,
                "/actions/{ref_or_id}",
                Permission::ActionView,
                get,
            )
            .says(about("Shows an action.").gives(Shape::One("Action"))),
        )
        .merge(
            route(
                Method::PUT,
                "/actions/{ref_or_id}",
                Permission::ActionModify,
                update,
            )
            .says(
                about("Changes an action.")
                    .takes("ActionDocument")
                    .gives(Shape::One("Action")),
            ),
        )
        .merge(
            route(
                Method::DELETE,
                "/actions/{ref_or_id}",
                Permission::ActionDelete,
                delete,
            )
            .says(
                about("Deletes an action.")
                    .takes("ActionDeletion")
                    .removes(),
            ),
        )
        .merge(
            route(
                Method::POST,
                "/actions/{ref_or_id}/clone",
                Permission::ActionCreate,
                clone,
            )
            .says(
                about("Copies an action.")
                    .takes("ActionCopy")
                    .makes("Action"),
            ),
        )
}

/// What can be seen of actions besides themselves.
fn views() -> Routes {
    route(
        Method::GET,
        "/actions/views/overview",
        Permission::ActionList,
        overviews,
    )
    .says(
        about("Lists actions with the parameters of their runners.")
            .lists("Action")
            .query(ATTRIBUTES)
            .texts(&["name", "pack"]),
    )
    .merge(
        route(
            Method::GET,
            "/actions/views/overview/{ref_or_id}",
            Permission::ActionView,
            overview,
        )
        .says(
            about("Shows an action with the parameters of its runner.").gives(Shape::One("Action")),
        ),
    )
    .merge(
        route(
            Method::GET,
            "/actions/views/parameters/{ref_or_id}",
            Permission::ActionView,
            parameters,
        )
        .says(about("Shows all parameters of an action.").gives(Shape::One("ActionParameters"))),
    )
    .merge(
        route(
            Method::GET,
            "/actions/views/entry_point/{ref_or_id}",
            Permission::ActionView,
            entry_point,
        )
        .says(about("Shows the file that an action runs.").gives(Shape::File)),
    )
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

/// The text of the file that an action runs, named as what it is; text that a browser would run is named plain text.
async fn entry_point(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let action = found(&loaded, &call)?;
    let pack = loaded.content.packs.get(action.reference.pack());
    let text = pack.and_then(|pack| pack_files::read_entry_point(pack, action));
    let missing = || {
        Fault::not_found(format!(
            "Action ref_or_id={} has no entry_point to output",
            call.part("ref_or_id")
        ))
    };
    reply::file(
        text.ok_or_else(missing)?.into_bytes(),
        &action.entry_point,
        "text/plain",
    )
}

async fn create(wire: Wire, call: Call) -> Answer {
    let (document, files) = document(&call)?;
    let handle = wire.handle();
    let action = handle.draft_action(&document, None)?;
    put(&wire, action.clone(), files).await?;
    reply::created(&shape::action(&action))
}

async fn update(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let known = found(&loaded, &call)?;
    let (document, files) = document(&call)?;
    let mut action = wire.handle().draft_action(&document, Some(known))?;
    action.metadata_file.clone_from(&known.metadata_file);
    action_files::refuse_system_pack(known.reference.pack())?;
    put(&wire, action.clone(), files).await?;
    if action.reference != known.reference {
        let gone = Registration::Deleted(ResourceKind::Action, known.reference.clone());
        wire.handle().register(gone).await?;
    }
    reply::ok(&shape::action(&action))
}

/// Puts an action in force, with the files that come with it.
async fn put(wire: &Wire, action: Action, files: Vec<DataFile>) -> Result<(), Fault> {
    let handle = wire.handle();
    action_files::refuse_system_pack(action.reference.pack())?;
    handle
        .write_data_files(action.reference.pack(), files.clone())
        .await?;
    handle
        .register(Registration::Action(Box::new(action.clone())))
        .await?;
    Ok(handle.tell_data_files(&action, &files).await?)
}

/// The body as the action that it describes, and the files that come with it.
fn document(call: &Call) -> Result<(Json, Vec<DataFile>), Fault> {
    let mut body = shape::object_body(call)?;
    let files = match body.shift_remove("data_files") {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Array(files)) => files.iter().map(data_file).collect::<Result<_, _>>()?,
        Some(other) => {
            return Err(Fault::bad_request(format!(
                "{other} is not of type 'array'"
            )));
        }
    };
    Ok((Json::Object(body), files))
}

fn data_file(file: &Json) -> Result<DataFile, Fault> {
    let member = |name: &str| {
        let text = file.get(name).and_then(Json::as_str).map(str::to_owned);
        text.ok_or_else(|| Fault::bad_request(format!("'{name}' is a required property")))
    };
    Ok(DataFile {
        path: member("file_path")?,
        content: member("content")?,
    })
}

/// With `remove_files` the action's description and the file it runs go, too.
async fn delete(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let action = found(&loaded, &call)?;
    let body = shape::object_body(&call)?;
    let and_files = flag(&body, "remove_files")?;
    wire.handle().delete_action(action, and_files).await?;
    reply::nothing()
}

/// A copy in another pack or under another name, files and all.
async fn clone(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let source = found(&loaded, &call)?;
    let body = shape::object_body(&call)?;
    let text = |name: &str| {
        let text = body.get(name).and_then(Json::as_str);
        text.ok_or_else(|| Fault::bad_request(format!("'{name}' is a required property")))
    };
    let copy = Copy {
        pack: text("dest_pack")?.to_owned(),
        name: text("dest_action")?.to_owned(),
        overwrite: flag(&body, "overwrite")?,
    };
    let action = wire.handle().clone_action(source, copy).await?;
    reply::created(&shape::action(&action))
}

fn flag(body: &Object, name: &str) -> Result<bool, Fault> {
    match body.get(name) {
        None | Some(Json::Null) => Ok(false),
        Some(Json::Bool(flag)) => Ok(*flag),
        Some(other) => Err(Fault::bad_request(format!(
            "{other} is not of type 'boolean'"
        ))),
    }
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

//! `/squall/v1/packs`: what is in force of each pack, since when, and what of its folder is not and why.

use http::Method;
use serde_json::json;
use squall_identity::permission::Permission;
use squall_model::Json;
use squall_model::problem::Problem;
use squall_server::registry::{Loaded, PackInForce};
use squall_server::virtualenvs::Virtualenv;

use crate::about::{Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, own_route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    own_route(Method::GET, "/packs", Permission::PackList, list)
        .says(
            about("Tells what is in force of packs, and what is not.")
                .gives(Shape::One("PacksInForce")),
        )
        .merge(
            own_route(Method::GET, "/packs/{pack}", Permission::PackView, get).says(
                about("Tells what is in force of a pack, and what is not.")
                    .gives(Shape::One("PackInForce")),
            ),
        )
}

async fn list(wire: Wire, _call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let packs: Json = loaded
        .packs
        .values()
        .map(|pack| shown(&wire, &loaded, pack))
        .collect();
    super::ok(&json!({
        "generation": loaded.generation,
        "loaded_at": loaded.loaded_at,
        "packs": packs,
        "problems": loaded.folder_problems(),
    }))
}

async fn get(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let name = call.part("pack");
    match loaded.packs.get(name) {
        Some(pack) => super::ok(&shown(&wire, &loaded, pack)),
        None => super::not_found(&format!("there is no pack `{name}`")),
    }
}

fn shown(wire: &Wire, loaded: &Loaded, pack: &PackInForce) -> Json {
    let about = &pack.content.pack;
    let problems: Vec<&Problem> = pack
        .problems
        .iter()
        .chain(loaded.missing_for(pack))
        .collect();
    let refused = pack
        .refused
        .as_ref()
        .map(|refused| json!({"since": refused.since, "problems": refused.problems}));
    let changed = loaded.changed_over_rest(&about.reference);
    let changed: Json = changed
        .into_iter()
        .map(|(kind, reference)| json!({"kind": kind.as_str(), "ref": reference}))
        .collect();
    json!({
        "ref": about.reference,
        "name": about.name,
        "version": about.version,
        "author": about.author,
        "description": about.description,
        "folder": pack.folder,
        "state": state(pack),
        "generation": pack.generation,
        "since": pack.since,
        "problems": problems,
        "refused": refused,
        "changed_over_rest": changed,
        "virtualenv": wire.handle().virtualenv(&about.reference).map(|one| virtualenv(&one)),
    })
}

/// `good`: all its folder holds is in force. `faulty`: some files are left out. `refused`: the folder holds newer files,
/// which would make it worse, so what was there before stays in force.
fn state(pack: &PackInForce) -> &'static str {
    match (&pack.refused, pack.is_whole()) {
        (Some(_), _) => "refused",
        (None, true) => "good",
        (None, false) => "faulty",
    }
}

fn virtualenv(one: &Virtualenv) -> Json {
    match one {
        Virtualenv::Preparing(since) => json!({"state": "preparing", "since": since}),
        Virtualenv::Ready => json!({"state": "ready"}),
        Virtualenv::Failed { since, reason } => {
            json!({"state": "failed", "since": since, "reason": reason})
        }
    }
}

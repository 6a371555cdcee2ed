//! `/packs/views` and `/packs/index`: what is in packs, and what could be installed.

use std::path::Path;

use http::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderValue, Method, StatusCode};
use serde_json::json;
use squall_identity::permission::Permission;
use squall_model::Timestamp;
use squall_server::pack_files::{self, PackFile};

use super::fault::Fault;
use super::{packs, reply};
use crate::about::{Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(
        Method::GET,
        "/packs/views/files/{ref_or_id}",
        Permission::PackView,
        files,
    )
    .says(about("Shows every text file of a pack.").gives(Shape::List("PackFile")))
    .merge(
        route(
            Method::GET,
            "/packs/views/file/{ref_or_id}/{*file_path}",
            Permission::PackView,
            file,
        )
        .says(
            about("Shows one file of a pack.")
                .gives(Shape::File)
                .answers(304, Shape::Nothing),
        ),
    )
    .merge(
        route(Method::GET, "/packs/index", Permission::PackSearch, index)
            .says(about("Lists packs that could be installed.").gives(Shape::Anything)),
    )
    .merge(
        route(
            Method::POST,
            "/packs/index/search",
            Permission::PackSearch,
            search,
        )
        .says(
            about("Looks for packs that could be installed.")
                .takes("PackSearch")
                .gives(Shape::Anything),
        ),
    )
    .merge(
        route(
            Method::GET,
            "/packs/index/health",
            Permission::PackViewsIndexHealth,
            health,
        )
        .says(about("Tells how the index of packs fares.").gives(Shape::One("IndexHealth"))),
    )
}

/// Every text file of a pack with what is in it.
async fn files(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let pack = std::sync::Arc::clone(packs::found(&loaded, &call)?);
    let texts = tokio::task::spawn_blocking(move || pack_files::texts(&pack)).await;
    let texts = texts.map_err(|_| Fault::new(500, "Internal Server Error"))?;
    let shown = texts
        .into_iter()
        .map(|(path, content)| json!({"file_path": path, "content": content}));
    reply::ok(&shown.collect())
}

/// One file; 304 if whoever asks has it already.
async fn file(wire: Wire, call: Call) -> Answer {
    let loaded = wire.handle().loaded();
    let pack = packs::found(&loaded, &call)?;
    let path = call.part("file_path");
    let found = pack_files::read(pack, path)?;
    let (tag, changed) = marks(&found);
    let mut response = if is_known(&call, &tag, &changed) {
        let mut response = axum::response::Response::default();
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        let name = Path::new(path).file_name().and_then(|name| name.to_str());
        reply::file(
            found.content,
            name.unwrap_or_default(),
            "application/octet-stream",
        )?
    };
    for (name, value) in [(ETAG, tag), (LAST_MODIFIED, changed)] {
        response
            .headers_mut()
            .extend(HeaderValue::from_str(&value).map(|value| (name, value)));
    }
    Ok(response)
}

/// What a file is known by: when it was changed, exactly and as HTTP writes dates.
fn marks(file: &PackFile) -> (String, String) {
    let (seconds, nanoseconds) = file.modified;
    let changed = Timestamp::from_micros(seconds.saturating_mul(1_000_000));
    let date = changed.calendar().format("%a, %d %b %Y %H:%M:%S GMT");
    (format!("\"{seconds}.{nanoseconds:09}\""), date.to_string())
}

fn is_known(call: &Call, tag: &str, changed: &str) -> bool {
    match (
        call.header(IF_NONE_MATCH.as_str()),
        call.header(IF_MODIFIED_SINCE.as_str()),
    ) {
        (Some(tags), _) => tags
            .split(',')
            .any(|known| known.trim().trim_start_matches("W/") == tag || known.trim() == "*"),
        (None, Some(since)) => since == changed,
        (None, None) => false,
    }
}

async fn index(_wire: Wire, _call: Call) -> Answer {
    Err(no_index())
}

async fn search(_wire: Wire, _call: Call) -> Answer {
    Err(no_index())
}

fn no_index() -> Fault {
    Fault::bad_request(
        "No pack index is configured: packs are installed from folders (squall pack install DIR).",
    )
}

/// As the original tells it of no index at all.
async fn health(_wire: Wire, _call: Call) -> Answer {
    reply::ok(&json!({
        "indexes": {"count": 0, "valid": 0, "invalid": 0, "errors": {}, "status": []},
        "packs": {"count": 0},
    }))
}

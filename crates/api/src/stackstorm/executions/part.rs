//! One part of an execution: its result, an attribute, its children.

use std::io::Write as _;

use axum::body::Body;
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE};
use squall_model::execution::Execution;
use squall_model::record::{ExecutionFilter, Page};
use squall_model::{Id, Json};
use squall_server::aside;

use super::super::fault::Fault;
use super::super::page::{self, Attributes};
use super::super::reply;
use super::{EXCLUDABLE, found, shape};
use crate::call::Call;
use crate::route::Answer;
use crate::wire::Wire;

/// How many descendants are shown.
const MOST_DESCENDANTS: usize = 10_000;

/// The result alone: as text, as a file (`download`), compressed, with line breaks (`pretty_format`).
pub(super) async fn result(wire: Wire, call: Call) -> Answer {
    let wish = |name: &str| page::boolean(&call.query, name).map(|wish| wish.unwrap_or(false));
    let (download, compress) = (wish("download")?, wish("compress")?);
    let pretty = wish("pretty_format")?;
    let execution = found(&wire, &call).await?;
    let result = shape::result(&wire, &execution, false).await?;
    let body = aside(execution.result_size, || text(&result, pretty, compress))?;
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    if compress {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-gzip"));
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    } else {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/json"));
    }
    if download {
        let ending = if compress { "json.gz" } else { "json" };
        let name = format!(
            "attachment; filename=execution_{}_result.{ending}",
            execution.id
        );
        headers.insert(
            CONTENT_DISPOSITION,
            HeaderValue::try_from(name).map_err(unwritten)?,
        );
    }
    Ok(response)
}

fn text(result: &Json, pretty: bool, compress: bool) -> Result<Vec<u8>, Fault> {
    let text = if pretty {
        serde_json::to_vec_pretty(result)
    } else {
        serde_json::to_vec(result)
    };
    let text = text.map_err(unwritten)?;
    if !compress {
        return Ok(text);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&text).map_err(unwritten)?;
    encoder.finish().map_err(unwritten)
}

fn unwritten(_: impl std::error::Error) -> Fault {
    Fault::new(500, "Internal Server Error")
}

/// One of the attributes that may be large, or that are asked for again and again.
pub(super) async fn attribute(wire: Wire, call: Call) -> Answer {
    let name = call.part("attribute");
    if !EXCLUDABLE.contains(&name) {
        let allowed = EXCLUDABLE.join(", ");
        return Err(Fault::bad_request(format!(
            "Invalid attribute \"{name}\" specified. Valid attributes are: {allowed}"
        )));
    }
    let execution = found(&wire, &call).await?;
    let attributes = Attributes::only(name);
    let shown = shape::shown(&wire, &execution, &attributes, false).await?;
    aside(execution.result_size, || {
        reply::ok(shown.get(name).unwrap_or(&Json::Null))
    })
}

/// What it has asked for, and what that has asked for, to a depth; each before its own children.
pub(super) async fn children(wire: Wire, call: Call) -> Answer {
    let attributes = super::attributes(&call)?;
    let show_secrets = page::boolean(&call.query, "show_secrets")?.unwrap_or(false);
    let deepest = page::integer(&call.query, "depth")?.unwrap_or(-1);
    let execution = found(&wire, &call).await?;
    let mut descendants = Vec::new();
    let mut open = vec![(execution, 0)];
    while let Some((parent, depth)) = open.pop() {
        if depth == 0 || depth != deepest {
            let mut children = children_of(&wire, parent.id).await?;
            children.reverse();
            open.extend(
                children
                    .into_iter()
                    .map(|child| (child, depth.saturating_add(1))),
            );
        }
        if depth > 0 {
            descendants.push(parent);
        }
        if descendants.len() >= MOST_DESCENDANTS {
            break;
        }
    }
    if call.query.get("result_fmt") == Some("sorted") {
        descendants.sort_by_key(|execution| execution.requested_at);
    }
    let mut items = Vec::with_capacity(descendants.len());
    for child in descendants {
        let attributes = shape::one_of_many(&attributes, &child);
        items.push(shape::shown(&wire, &child, &attributes, show_secrets).await?);
    }
    reply::ok(&Json::Array(items))
}

async fn children_of(wire: &Wire, parent: Id) -> Result<Vec<Execution>, Fault> {
    let filter = ExecutionFilter {
        parent: Some(parent),
        ..ExecutionFilter::default()
    };
    let oldest_first = Page {
        offset: 0,
        limit: u64::try_from(MOST_DESCENDANTS).ok(),
        ascending: true,
    };
    let found = wire
        .handle()
        .store()
        .executions(filter, oldest_first)
        .await?;
    Ok(found.items)
}

//! What goes right.

use axum::body::Body;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use squall_model::Json;

use super::fault::Fault;
use crate::route::Answer;

/// JSON with a status.
pub(super) fn json(status: StatusCode, body: &Json) -> Answer {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// 200 with JSON.
pub(super) fn ok(body: &Json) -> Answer {
    json(StatusCode::OK, body)
}

/// 201 with the thing that was made: an object, or the stock client stumbles.
pub(super) fn created(body: &Json) -> Answer {
    json(StatusCode::CREATED, body)
}

/// 204.
pub(super) fn nothing() -> Answer {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// 200 with plain text.
pub(super) fn text(body: String) -> Answer {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=UTF-8"),
    );
    Ok(response)
}

/// A file, under the type that its name tells or else under `otherwise`.
///
/// What a browser would run as a page of this server (HTML, SVG, XML, scripts) is named plain text: it is somebody's data.
pub(super) fn file(content: Vec<u8>, name: &str, otherwise: &'static str) -> Answer {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let content_type = match extension.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "gif" => "image/gif",
        "jpg" | "jpeg" => "image/jpeg",
        "json" => "application/json",
        "yaml" | "yml" => "application/x-yaml",
        "py" => "text/x-python",
        "sh" => "text/x-sh",
        "md" | "txt" | "html" | "htm" | "xhtml" | "svg" | "xml" | "js" | "mjs" | "css" | "" => {
            "text/plain"
        }
        _ => otherwise,
    };
    let mut response = Response::new(Body::from(content));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    Ok(response)
}

/// A page of a list: a bare array, with the total in a header, and the limit if there was one.
pub(super) fn list(items: Vec<Json>, total: u64, limit: Option<u64>) -> Answer {
    let mut response = json(StatusCode::OK, &Json::Array(items))?;
    response
        .headers_mut()
        .insert("x-total-count", HeaderValue::from(total));
    if let Some(limit) = limit {
        response
            .headers_mut()
            .insert("x-limit", HeaderValue::from(limit));
    }
    Ok(response)
}

/// What was found under a reference or an id; 404 in StackStorm's words if nothing was.
pub(super) fn found<T>(found: Option<T>, ref_or_id: &str) -> Result<T, Fault> {
    found.ok_or_else(|| {
        Fault::not_found(format!(
            "Resource with a reference or id \"{ref_or_id}\" not found"
        ))
    })
}

/// What was recorded under an id; 404 in StackStorm's words if nothing was.
pub(super) fn recorded<T>(found: Option<T>, id: &str) -> Result<T, Fault> {
    found.ok_or_else(|| Fault::not_found(format!("Unable to identify resource with id \"{id}\".")))
}
